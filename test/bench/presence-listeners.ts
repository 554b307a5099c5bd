/**
 * A process of `npm run bench -- presence`: thousands of light sockets. Told what to do by messages (told.ts); while it watches a set
 * it says how many frames and changes have come, every 2 ms, unasked.
 */
import { LightSocket } from "../../simulations/live/index.ts";
import { answers } from "./told.ts";
import { Changes, deviceId, type ChangeOrder } from "./presence-changes.ts";

export type ListenersOrder =
  /** Opens a socket per entry of `auths`, on one address after the other, and subscribes it. */
  | { readonly do: "connect"; readonly set: string; readonly urls: readonly string[]; readonly auths: readonly object[]; readonly subscribe?: object; readonly localAddress?: string }
  /** Each plays a track and stops. */
  | { readonly do: "once"; readonly set: string; readonly trackIds: readonly string[] }
  | { readonly do: "close"; readonly set: string }
  /** null: none. */
  | { readonly do: "watch"; readonly set: string | null }
  | ChangeOrder;

export interface Progress {
  readonly progress: { readonly frames: number; readonly changes: number };
}

interface SocketSet {
  readonly sockets: LightSocket[];
  frames: number;
  changes: number;
  /** Who is given each event, with the number of its socket. */
  onEvent: ((socket: number, bytes: Buffer, from: number, to: number) => void) | undefined;
}

const everyMs = 2;
/** Sockets being opened at a time. */
const opening = 50;
const ofUser = Buffer.from('"userId":');
const sets = new Map<string, SocketSet>();

async function connect({ set: name, urls, auths, subscribe, localAddress }: Extract<ListenersOrder, { do: "connect" }>): Promise<number> {
  const set: SocketSet = { sockets: [], frames: 0, changes: 0, onEvent: undefined };
  sets.set(name, set);
  let next = 0;
  await Promise.all(Array.from({ length: opening }, async () => {
    for (let n = next++; n < auths.length; n = next++) {
      const url = urls[n % urls.length] ?? "";
      const socket = await LightSocket.open({ url, auth: auths[n] ?? {}, onEvent: (bytes, from, to) => came(set, n, bytes, from, to), ...(localAddress === undefined ? {} : { localAddress }) });
      set.sockets[n] = socket;
      if (subscribe === undefined) continue;
      const answer = (await socket.ask("subscribe", subscribe)) as { topics?: Record<string, { error?: object }>; error?: object };
      const registered = (await socket.ask("call", "session.register", { deviceId, name: "Phone", type: "phone", opId: `register-${n}` })) as { error?: object };
      for (const problem of [answer, registered, ...Object.values(answer.topics ?? {})]) if (problem.error !== undefined) throw new Error(`subscribe: ${JSON.stringify(problem.error)}`);
    }
  }));
  return set.sockets.length;
}

function came(set: SocketSet, socket: number, bytes: Buffer, from: number, to: number): void {
  set.frames += 1;
  if (set.onEvent !== undefined) return set.onEvent(socket, bytes, from, to);
  // One for each account that a frame names.
  for (let at = bytes.indexOf(ofUser, from); at >= 0 && at < to; at = bytes.indexOf(ofUser, at + ofUser.length)) set.changes += 1;
}

let watched: SocketSet | undefined;
let ticking: NodeJS.Timeout | undefined;

function watch(name: string | null): void {
  clearInterval(ticking);
  watched = name === null ? undefined : sets.get(name);
  if (watched === undefined) return;
  watched.frames = 0;
  watched.changes = 0;
  let said = -1;
  ticking = setInterval(() => {
    const { frames = 0, changes = 0 } = watched ?? {};
    if (said !== frames) process.send?.({ progress: { frames, changes } } satisfies Progress);
    said = frames;
  }, everyMs);
}

async function once({ set: name, trackIds }: Extract<ListenersOrder, { do: "once" }>): Promise<void> {
  const { sockets = [] } = sets.get(name) ?? {};
  let next = 0;
  await Promise.all(Array.from({ length: opening }, async () => {
    for (let n = next++; n < sockets.length; n = next++) {
      for (const command of [{ type: "play", trackIds: [trackIds[n % trackIds.length]] }, { type: "stop" }]) {
        const answer = (await sockets[n]?.ask("call", "session.command", { ...command, deviceId, opId: `${command.type}-${n}` })) as { error?: object };
        if (answer.error !== undefined) throw new Error(`${command.type}: ${JSON.stringify(answer.error)}`);
      }
    }
  }));
}

async function close(name: string): Promise<void> {
  await Promise.all((sets.get(name)?.sockets ?? []).map((socket) => socket.close()));
  sets.delete(name);
}

answers((given) => {
  const order = given as ListenersOrder;
  if (order.do === "connect") return connect(order);
  if (order.do === "watch") return watch(order.set);
  if (order.do === "close") return close(order.set);
  if (order.do === "once") return once(order);
  const set = sets.get(order.set);
  if (set === undefined) throw new Error(`there is no set ${order.set}`);
  const changes = new Changes(set.sockets, order);
  set.onEvent = (socket, bytes, from, to) => changes.came(socket, bytes, from, to);
  return changes.run().finally(() => (set.onEvent = undefined));
});
process.send?.("up");
process.on("SIGTERM", () => process.exit(0));
