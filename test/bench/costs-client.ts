/**
 * A process of `npm run bench -- costs`: drives one operation at a rate, whatever the service does, from listeners who are connected by
 * socket and play something. Told what to do by messages (told.ts).
 */
import { randomUUID } from "node:crypto";
import { ServiceBroker } from "moleculer";
import type { CallMeta } from "../../actors/index.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { HttpService, LightSocket, type Question } from "../../simulations/live/index.ts";
import { percentile } from "./result.ts";
import { answers } from "./told.ts";

export const operations = ["play", "chunk from memory", "chunk from the store", "report", "report by HTTP", "event", "event by HTTP", "edit", "search", "page", "command", "command that is pushed", "pause and play", "straight play", "straight report", "straight event", "straight edit", "straight page", "straight search"] as const;
export type Operation = (typeof operations)[number];

export type CostsOrder =
  | { readonly do: "connect"; readonly url: string; readonly tokens: readonly string[]; readonly trackIds: readonly string[] }
  | { readonly do: "drive"; readonly operation: Operation; readonly perSecond: number; readonly ms: number };

export interface Driven {
  readonly sent: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly pushes: number;
  /** Cores that this process used. */
  readonly cpu: number;
  /** The first answer that was none. */
  readonly failure: string | null;
}

interface Listener {
  readonly user: number;
  readonly token: string;
  readonly socket: LightSocket;
  playbackId: string;
  trackId: string;
  /** Of his own, and what he added to it last. */
  playlistId: string;
  itemId: string | undefined;
}

interface Signed {
  readonly url: string;
  readonly query: string;
}

const connections = 64;
const timeoutMs = 10_000;
const chunksOfTrack = 42;
const hotChunks = 200;
const pageTracks = 20;
const words = "piece bench pie ben pi be pices banch peace ence iece penc".split(" ");

const broker = new ServiceBroker(brokerOptions(loadConfig()));
let http: HttpService;
const listeners: Listener[] = [];
let trackIds: readonly string[] = [];
/** By track: its tiers, signed. */
const signed: Readonly<Record<string, Signed>>[] = [];
let [pushes, turn] = [0, 0];

const ask = (question: Question): Promise<{ outcome: string; body: Buffer | undefined }> => new Promise((resolve) => http.ask(question, resolve));

async function connect({ url, tokens, trackIds: known }: Extract<CostsOrder, { do: "connect" }>): Promise<number> {
  trackIds = known;
  await broker.start();
  await broker.waitForServices(["catalog", "search", "streaming", "session"]);
  http = new HttpService({ urls: [url], connections, timeoutMs });
  for (const [user, token] of tokens.entries()) {
    const socket = await LightSocket.open({ url, auth: { token }, onEvent: () => void (pushes += 1) });
    const listener: Listener = { user, token, socket, playbackId: "", trackId: trackIds[user % trackIds.length] ?? "", playlistId: "", itemId: undefined };
    const { outcome, body } = await ask({ ...playOf(listener), keepsBody: true });
    if (outcome !== "ok" || body === undefined) throw new Error(`play was answered with ${outcome}`);
    const granted = JSON.parse(body.toString()) as { playbackId: string; tiers: Readonly<Record<string, Signed>> };
    listener.playbackId = granted.playbackId;
    signed.push(granted.tiers);
    await socket.ask("call", "session.report", reportOf(listener));
    const { ok } = (await socket.ask("call", "playlist.create", { name: `Costs ${user}` })) as { ok?: { id: string } };
    listener.playlistId = ok?.id ?? "";
    // Half of them are told of changes of their own session.
    if (user % 2 === 1) await socket.ask("subscribe", { topics: ["session:me"] });
    listeners.push(listener);
  }
  return listeners.length;
}

const deviceOf = ({ user }: Listener): string => `d${user}`;
const playOf = (listener: Listener): Question => ({ method: "POST", path: "/v1/play", user: listener.user, token: listener.token, body: { trackId: listener.trackId, quality: "auto", deviceId: deviceOf(listener) } });
const reportOf = (listener: Listener) => ({ deviceId: deviceOf(listener), trackId: listener.trackId, playbackId: listener.playbackId, isPlaying: true, positionMs: 1_000 });
const eventOf = (listener: Listener) => ({ playbackId: listener.playbackId, eventId: `${listener.playbackId}-${turn}`, type: "progress", trackId: listener.trackId, positionMs: 1_000, listenedMs: 1_000, at: Date.now() });

function chunkOf(at: number, user: number): Question {
  const tiers = signed[at % signed.length] ?? {};
  const names = ["96", "160"].filter((tier) => Object.hasOwn(tiers, tier));
  const { url, query } = tiers[names[Math.floor(at / signed.length) % names.length] ?? ""] ?? { url: "", query: "" };
  return { method: "GET", path: `${url}/${Math.floor(at / signed.length / names.length) % chunksOfTrack}.ogg?${query}`, user };
}

type Call = readonly [action: string, params: object];

const report = (listener: Listener): Call => ["session.report", reportOf(listener)];
const event = (listener: Listener): Call => ["session.event", eventOf(listener)];
/** A track is added and taken away again in turn: playlists stay as they are. */
function edit(listener: Listener): Call {
  const opId = randomUUID();
  const { itemId, playlistId, trackId } = listener;
  listener.itemId = itemId === undefined ? opId : undefined;
  return ["playlist.apply", { playlistId, ops: [itemId === undefined ? { opId, type: "add", trackId, itemId: opId } : { opId, type: "remove", itemId }] }];
}
const volume = (listener: Listener): Call => ["session.command", { deviceId: deviceOf(listener), type: "volume", volume: (turn % 1_000) / 1_000 }];

/** How an operation is asked for: over HTTP, by the listener's socket, or straight, by a call to the node in his name. */
const ways: Readonly<Record<Operation, { readonly http: (listener: Listener) => Question } | { readonly socket: (listener: Listener) => Call } | { readonly straight: (listener: Listener) => Call }>> = {
  play: { http: playOf },
  "chunk from memory": { http: ({ user }) => chunkOf(turn % hotChunks, user) },
  // One after the other in a circle far larger than the cache: each is gone before it is asked for again.
  "chunk from the store": { http: ({ user }) => chunkOf(turn, user) },
  report: { socket: report },
  "report by HTTP": { http: (listener) => ({ method: "POST", path: "/v1/me/session/reports", user: listener.user, token: listener.token, body: reportOf(listener) }) },
  event: { socket: event },
  "event by HTTP": { http: (listener) => {
    const { playbackId, ...body } = eventOf(listener);
    return { method: "POST", path: `/v1/play/${playbackId}/events`, user: listener.user, token: listener.token, body };
  } },
  edit: { socket: edit },
  search: { http: ({ user, token }) => ({ method: "GET", path: `/v1/search?q=${encodeURIComponent(searchText())}&types=track,artist,album,playlist&limit=20`, user, token }) },
  page: { http: ({ user, token }) => ({ method: "GET", path: `/v1/tracks?ids=${pageIds()}`, user, token }) },
  command: { socket: volume },
  "command that is pushed": { socket: volume },
  // The same listener is asked each time by another type.
  "pause and play": { socket: (listener) => ["session.command", { deviceId: deviceOf(listener), type: Math.floor(turn / (listeners.length / 2)) % 2 === 0 ? "pause" : "play" }] },
  "straight play": { straight: (listener) => ["streaming.play", { trackId: listener.trackId, quality: "auto", deviceId: deviceOf(listener) }] },
  "straight report": { straight: report },
  "straight event": { straight: event },
  "straight edit": { straight: edit },
  "straight page": { straight: () => ["catalog.tracks", { ids: pageIds() }] },
  "straight search": { straight: () => ["search.query", { q: searchText(), types: "track,artist,album,playlist", limit: 20 }] },
};

const pageIds = (): string => Array.from({ length: pageTracks }, (_, n) => trackIds[(turn * 7 + n) % trackIds.length]).join(",");
const searchText = (): string => `${words[turn % words.length] ?? ""} ${turn % 100_003}`;
const metaOf = ({ user }: Listener): CallMeta => ({ user: { id: `listener${user}`, username: `listener${user}`, plan: user % 2 === 0 ? "premium" : "free", role: "listener", country: "SE" } });

/** Listeners who hear of their own changes have odd numbers. */
const listenerFor = (operation: Operation): Listener | undefined =>
  listeners[operation === "command that is pushed" ? (turn * 2 + 1) % listeners.length : operation === "command" || operation === "pause and play" ? (turn * 2) % listeners.length : turn % listeners.length];

async function drive({ operation, perSecond, ms }: Extract<CostsOrder, { do: "drive" }>): Promise<Driven> {
  const [cpu, started, pushed] = [process.cpuUsage(), performance.now(), pushes];
  const times: number[] = [];
  let [sent, failure] = [0, null as string | null];
  const answered = (dueAt: number, outcome: string): void => {
    times.push(performance.now() - dueAt);
    if (outcome !== "ok") failure ??= outcome;
  };
  const one = (dueAt: number): void => {
    turn += 1;
    const listener = listenerFor(operation);
    if (listener === undefined) return;
    const way = ways[operation];
    if ("http" in way) return http.ask(way.http(listener), ({ outcome }) => answered(dueAt, outcome));
    if ("socket" in way) return void listener.socket.ask("call", ...way.socket(listener)).then((answer) => answered(dueAt, (answer as { error?: object }).error === undefined ? "ok" : JSON.stringify(answer)));
    broker.call(...way.straight(listener), { meta: metaOf(listener) }).then(() => answered(dueAt, "ok"), (error: unknown) => answered(dueAt, String(error)));
  };
  while (performance.now() - started < ms) {
    const due = Math.floor(((performance.now() - started) * perSecond) / 1_000);
    for (; sent < due; sent++) one(started + (sent * 1_000) / perSecond);
    await new Promise((done) => void setTimeout(done, 1));
  }
  const seconds = (performance.now() - started) / 1_000;
  const used = process.cpuUsage(cpu);
  for (const end = performance.now() + timeoutMs; times.length < sent && performance.now() < end; ) await new Promise((done) => void setTimeout(done, 5));
  return { sent, perSecond: sent / seconds, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), pushes: pushes - pushed, cpu: (used.user + used.system) / 1e6 / seconds, failure };
}

answers((given) => {
  const order = given as CostsOrder;
  return order.do === "connect" ? connect(order) : drive(order);
});
