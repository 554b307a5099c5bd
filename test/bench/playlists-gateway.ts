/**
 * A process of `npm run bench -- playlists`: the gateway with its sockets, and beside it a plain socket.io server in front of
 * the bare pipeline. The rates are raised, not removed. Says "up", with both addresses and tokens of listeners.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { ServiceBroker } from "moleculer";
import { Server } from "socket.io";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { httpService } from "../../gateway/index.ts";
import { resourcesOf } from "../../resources.ts";
import { Bare } from "./bare.ts";

const listeners = 20;
const unlimited = { points: 1_000_000_000, seconds: 60 };
const many = 1_000_000_000;
const broker = new ServiceBroker(brokerOptions(loadConfig()));
broker.createService(httpService({ rates: { address: unlimited, account: unlimited }, sockets: { messagesPerSecond: many, messagesAtOnce: many, bytesPerSecond: many, bytesAtOnce: many, socketsPerAccount: many } }));
await broker.start();
await broker.waitForServices(["playlist", "bare", "actors"]);

const bare = new Bare(broker);
const server = createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });
io.on("connection", (socket) => {
  socket.on("edit", (op: unknown, ack: (version: number) => void) => void bare.edit(op).then(ack, () => socket.disconnect(true)));
});
await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));

const { url } = await broker.call<{ url: string }>("gateway.address");
const tokens = await Promise.all(Array.from({ length: listeners }, (_, n) =>
  new SignJWT({ username: `listener${n}`, plan: "premium", role: "listener", country: "SE" })
    .setProtectedHeader({ alg: "EdDSA", kid: "t1" }).setIssuer("ensemble").setAudience("ensemble").setSubject(`listener${n}`).setExpirationTime("60 min")
    .sign(resourcesOf(broker).keys.tokens.privateKey)));
process.send?.({ url, bareUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens });
process.on("SIGTERM", () => {
  void io.close();
  void broker.stop().then(() => process.exit(0));
});
