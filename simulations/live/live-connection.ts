/** A listener's live connection: subscribed to his own session and to his friends. */
import { LightSocket } from "./socket.ts";

const name = Buffer.from('"presence.changed"');

/** `pushed`: when a friend's change was made, ms since 1970. Answers what ends it. */
export function connection(url: string, token: string, pushed: (at: number) => void, done: (outcome: string) => void): () => void {
  let socket: LightSocket | undefined;
  let isEnded = false;
  const came = (bytes: Buffer, from: number, to: number) => {
    if (bytes.indexOf(name, from) !== from + 1) return;
    const { at } = (JSON.parse(bytes.toString("utf8", from, to)) as [string, { readonly at: string | number }])[1];
    pushed(typeof at === "number" ? at : Date.parse(at));
  };
  const opened = async (): Promise<string> => {
    try {
      socket = await LightSocket.open({ url, auth: { token }, onEvent: came });
      if (isEnded) await socket.close();
      const answer = isEnded ? {} : ((await socket.ask("subscribe", { topics: ["session:me", "friends:me"] })) as { readonly error?: { readonly code: string } });
      return answer.error?.code ?? "ok";
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? "refused";
    }
  };
  void (async () => done(await opened()))();
  return () => {
    isEnded = true;
    void socket?.close();
  };
}
