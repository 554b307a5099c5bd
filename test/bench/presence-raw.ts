/**
 * A process of `npm run bench -- presence`: the control. Plain socket.io and nothing else: sockets name the room they want to be in,
 * and each event goes to one room. Websocket alone, without compression, as our gateway.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { answers } from "./told.ts";

/** Emits as many events as it says, `changes` in each, room after room. */
export interface Grant {
  readonly grant: number;
}

export interface RawOrder {
  readonly rooms: number;
  /** What an event holds, `n` and `userId` beside. */
  readonly event: string;
  readonly message: Readonly<Record<string, unknown>>;
  /** Changes in one frame; 1: none but itself. */
  readonly changes: number;
}

const server = createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });
io.on("connection", (socket) => {
  void socket.join(String((socket.handshake.auth as { room?: number }).room));
});
await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));

let order: RawOrder = { rooms: 1, event: "none", message: {}, changes: 1 };
let n = 0;
process.on("message", ({ grant }: Partial<Grant>) => {
  for (let left = grant ?? 0; left > 0; left--) {
    n += 1;
    const room = String(n % order.rooms);
    const one = { ...order.message, userId: `p${room}`, n };
    io.to(room).emit(order.event, order.changes === 1 ? one : { changes: Array.from({ length: order.changes }, () => one) }, "friends:me");
  }
});
answers((given) => void (order = given as RawOrder));
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
process.on("SIGTERM", () => {
  void io.close();
  process.exit(0);
});
