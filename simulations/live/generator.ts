/**
 * A generator process: begins the visits that fall to it at their times, whatever the service does, and says every second what
 * happened. Its parent (run.ts) gives it an order, then "go"; it ends by itself when its time is over.
 *
 *   order --> ready --> go { startAt } --> second, second, ... --> total
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { Recorder, type Counted, type Recorded } from "../run/index.ts";
import { visitsOf, type Scenario, type Visit } from "../scenario/index.ts";
import { visit, type Heard, type VisitorPorts } from "../visitor/index.ts";
import { listeningAt } from "./listening.ts";
import { HttpService } from "./service.ts";

export interface Order {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly scale: number;
  /** This one of so many: each begins its own share of the visits. */
  readonly share: { readonly index: number; readonly of: number };
  readonly urls: readonly string[];
  /** Of users of this share, by number. */
  readonly tokens: readonly string[];
  /** The tracks that there are, the most popular first. */
  readonly tracks: readonly { readonly trackId: string; readonly durationMs: number }[];
}

export type ToGenerator = { readonly order: Order } | { readonly go: { /** Ms since 1970. */ readonly startAt: number } } | { readonly stop: true };

export type FromGenerator =
  | { readonly ready: true }
  | { readonly second: { readonly atS: number; readonly kinds: Readonly<Record<string, Counted>>; readonly listeners: number; readonly cpu: number; readonly loopP99Ms: number } }
  | { readonly total: Recorded & { /** Of chunks that were fetched and never heard. */ readonly wastedBytes: number } };

const timeoutMs = 10_000;
const connections = 1_000;
/** What is under way at the end may still be answered. */
const drainMs = 3_000;

async function run(order: Order, startAt: number, signal: AbortSignal): Promise<void> {
  const { scenario, share, urls, tokens, tracks, seed, scale } = order;
  const startsAt = now() + (startAt - Date.now());
  const endsAt = startsAt + scenario.durationS * 1_000;
  const recorder = new Recorder(now, startsAt + scenario.warmUpS * 1_000);
  const http = new HttpService({ urls, connections, timeoutMs });
  let [listeners, wastedBytes] = [0, 0];
  const at = (ms: number, act: () => void) => {
    if (ms >= endsAt) return;
    setTimeout(() => {
      if (!signal.aborted) act();
    }, Math.max(0, ms - now()));
  };
  const ports: VisitorPorts = {
    service: listeningAt(http, (ms) => startAt + (ms - startsAt)),
    recorder, now, at,
    wasted: (bytes) => void (wastedBytes += bytes),
    left: () => void (listeners -= 1),
  };
  const visits = visitsOf(scenario, { seed, scale, share, trackMs: tracks[0]?.durationMs ?? 0 });
  const next = () => {
    const { done, value } = visits.next();
    if (done === true) return;
    const begins = startsAt + value.atMs;
    at(begins, () => {
      listeners += 1;
      const user = value.number % tokens.length;
      visit({ user: user * share.of + share.index, token: tokens[user] ?? "" }, heardBy(value, tracks), ports, begins);
      next();
    });
  };
  const seconds = everySecond(startsAt, recorder, () => listeners);
  next();
  await pause(endsAt - now(), undefined, { signal }).catch(() => undefined);
  for (const end = now() + drainMs; recorder.inFlight > 0 && now() < end; ) await pause(20);
  clearInterval(seconds);
  say({ total: { ...recorder.total(), wastedBytes } });
  http.close();
}

/** The tracks that there are, in place of the world's. */
function* heardBy({ plays }: Visit, tracks: Order["tracks"]): Generator<Heard> {
  for (const { track, ...play } of plays) {
    const known = tracks[track % tracks.length];
    if (known !== undefined) yield { ...known, ...play };
  }
}

function everySecond(startsAt: number, recorder: Recorder, listeners: () => number): NodeJS.Timeout {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let [cpu, at] = [process.cpuUsage(), now()];
  return setInterval(() => {
    const [time, used] = [now(), process.cpuUsage(cpu)];
    say({ second: { atS: Math.round((time - startsAt) / 1_000), kinds: recorder.second(), listeners: listeners(), cpu: (used.user + used.system) / 1_000 / (time - at), loopP99Ms: delay.percentile(99) / 1e6 } });
    [cpu, at] = [process.cpuUsage(), time];
    delay.reset();
  }, 1_000);
}

const now = () => performance.now();

function say(message: FromGenerator): void {
  process.send?.(message);
}

if (process.send !== undefined) {
  const stopping = new AbortController();
  let order: Order | undefined;
  process.on("message", (message: ToGenerator) => {
    if ("order" in message) {
      order = message.order;
      say({ ready: true });
    } else if ("stop" in message) stopping.abort();
    else if (order !== undefined) void run(order, message.go.startAt, stopping.signal).then(() => process.disconnect());
  });
  // Who started it is gone.
  process.on("disconnect", () => process.exit(0));
}
