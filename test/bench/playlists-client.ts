/**
 * A process of `npm run bench -- playlists`: sockets that edit. Each adds an item to a list and then removes it, so that lists
 * stay as long as they are. Told by messages what to do; answers each with what was seen.
 */
import { randomUUID } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import { percentile } from "./result.ts";

export type Order =
  | { readonly do: "connect"; readonly url: string; readonly bareUrl: string; readonly tokens: readonly string[]; readonly sockets: number; readonly watch: readonly string[]; readonly trackId: string }
  /** Closed loop; with `perSecond`, open: edits are sent when they are due, and timed from then. */
  | { readonly do: "edit"; readonly through: "ours" | "bare"; readonly lists: readonly string[]; readonly ms: number; readonly outstanding: number; readonly perSecond?: number };

export interface Seen {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly pushes: number;
  readonly failure: string | null;
}

let ours: Socket[] = [];
let bare: Socket[] = [];
let trackId = "";
let pushes = 0;
let failure: string | null = null;

process.on("message", (order: Order) => {
  void (order.do === "connect" ? connect(order) : edit(order)).then((seen) => process.send?.(seen));
});
process.send?.("up");

function opened(url: string, auth: object): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = io(url, { auth, transports: ["websocket"], forceNew: true, reconnection: false });
    socket.once("connect", () => done(socket)).once("connect_error", fail);
  });
}

async function connect(order: Extract<Order, { do: "connect" }>): Promise<string> {
  trackId = order.trackId;
  ours = await Promise.all(Array.from({ length: order.sockets }, (_, n) => opened(order.url, { token: order.tokens[n % order.tokens.length] })));
  bare = await Promise.all(Array.from({ length: order.sockets }, () => opened(order.bareUrl, {})));
  for (const [n, id] of order.watch.entries()) await ours[n % ours.length]?.emitWithAck("subscribe", { topics: [`playlist:${id}`] });
  for (const socket of ours) socket.on("playlist.changed", () => void (pushes += 1));
  return "connected";
}

async function edit({ through, lists, ms, outstanding, perSecond }: Extract<Order, { do: "edit" }>): Promise<Seen> {
  const sockets = through === "ours" ? ours : bare;
  const times: number[] = [];
  const started = performance.now();
  const before = pushes;
  const one = async (socket: Socket, added: { list: string; itemId: string } | undefined, dueAt: number) => {
    const list = added?.list ?? lists[Math.floor(Math.random() * lists.length)] ?? "";
    const opId = randomUUID();
    const op = added === undefined ? { opId, type: "add", trackId, itemId: opId } : { opId, type: "remove", itemId: added.itemId };
    if (through === "bare") await socket.emitWithAck("edit", { playlistId: list, ops: [op] });
    else {
      const answer = (await socket.emitWithAck("call", "playlist.apply", { playlistId: list, ops: [op] })) as { ok?: { results: { status: string }[] } };
      if (answer.ok?.results[0]?.status !== "applied") failure ??= JSON.stringify(answer);
    }
    times.push(performance.now() - dueAt);
    return added === undefined ? { list, itemId: opId } : undefined;
  };
  if (perSecond === undefined) {
    await Promise.all(sockets.flatMap((socket) => Array.from({ length: outstanding }, async () => {
      let added: { list: string; itemId: string } | undefined;
      while (performance.now() - started < ms) added = await one(socket, added, performance.now());
      if (added !== undefined) await one(socket, added, performance.now());
    })));
  } else {
    const underWay: Promise<unknown>[] = [];
    let sent = 0;
    while (performance.now() - started < ms) {
      const due = Math.floor(((performance.now() - started) * perSecond) / 1000);
      for (; sent < due; sent++) {
        const dueAt = started + (sent * 1000) / perSecond;
        const socket = sockets[sent % sockets.length] as Socket;
        underWay.push(one(socket, undefined, dueAt).then((added) => one(socket, added, performance.now())));
      }
      await new Promise((done) => void setTimeout(done, 1));
    }
    await Promise.all(underWay);
  }
  return { perSecond: times.length / ((performance.now() - started) / 1000), p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), pushes: pushes - before, failure };
}
