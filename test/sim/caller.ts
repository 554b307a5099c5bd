/**
 * A caller: one operation after another, each through some process; what has no answer is repeated with the same ids,
 * through another process perhaps, until the caller's patience ends. Writes down what it was told.
 */
import type { Answer } from "../../actors/runtime/call.ts";
import type { Seeded } from "../chaos/random.ts";
import type { Entry } from "./entry.ts";
import type { Asked, Outcome } from "./history.ts";
import type { Timeline } from "./timeline.ts";
import type { Habits, Request } from "./workload.ts";

export interface CallerParts {
  readonly name: string;
  readonly timeline: Timeline;
  readonly random: Seeded;
  readonly thinkMs: number;
  readonly patienceMs: number;
  readonly callMs: number;
  /** A process that might answer, the usual one perhaps; undefined when there is none. */
  enter(usual: Entry | undefined): Entry | undefined;
  asked(one: Asked): void;
  /** A process that ran all the while did not answer a call. */
  hung(entry: Entry, what: string): void;
}

/** The runtime's own refusals: the caller asks again. */
const runtimeErrors = new Set(["NotOwner", "Interrupted", "Overloaded", "UnknownActor"]);

/** How much later than its deadline a call may end: an attempt under way, or as many loads as wait one after another for a store that does not answer. */
const graceMs = 12_000;

export class Caller {
  readonly #parts: CallerParts;
  #entry: Entry | undefined;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** Asks and asks until `end`, simulated time. */
  async run(end: number, habits: Habits): Promise<void> {
    const { timeline, random, thinkMs } = this.#parts;
    while (timeline.now < end) {
      await timeline.sleep(random.next() * 2 * thinkMs);
      const asked = await this.ask(habits.next());
      habits.heard?.(asked);
    }
  }

  /** One operation, repeated until it is answered or patience ends. */
  async ask(request: Request): Promise<Asked> {
    const { timeline, random, name, patienceMs, callMs } = this.#parts;
    const askedAt = timeline.now;
    let outcome: Outcome = { is: "unknown", why: "nobody to ask" };
    let through = "";
    let lastAskedAt = askedAt;
    let attempts = 0;
    do {
      const entry = this.#parts.enter(this.#entry);
      this.#entry = entry;
      if (entry !== undefined) {
        attempts += 1;
        through = entry.process.name;
        lastAskedAt = timeline.now;
        outcome = told(request, await this.#attempt(entry, request, callMs));
        if (outcome.is === "ok") break;
        this.#entry = undefined;
      }
      await timeline.sleep(5 + random.next() * 100);
    } while (timeline.now < askedAt + patienceMs);
    const asked = { caller: name, actor: request.key, operation: request.operation, askedAt, lastAskedAt, endedAt: timeline.now, through, attempts, outcome };
    this.#parts.asked(asked);
    return asked;
  }

  #attempt(entry: Entry, { type, key, operation, serve }: Request, callMs: number): Promise<Answer> {
    const { timeline, random, name } = this.#parts;
    const { process } = entry;
    const { kind, params, user } = operation;
    const call = { type, key, method: kind, params, meta: user === undefined ? {} : { user: { id: user } } };
    const startedAt = timeline.now;
    return new Promise((resolve) => {
      let isAnswered = false;
      const answer = (value: Answer) => {
        isAnswered = true;
        resolve(value);
      };
      const run = async () => {
        const value = await (serve?.(entry, callMs) ?? entry.call(call, callMs));
        if (process.enter()) timeline.after(random.next() * 0.3, `${process.name} answers ${name}`, () => answer(value));
      };
      timeline.after(random.next() * 0.3, `${name} asks ${process.name}`, () => process.run(() => void run()));
      timeline.after(callMs + graceMs, `${name} waits no longer`, () => {
        if (isAnswered) return;
        if (process.isAlive && !process.isPaused && process.pausedAt < startedAt) this.#parts.hung(entry, `${kind} of ${key}, asked at ${startedAt.toFixed(1)} ms`);
        answer({ error: { name: "Interrupted", message: "no answer" } });
      });
      // A caller sees that its connection broke.
      const watch = () => {
        if (isAnswered) return;
        if (process.isAlive) timeline.after(200, "watch", watch);
        else answer({ error: { name: "Interrupted", message: "the process died" } });
      };
      timeline.after(200, "watch", watch);
    });
  }
}

function told(request: Request, answer: Answer): Outcome {
  if ("error" in answer && runtimeErrors.has(answer.error.name)) return { is: "unknown", why: `${answer.error.name}: ${answer.error.message}` };
  return request.told(answer);
}
