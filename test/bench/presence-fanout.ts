/**
 * Frames of one event to rooms of 20, by plain socket.io and by our gateway, in turn. Credit keeps both busy and neither drowned: so many frames are
 * under way as the listeners have not said that they have got. Ours begins where a presence actor publishes: bus, gateway, its feed
 * of friends, the sockets.
 */
import type { ChildProcess } from "node:child_process";
import { resourcesOf } from "../../resources.ts";
import type { Topics } from "../../storage/index.ts";
import type { ListenersOrder, Progress } from "./presence-listeners.ts";
import { rooms } from "./presence-people.ts";
import type { RawOrder } from "./presence-raw.ts";
import type { Stage } from "./presence-stage.ts";
import { medianRound, percentile, round, type BenchCase } from "./result.ts";
import { ask, cpuSecondsOf } from "./told.ts";

const rounds = 9;
const roundMs = 2_000;
/** Sockets in rooms of 20, each with one who publishes. */
const roomCount = 100;
/** Events under way: fewer than rooms, so that a socket is sent one frame at a time, as people change. */
const underWay = 80;
/** Batches: each listener follows 20, each is followed by 20; a frame every 100 ms a socket holds about ten changes at the rate asked for. */
const batchRooms = 75;
const batchFriends = 40;

export const perRoom = 20;

export interface Fanned {
  readonly perSecond: number;
  readonly changesPerSecond: number;
  /** Of the server that has the sockets, us of its CPU for each frame. */
  readonly cpuUsPerFrame: number;
}

/** Sends `events` more, each to one room. */
export type Grant = (events: number) => void;

/** What the presence actor publishes (and the control emits). */
export const change = (userId: string, n: number) => ({
  event: "presence.changed", userId, at: Date.now(), epoch: 1_000_000, n,
  nowPlaying: { trackId: `t${n % 10}`, title: "A title of usual length", artists: ["Some artist"], imageId: "img-0123456789", positionMs: 0, at: Date.now(), durationMs: 215_000 },
});

export function byRaw(child: ChildProcess): Grant {
  return (events) => void child.send({ grant: events });
}

/** As presence actors do, one account after the other. `first`: later runs go on with higher numbers. */
export function byTopics(topics: Topics, publishers: readonly string[], first = 0): Grant {
  let n = first;
  return (events) => {
    for (let left = events; left > 0; left--) {
      const userId = publishers[n % publishers.length] ?? "";
      n += 1;
      topics.publish(`presence:${userId}`, change(userId, n));
    }
  };
}

export interface FanOut {
  readonly listeners: ChildProcess;
  readonly set: string;
  /** Whose CPU is counted. */
  readonly server: ChildProcess;
  readonly grant: Grant;
  readonly ms: number;
  /** Frames (or changes) that one event makes. */
  readonly perEvent: number;
  /** Events under way. */
  readonly window: number;
  readonly counted: "frames" | "changes";
}

/** How long nothing may come before what is under way is taken for lost (or put together with others in one frame). */
const stillMs = 150;

export async function fanOut({ listeners, set, server, grant, ms, perEvent, window, counted }: FanOut): Promise<Fanned> {
  await ask(listeners, { do: "watch", set } satisfies ListenersOrder);
  let got = 0;
  let frames = 0;
  let changes = 0;
  let sent = 0;
  let heardAt = performance.now();
  const fill = () => {
    const events = window - Math.max(0, sent - Math.floor(got / perEvent));
    if (events <= 0) return;
    sent += events;
    grant(events);
  };
  const heard = (message: unknown) => {
    const { progress } = message as Partial<Progress>;
    if (progress === undefined) return;
    ({ frames, changes } = progress);
    got = progress[counted];
    heardAt = performance.now();
    fill();
  };
  listeners.on("message", heard);
  const still = setInterval(() => {
    if (performance.now() - heardAt < stillMs) return;
    sent = Math.floor(got / perEvent);
    heardAt = performance.now();
    fill();
  }, stillMs / 3);
  try {
    fill();
    // Past the first burst.
    await pause(300);
    const before = { at: performance.now(), frames, changes, cpu: cpuSecondsOf(server.pid ?? 0) };
    await pause(ms);
    const seconds = (performance.now() - before.at) / 1_000;
    const cpu = cpuSecondsOf(server.pid ?? 0) - before.cpu;
    return { perSecond: (frames - before.frames) / seconds, changesPerSecond: (changes - before.changes) / seconds, cpuUsPerFrame: (cpu * 1e6) / Math.max(1, frames - before.frames) };
  } finally {
    clearInterval(still);
    listeners.off("message", heard);
    await ask(listeners, { do: "watch", set: null } satisfies ListenersOrder);
    // What is under way is nobody's in the next round.
    await pause(300);
  }
}

export const rawOrder = (rooms: number, changes: number): RawOrder => {
  const { event, ...message } = change("", 0);
  return { rooms, event: changes === 1 ? event : "presence.changes", message, changes };
};

const pause = (ms: number) => new Promise<void>((done) => void setTimeout(done, ms));

export async function fanOutCases({ cluster, broker, gateways, listeners, say, come }: Stage): Promise<BenchCase[]> {
  const [gateway] = gateways;
  if (gateway === undefined) throw new Error("there is no gateway");
  const { child: raw, up } = await cluster.fork(new URL("./presence-raw.ts", import.meta.url), "raw");
  const { url } = up as { url: string };
  const { topics } = resourcesOf(broker).ports;
  const circle = rooms("fan", roomCount, perRoom, 1);
  await come("ours", circle, { topics: ["friends:me"] }, 1);
  await ask(listeners, { do: "connect", set: "raw", urls: [url], auths: circle.users.map((_, n) => ({ room: n % roomCount })) } satisfies ListenersOrder);
  await ask(raw, rawOrder(roomCount, 1));
  const common = { listeners, perEvent: perRoom, window: underWay, counted: "frames" } as const;
  const ours = { ...common, set: "ours", server: gateway.child, grant: byTopics(topics, circle.publishers) };
  const plain = { ...common, set: "raw", server: raw, grant: byRaw(raw) };
  const all: { ours: Fanned[]; plain: Fanned[] } = { ours: [], plain: [] };
  for (let n = -1; n < rounds; n++) {
    const turn = [["ours", ours], ["plain", plain]] as const;
    // ABBA: neither always comes after the other.
    for (const [name, how] of n % 2 === 0 ? turn : turn.toReversed()) {
      const fanned = await fanOut({ ...how, ms: n < 0 ? 1_000 : roundMs });
      if (n >= 0) all[name].push(fanned);
    }
  }
  const [mine, limit] = [medianRound(all.ours), medianRound(all.plain)];
  // Of neighbours in time, then the median: the machine changes from minute to minute.
  const ratio = percentile(all.ours.map(({ perSecond }, n) => perSecond / (all.plain[n]?.perSecond ?? Number.NaN)), 0.5);
  say(`fan-out to rooms of ${perRoom}: ${Math.round(mine.perSecond)} frames/s at ${round(mine.cpuUsPerFrame)} us of the gateway, socket.io ${Math.round(limit.perSecond)} at ${round(limit.cpuUsPerFrame)} us`);
  await ask(listeners, { do: "close", set: "ours" } satisfies ListenersOrder);
  await ask(listeners, { do: "close", set: "raw" } satisfies ListenersOrder);
  return [
    {
      case: `fan-out to rooms of ${perRoom}, ${roomCount * perRoom} sockets of one gateway, one change a frame, against plain socket.io`, ours: Math.round(mine.perSecond), limit: Math.round(limit.perSecond), unit: "frames/s",
      ratio: round(ratio), goal: "ratio >= 0.7", met: ratio >= 0.7,
    },
    {
      case: "the same: CPU of the server that has the sockets", ours: round(mine.cpuUsPerFrame), limit: round(limit.cpuUsPerFrame), unit: "us a frame", ratio: round(mine.cpuUsPerFrame / limit.cpuUsPerFrame), goal: null, met: null,
    },
    await batches({ topics, listeners, gateway: gateway.child, say, come }),
  ];
}

interface BatchStage {
  readonly topics: Topics;
  readonly listeners: ChildProcess;
  readonly gateway: ChildProcess;
  readonly say: Stage["say"];
  readonly come: Stage["come"];
}

/** Sockets that take several changes in a frame. */
async function batches({ topics, listeners, gateway, say, come }: BatchStage): Promise<BenchCase> {
  const circle = rooms("batch", batchRooms, perRoom, batchFriends);
  await come("batches", circle, { topics: ["friends:me"], batches: true }, 1);
  const how: FanOut = { listeners, set: "batches", server: gateway, grant: byTopics(topics, circle.publishers), ms: roundMs, perEvent: perRoom, window: 3_000, counted: "changes" };
  const all: (Fanned & { readonly frames: number })[] = [];
  for (let n = -1; n < rounds; n++) {
    const fanned = await fanOut(how);
    if (n >= 0) all.push({ ...fanned, perSecond: fanned.changesPerSecond, frames: fanned.perSecond });
  }
  await ask(listeners, { do: "close", set: "batches" } satisfies ListenersOrder);
  const middle = medianRound(all);
  say(`batches: ${Math.round(middle.perSecond)} changes/s in ${Math.round(middle.frames)} frames/s`);
  return {
    case: `fan-out in batches, ${batchRooms * perRoom} sockets of one gateway that follow ${batchFriends} each, ${round(middle.perSecond / middle.frames)} changes a frame`, ours: Math.round(middle.perSecond), limit: null, unit: "changes/s",
    ratio: null, goal: 300_000, met: middle.perSecond >= 300_000,
  };
}
