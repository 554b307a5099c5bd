/**
 * A generator process: begins the visits that fall to it at their times, whatever the service does, and says every second what
 * happened. Its parent (run.ts) gives it an order, then "go"; it ends by itself when its time is over.
 *
 *   order --> ready --> go { startAt } --> second, second, ... --> total
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { visitsOf, type Scenario } from "../scenario/index.ts";
import { listen, type Heard } from "./listener.ts";
import { Recorder, type Counted, type Recorded } from "./recorder.ts";
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
  const { scenario, share, urls, tokens, tracks } = order;
  const startsAt = performance.now() + (startAt - Date.now());
  const endsAt = startsAt + scenario.durationS * 1_000;
  const recorder = new Recorder(() => performance.now(), startsAt + scenario.warmUpS * 1_000);
  const service = new HttpService({ urls, connections, timeoutMs });
  const ended = new AbortController();
  const stop = () => ended.abort();
  signal.addEventListener("abort", stop, { once: true });
  let [listeners, wastedBytes] = [0, 0];
  const until = async (ms: number) => {
    if (ms >= endsAt || ended.signal.aborted) throw new Ended();
    const wait = ms - performance.now();
    if (wait > 0) await pause(wait, undefined, { signal: ended.signal });
  };
  const ports = { service, recorder, now: () => performance.now(), until, wall: (ms: number) => startAt + (ms - startsAt), wasted: (bytes: number) => void (wastedBytes += bytes) };
  const seconds = everySecond(startsAt, recorder, () => listeners);
  try {
    for (const { atMs, plays, number } of visitsOf(scenario, { seed: order.seed, scale: order.scale, share, trackMs: tracks[0]?.durationMs ?? 0 })) {
      await until(startsAt + atMs);
      listeners += 1;
      const heard = function* (): Generator<Heard> {
        for (const { track, ...play } of plays) {
          const known = tracks[track % tracks.length];
          if (known !== undefined) yield { trackId: known.trackId, durationMs: known.durationMs, ...play };
        }
      };
      const user = number % tokens.length;
      void listen({ user: user * share.of + share.index, token: tokens[user] ?? "", plays: heard() }, ports, startsAt + atMs)
        .catch((error: unknown) => {
          if (!isEnd(error)) throw error;
        })
        .finally(() => (listeners -= 1));
    }
    await until(endsAt);
  } catch (error) {
    if (!isEnd(error)) throw error;
  }
  const wait = endsAt - performance.now();
  if (wait > 0 && !ended.signal.aborted) await pause(wait, undefined, { signal: ended.signal }).catch(() => undefined);
  ended.abort();
  for (const end = performance.now() + drainMs; recorder.inFlight > 0 && performance.now() < end; ) await pause(20);
  clearInterval(seconds);
  say({ total: { ...recorder.total(), wastedBytes } });
  service.close();
}

/** The run is over. */
class Ended extends Error {
  override readonly name = "Ended";
}
const isEnd = (error: unknown): boolean => error instanceof Ended || (error as Error).name === "AbortError";

function everySecond(startsAt: number, recorder: Recorder, listeners: () => number): NodeJS.Timeout {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let [cpu, at] = [process.cpuUsage(), performance.now()];
  return setInterval(() => {
    const [now, used] = [performance.now(), process.cpuUsage(cpu)];
    say({ second: { atS: Math.round((now - startsAt) / 1_000), kinds: recorder.second(), listeners: listeners(), cpu: (used.user + used.system) / 1_000 / (now - at), loopP99Ms: delay.percentile(99) / 1e6 } });
    [cpu, at] = [process.cpuUsage(), now];
    delay.reset();
  }, 1_000);
}

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
