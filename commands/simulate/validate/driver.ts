/**
 * A process of `npm run simulate -- validate`: the callers of one system, each a broker as a gateway is, without actors. Calls leave at
 * the times of their list whatever was answered before; latencies are from when they were meant to.
 *
 *   prepare --> prepared { owners }     open { ... } --> opened { latencies }     closed { ... } --> closed { rate }
 */
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../../broker.config.ts";
import { loadConfig } from "../../../config.ts";
import { actorMiddleware } from "../../../actors/index.ts";
import { Recorder, validation, type Recorded } from "../../../simulations/index.ts";

export interface Prepare {
  readonly do: "prepare";
  readonly natsUrl: string;
  readonly type: string;
  readonly callers: number;
  readonly keys: number;
}
export interface Open {
  readonly do: "open";
  readonly calls: Omit<validation.CallsOptions, "keys" | "callers">;
  readonly warmUpMs: number;
  /** Ms since 1970. */
  readonly startAt: number;
  /** Calls without service beside them, by a caller of their own: what the way costs. */
  readonly probesPerS: number;
}
export interface Closed {
  readonly do: "closed";
  readonly inFlight: number;
  readonly seed: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}
export type ToDriver = Prepare | Open | Closed;

export interface Prepared {
  readonly owners: readonly { readonly shard: string; readonly owner: string | null }[];
}
export interface Opened {
  /** By call, ms; -1 of one that failed or was never answered. */
  readonly latenciesMs: readonly number[];
  readonly recorded: Recorded;
  readonly probesMs: readonly number[];
  /** Cores that this process used. */
  readonly cpu: number;
}
export interface ClosedDone {
  readonly perS: number;
  readonly failed: number;
}

const touchedAtOnce = 32;
/** A call's deadline (actors/runtime/limits.ts, callMs), and some time for the answer. */
const drainMs = 12_000;
const now = (): number => performance.now();
const micros = (ms: number): number => Math.round(ms * 1_000) / 1_000;

let order: Prepare | undefined;
const brokers: ServiceBroker[] = [];
const keyOf = (number: number): string => `k${number}`;

const call = (caller: number, action: "work" | "touch", key: number): Promise<unknown> => {
  const broker = brokers[caller];
  if (broker === undefined || order === undefined) throw new Error("not prepared");
  return broker.call(`${order.type}.${action}`, { key: keyOf(key) });
};

async function prepare(given: Prepare): Promise<Prepared> {
  order = given;
  // One more, for the probes. Without ports: nothing lives here.
  for (let n = 0; n <= given.callers; n++) {
    const options = brokerOptions(loadConfig({ ...process.env, NATS_URL: given.natsUrl, NODE_ID: `${given.type}-caller-${n}` }));
    brokers.push(new ServiceBroker({ ...options, middlewares: [actorMiddleware()] }));
  }
  await Promise.all(brokers.map((broker) => broker.start()));
  await Promise.all(brokers.map((broker) => broker.waitForServices([given.type, "actors"])));
  // Every caller knows who owns what, and every actor is loaded.
  for (let caller = 0; caller < brokers.length; caller++) {
    for (let from = 0; from < given.keys; from += touchedAtOnce) await Promise.all(Array.from({ length: Math.min(touchedAtOnce, given.keys - from) }, (_, n) => call(caller, "touch", from + n)));
  }
  return { owners: (await brokers[0]?.call<Prepared["owners"], object>("actors.owners", {})) ?? [] };
}

/** Runs `begin` at each of these times, ms of this process's clock. Resolves after the last. */
function atTimes(times: ArrayLike<number>, begin: (number: number, intended: number) => void): Promise<void> {
  return new Promise((resolve) => {
    let next = 0;
    const due = () => {
      for (; next < times.length && (times[next] as number) <= now(); next++) begin(next, times[next] as number);
      if (next === times.length) resolve();
      else setTimeout(due, Math.max(0, (times[next] as number) - now()));
    };
    due();
  });
}

async function open({ calls, warmUpMs, startAt, probesPerS }: Open): Promise<Opened> {
  const { callers = 0, keys = 0 } = order ?? {};
  const list = validation.callsOf({ ...calls, keys, callers });
  const startsAt = now() + (startAt - Date.now());
  const recorder = new Recorder(now, startsAt + warmUpMs);
  const latencies = new Float64Array(list.atMs.length).fill(-1);
  const probesMs: number[] = [];
  const used = process.cpuUsage();
  const begun = now();
  const under = atTimes(list.atMs.map((at) => startsAt + at), (number, intended) => {
    const operation = recorder.begin("work", intended);
    operation.sent();
    void call(list.callers[number] as number, "work", list.keys[number] as number).then(
      () => {
        latencies[number] = micros(now() - intended);
        operation.end("ok");
      },
      (error: unknown) => operation.end(String((error as { code?: unknown }).code ?? "error")),
    );
  });
  // The first half second is the callers' own: they are told the times of their lists.
  const probes = Array.from({ length: Math.max(0, Math.floor((probesPerS * (calls.untilMs - warmUpMs)) / 1_000)) }, (_, n) => startsAt + warmUpMs + ((n + 0.5) * 1_000) / probesPerS);
  const probing = atTimes(probes, (number, intended) => void call(callers, "touch", number % keys).then(() => probesMs.push(micros(now() - intended)), () => undefined));
  await Promise.all([under, probing]);
  for (const end = now() + drainMs; recorder.inFlight > 0 && now() < end; ) await pause(20);
  const { user, system } = process.cpuUsage(used);
  return { latenciesMs: [...latencies], recorded: recorder.total(), probesMs, cpu: (user + system) / 1_000 / (now() - begun) };
}

async function closed({ inFlight, seed, warmUpMs, durationMs }: Closed): Promise<ClosedDone> {
  const { callers = 0, keys = 0 } = order ?? {};
  const list = validation.closedCalls({ seed, keys, callers });
  const started = now();
  let [next, answered, failed] = [0, 0, 0];
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (now() - started < durationMs) {
      const number = next++ % list.keys.length;
      try {
        await call(list.callers[number] as number, "work", list.keys[number] as number);
        const at = now() - started;
        if (at >= warmUpMs && at < durationMs) answered += 1;
      } catch {
        failed += 1;
      }
    }
  }));
  return { perS: (answered * 1_000) / (durationMs - warmUpMs), failed };
}

process.on("message", (message: ToDriver) => {
  const done = message.do === "prepare" ? prepare(message) : message.do === "open" ? open(message) : closed(message);
  done.then((answer) => process.send?.(answer), (error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
process.send?.("up");
