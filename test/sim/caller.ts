/**
 * A caller: one operation after another, each through some process; what has no answer is repeated with the same ids,
 * through another process perhaps, until the caller's patience ends. Writes down what it was told.
 */
import type { Answer } from "../../actors/runtime/call.ts";
import type { Seeded } from "../chaos/random.ts";
import type { Entry } from "./entry.ts";
import type { Asked, Operation, Outcome } from "./history.ts";
import type { Appended, Listed } from "./log-actor.ts";
import type { Timeline } from "./timeline.ts";

export interface CallerParts {
  readonly name: string;
  readonly timeline: Timeline;
  readonly random: Seeded;
  readonly actors: readonly string[];
  /** Never changes anything. */
  readonly isReader: boolean;
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
  #asked = 0;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** Asks and asks until `end`, simulated time. */
  async run(end: number): Promise<void> {
    const { timeline, random, thinkMs, actors } = this.#parts;
    while (timeline.now < end) {
      await timeline.sleep(random.next() * 2 * thinkMs);
      await this.ask(this.#anything(), random.pick(actors));
    }
  }

  /** One operation, repeated until it is answered or patience ends. */
  async ask(operation: Operation, actor: string): Promise<Asked> {
    const { timeline, random, name, patienceMs, callMs } = this.#parts;
    const askedAt = timeline.now;
    let outcome: Outcome = { is: "unknown", why: "nobody to ask" };
    let through = "";
    let attempts = 0;
    do {
      const entry = this.#parts.enter(this.#entry);
      this.#entry = entry;
      if (entry !== undefined) {
        attempts += 1;
        through = entry.process.name;
        outcome = told(operation.kind, await this.#attempt(entry, operation, actor, callMs));
        if (outcome.is === "ok") break;
        this.#entry = undefined;
      }
      await timeline.sleep(5 + random.next() * 100);
    } while (timeline.now < askedAt + patienceMs);
    const asked = { caller: name, actor, operation, askedAt, endedAt: timeline.now, through, attempts, outcome };
    this.#parts.asked(asked);
    return asked;
  }

  #attempt(entry: Entry, operation: Operation, key: string, callMs: number): Promise<Answer> {
    const { timeline, random, name } = this.#parts;
    const { process } = entry;
    const params = operation.kind === "append" ? { ops: operation.items.map((item) => ({ opId: item, item })) } : {};
    const startedAt = timeline.now;
    return new Promise((resolve) => {
      let isAnswered = false;
      const answer = (value: Answer) => {
        isAnswered = true;
        resolve(value);
      };
      const serve = async () => {
        const value = await entry.call({ type: "log", key, method: operation.kind, params, meta: {} }, callMs);
        if (process.enter()) timeline.after(random.next() * 0.3, `${process.name} answers ${name}`, () => answer(value));
      };
      timeline.after(random.next() * 0.3, `${name} asks ${process.name}`, () => process.run(() => void serve()));
      timeline.after(callMs + graceMs, `${name} waits no longer`, () => {
        if (isAnswered) return;
        if (process.isAlive && !process.isPaused && process.pausedAt < startedAt) this.#parts.hung(entry, `${operation.kind} of ${key}, asked at ${startedAt.toFixed(1)} ms`);
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

  #anything(): Operation {
    const { random, name, isReader } = this.#parts;
    const luck = random.next();
    if (isReader || luck < 0.35) return { kind: "list" };
    if (luck < 0.4) return { kind: "refuse" };
    if (luck < 0.43) return { kind: "touch" };
    return { kind: "append", items: Array.from({ length: luck < 0.55 ? random.between(2, 5) : 1 }, () => `${name}-${++this.#asked}`) };
  }
}

function told(kind: Operation["kind"], answer: Answer): Outcome {
  if ("error" in answer) {
    const { name, message, data } = answer.error;
    if (name === "Refused") return { is: "ok", version: (data as { version: number }).version, places: [], items: undefined };
    if (!runtimeErrors.has(name)) throw new Error(`${kind} ${name}: ${message}`);
    return { is: "unknown", why: `${name}: ${message}` };
  }
  // A touch answers nothing, not even a version.
  const { version, places = [], items } = (answer.ok ?? {}) as Partial<Appended & Listed>;
  return { is: "ok", version, places, items };
}
