/**
 * A process of `npm run simulate -- validate`: the callers of some systems, each a broker as a gateway is, without actors. Calls leave at
 * the times of their list whatever was answered before; latencies are from when they were meant to.
 *
 *   prepare --> Prepared     open --> Opened     closed --> ClosedDone      each for one system, which is named in question and answer
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
  /** Whether there will be probes: they have a caller of their own. */
  readonly probes: boolean;
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
export interface ToDriver {
  readonly system: string;
  readonly order: Prepare | Open | Closed;
}
export interface FromDriver {
  readonly system: string;
  readonly answer: unknown;
}

export interface Prepared {
  readonly owners: readonly { readonly shard: string; readonly owner: string | null }[];
}
export interface Opened {
  /** By call, ms; -1 of one that failed or was never answered. */
  readonly latenciesMs: readonly number[];
  readonly recorded: Recorded;
  readonly probesMs: readonly number[];
}
export interface ClosedDone {
  readonly perS: number;
  readonly failed: number;
}

const touchedAtOnce = 32;
/** Of one actor, before the run; s between them: 1, 2, 3. */
const [loadAttempts, loadAgainMs] = [4, 1_000];
/** A call's deadline (actors/runtime/limits.ts, callMs), and some time for the answer. */
const drainMs = 12_000;
const now = (): number => performance.now();
const micros = (ms: number): number => Math.round(ms * 1_000) / 1_000;

const keyOf = (number: number): string => `k${number}`;

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

class Callers {
  readonly #brokers: readonly ServiceBroker[];
  readonly #order: Prepare;

  constructor(order: Prepare) {
    this.#order = order;
    // Without ports: nothing lives here.
    this.#brokers = Array.from({ length: order.callers + (order.probes ? 1 : 0) }, (_, n) => {
      const options = brokerOptions(loadConfig({ ...process.env, NATS_URL: order.natsUrl, NODE_ID: `${order.type}-caller-${n}` }));
      return new ServiceBroker({ ...options, middlewares: [actorMiddleware()] });
    });
  }

  /** Afterwards every caller knows who owns what, and every actor is loaded. */
  async prepare(): Promise<Prepared> {
    const { type, keys } = this.#order;
    const brokers = this.#brokers;
    await Promise.all(brokers.map((broker) => broker.start()));
    await Promise.all(brokers.map((broker) => broker.waitForServices([type, "actors"])));
    for (let caller = 0; caller < brokers.length; caller++) {
      for (let from = 0; from < keys; from += touchedAtOnce) await Promise.all(Array.from({ length: Math.min(touchedAtOnce, keys - from) }, (_, n) => this.#load(caller, from + n)));
    }
    return { owners: (await brokers[0]?.call<Prepared["owners"], object>("actors.owners", {})) ?? [] };
  }

  async open({ calls, warmUpMs, startAt, probesPerS }: Open): Promise<Opened> {
    const { callers, keys } = this.#order;
    const list = validation.callsOf({ ...calls, keys, callers });
    const startsAt = now() + (startAt - Date.now());
    const recorder = new Recorder(now, startsAt + warmUpMs);
    const latencies = new Float64Array(list.atMs.length).fill(-1);
    const probesMs: number[] = [];
    const calling = atTimes(list.atMs.map((at) => startsAt + at), (number, intended) => {
      const operation = recorder.begin("work", intended);
      operation.sent();
      void this.#call(list.callers[number] as number, "work", list.keys[number] as number).then(
        () => {
          latencies[number] = micros(now() - intended);
          return operation.end("ok");
        },
        (error: unknown) => operation.end(`${(error as { code?: string | number }).code ?? "error"}`),
      );
    });
    // At times of their own: probes of all systems at one moment would wait for each other.
    const probes = probesPerS === 0 ? [] : validation.callsOf({ arrivals: { type: "poisson", ratePerS: probesPerS }, seed: calls.seed, name: `${calls.name}/probes`, keys, callers: 1, untilMs: calls.untilMs }).atMs;
    const probing = atTimes(Float64Array.from(probes, (at) => startsAt + at), (number, intended) => void this.#call(callers, "touch", number % keys).then(() => probesMs.push(micros(now() - intended)), () => undefined));
    await Promise.all([calling, probing]);
    for (const end = now() + drainMs; recorder.inFlight > 0 && now() < end; ) await pause(20);
    return { latenciesMs: [...latencies], recorded: recorder.total(), probesMs };
  }

  async closed({ inFlight, seed, warmUpMs, durationMs }: Closed): Promise<ClosedDone> {
    const list = validation.closedCalls({ seed, keys: this.#order.keys, callers: this.#order.callers });
    const started = now();
    let [next, answered, failed] = [0, 0, 0];
    await Promise.all(Array.from({ length: inFlight }, async () => {
      while (now() - started < durationMs) {
        const number = next++ % list.keys.length;
        try {
          await this.#call(list.callers[number] as number, "work", list.keys[number] as number);
          const at = now() - started;
          if (at >= warmUpMs && at < durationMs) answered += 1;
        } catch {
          failed += 1;
        }
      }
    }));
    return { perS: (answered * 1_000) / (durationMs - warmUpMs), failed };
  }

  /** Many systems start at one time, and a database may be late for some of them: the actor is asked for again, since nothing of it changes by that. */
  async #load(caller: number, key: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#call(caller, "touch", key);
        return;
      } catch (error) {
        if (attempt === loadAttempts || (error as { retryable?: boolean }).retryable !== true) throw error;
        await pause(loadAgainMs * attempt);
      }
    }
  }

  #call(caller: number, action: "work" | "touch", key: number): Promise<unknown> {
    const broker = this.#brokers[caller];
    if (broker === undefined) throw new Error(`there is no caller ${caller}`);
    return broker.call(`${this.#order.type}.${action}`, { key: keyOf(key) });
  }
}

const systems = new Map<string, Callers>();

function answer({ system, order }: ToDriver): Promise<unknown> {
  if (order.do === "prepare") {
    const callers = new Callers(order);
    systems.set(system, callers);
    return callers.prepare();
  }
  const callers = systems.get(system);
  if (callers === undefined) throw new Error(`${system} is not prepared`);
  return order.do === "open" ? callers.open(order) : callers.closed(order);
}

process.on("message", (message: ToDriver) => {
  answer(message).then((given) => process.send?.({ system: message.system, answer: given } satisfies FromDriver), (error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
process.send?.("up");
