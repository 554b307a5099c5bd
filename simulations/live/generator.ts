/**
 * A generator process: begins the visits that fall to it at their times, whatever the service does, and says every second what
 * happened. Its parent (run.ts) gives it an order, then "go"; it ends by itself when its time is over.
 *
 *   order --> ready --> go { startAt } --> second, second, ... --> total
 */
import "../../collector.ts";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { faithful, replay, type Faithful, type ReplayAct } from "../replay/index.ts";
import { Recorder, type Counted, type Recorded } from "../run/index.ts";
import { errandsOf, isConnected, linkOf, star, visitsOf, type Scenario, type Visit } from "../scenario/index.ts";
import { emptyTally, errand, inOrder, visit, type ErrandPorts, type Heard, type Tally, type VisitorPorts } from "../visitor/index.ts";
import { wallMs } from "./clock.ts";
import { Pacer } from "./pacer.ts";
import { goFirst } from "./priority.ts";
import { openTarget, type OpenTarget, type TargetOrder } from "./target.ts";

export interface Order extends TargetOrder {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly scale: number;
  /** This one of so many: each begins its own share of the visits. */
  readonly share: { readonly index: number; readonly of: number };
  /** Of users of this share, by number. */
  readonly tokens: readonly string[];
  /** Of the star. */
  readonly star: string;
  /** The tracks that there are, the most popular first. */
  readonly tracks: readonly { readonly trackId: string; readonly durationMs: number }[];
  /** Recorded acts, in place of visits. */
  readonly replay?: { readonly acts: readonly ReplayAct[]; readonly speed: number };
}

export type ToGenerator = { readonly order: Order } | { readonly go: { /** Ms since 1970. */ readonly startAt: number } } | { readonly stop: true } | { readonly clock: true };

export type FromGenerator =
  | { readonly ready: true }
  | { readonly clock: number }
  | { readonly second: { readonly atS: number; readonly kinds: Readonly<Record<string, Counted>>; readonly listeners: number; readonly tally: Tally; readonly cpu: number; readonly loopP99Ms: number } }
  | { readonly total: Recorded & { readonly tally: Tally; readonly replayed?: Faithful } };

/** What is under way at the end may still be answered. */
const drainMs = 3_000;

async function run(order: Order, target: OpenTarget, startAt: number, signal: AbortSignal): Promise<void> {
  const { scenario, share, tokens, tracks, seed, scale } = order;
  const startsAt = now() + (startAt - wallMs());
  const endsAt = startsAt + scenario.durationS * 1_000;
  const recorder = new Recorder(now, startsAt + scenario.warmUpS * 1_000);
  const pacer = new Pacer();
  const tally = emptyTally();
  let listeners = 0;
  const at = (ms: number, act: () => void) => {
    if (ms >= endsAt) return;
    pacer.at(ms, () => {
      if (!signal.aborted) act();
    });
  };
  const ports: VisitorPorts & ErrandPorts & { readonly service: ReturnType<OpenTarget["service"]> } = {
    service: target.service({ wall: (ms) => startAt + (ms - startsAt), unwall: (ms) => startsAt + (ms - startAt) }),
    recorder, tally, now, at,
    left: () => void (listeners -= 1),
  };
  const userOf = (number: number) => ({ user: (number % tokens.length) * share.of + share.index, token: tokens[number % tokens.length] ?? "" });
  const replaying = order.replay && replay(order.replay.acts, { ...ports, tracks, speed: order.replay.speed, startsAt, visitorOf: (user) => ({ user: user * share.of + share.index, token: tokens[user] ?? "" }) });
  if (replaying === undefined) {
    inOrder(visitsOf(scenario, { seed, scale, share, trackMs: tracks[0]?.durationMs ?? 0 }), startsAt, at, (begun, begins) => {
      listeners += 1;
      const link = linkOf(scenario, seed, begun.number);
      visit({ ...userOf(begun.number), isConnected: isConnected(scenario, seed, begun.number), ...(link === undefined ? {} : { link }) }, heardBy(begun, tracks, scenario), ports, begins);
    });
    inOrder(errandsOf(scenario, { seed, scale, share }), startsAt, at, (each, begins) => {
      errand(each, each.kind === "star" ? { user: star, token: order.star } : userOf(each.user), tracks[each.number % tracks.length]?.trackId ?? "", ports, begins);
    });
  }
  const seconds = everySecond(startsAt, recorder, () => ({ listeners, tally: { ...tally } }));
  await pause(endsAt - now(), undefined, { signal }).catch(() => undefined);
  for (const end = now() + drainMs; recorder.inFlight > 0 && now() < end; ) await pause(20);
  clearInterval(seconds);
  say({ total: { ...recorder.total(), tally, ...(replaying && { replayed: faithful(replaying) }) } });
  await target.close();
}

/** The tracks that there are, in place of the world's: a release's are the last of them, and nobody else hears those. */
function* heardBy({ plays }: Visit, tracks: Order["tracks"], { release }: Scenario): Generator<Heard> {
  const old = tracks.length - (release?.tracks ?? 0);
  for (const { track, ...play } of plays) {
    const known = track < 0 ? tracks.at(track) : tracks[track % old];
    if (known !== undefined) yield { ...known, ...play };
  }
}

function everySecond(startsAt: number, recorder: Recorder, listened: () => { readonly listeners: number; readonly tally: Tally }): NodeJS.Timeout {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let [cpu, at] = [process.cpuUsage(), now()];
  return setInterval(() => {
    const [time, used] = [now(), process.cpuUsage(cpu)];
    say({ second: { atS: Math.round((time - startsAt) / 1_000), kinds: recorder.second(), ...listened(), cpu: (used.user + used.system) / 1_000 / (time - at), loopP99Ms: delay.percentile(99) / 1e6 } });
    [cpu, at] = [process.cpuUsage(), time];
    delay.reset();
  }, 1_000);
}

const now = () => performance.now();

function say(message: FromGenerator): void {
  process.send?.(message);
}

if (process.send !== undefined) {
  goFirst();
  const stopping = new AbortController();
  let opened: { readonly order: Order; readonly target: OpenTarget } | undefined;
  process.on("message", (message: ToGenerator) => {
    if ("order" in message) {
      void (async () => {
        opened = { order: message.order, target: await openTarget(message.order) };
        say({ ready: true });
      })();
    } else if ("clock" in message) say({ clock: wallMs() });
    else if ("stop" in message) stopping.abort();
    else if (opened !== undefined) void run(opened.order, opened.target, message.go.startAt, stopping.signal).then(() => process.disconnect());
  });
  // Who started it is gone.
  process.on("disconnect", () => process.exit(0));
}
