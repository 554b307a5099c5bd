/** A TCP server on 127.0.0.1 between a client and a server, that makes the server slow: each piece that a client sends waits its turn and a delay, or the answers come no faster than so many bytes a second. */
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";

export interface Slowness {
  /** One piece after the other, over all clients, each so late: a server of one thread. 0: none. */
  readonly delayMs?: number;
  /** Of all that the server sends, to each client. */
  readonly bytesPerS?: number;
}

export interface Proxy {
  readonly port: number;
  close(): Promise<void>;
}

const stepMs = 20;

export async function slowProxy(targetPort: number, { delayMs = 0, bytesPerS = Infinity }: Slowness): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let turn: Promise<void> = Promise.resolve();
  const server = createServer((client) => {
    const upstream = createConnection({ port: targetPort, host: "127.0.0.1", noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {}).once("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (bytes) => {
      if (delayMs === 0) upstream.write(bytes);
      else turn = turn.then(() => new Promise((resolve) => setTimeout(() => {
        upstream.write(bytes);
        resolve();
      }, delayMs)));
    });
    if (bytesPerS === Infinity) upstream.pipe(client);
    else trickle(upstream, client, (bytesPerS * stepMs) / 1_000);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** What is not read stays with the sender, first in the kernel's buffers. */
function trickle(from: Socket, to: Socket, bytesPerStep: number): void {
  let budget = 0;
  from.pause();
  const timer = setInterval(() => {
    budget = Math.min(budget + bytesPerStep, bytesPerStep * 5);
    while (budget > 0) {
      const bytes = from.read() as Buffer | null;
      if (bytes === null) break;
      budget -= bytes.length;
      to.write(bytes);
    }
  }, stepMs);
  from.once("close", () => clearInterval(timer));
  from.on("readable", () => {});
}
