/**
 * What a caller's router does with calls for one node, as the actor runtime has it (actors/runtime/router.ts): a call leaves at once in
 * a message while fewer than so many messages are under way to that node, with all that came at the same moment; otherwise it waits until
 * one is answered, and all that wait then leave as one message. A message is answered when the last of its calls is: a quick call beside a
 * slow one waits for it.
 */
import type { Simulation, Station } from "../engine/index.ts";

/** Calls of one message, and messages under way from one caller to one node. */
export interface LaneLimits {
  readonly batchCalls: number;
  readonly batchesInFlight: number;
}

export interface Call {
  /** In the list of calls. */
  readonly number: number;
  message: Message | undefined;
}

interface Message {
  readonly calls: readonly Call[];
  left: number;
  /** Seconds that its answer travels. */
  readonly backS: number;
}

export class Lane {
  readonly #simulation: Simulation;
  readonly #node: Station<Call>;
  readonly #limits: LaneLimits;
  /** Seconds of a message's way there and back, together. */
  readonly #trip: () => number;
  readonly #answered: (call: Call) => void;
  #queue: Call[] = [];
  readonly #messages = new Set<Message>();
  #isFlushing = false;

  constructor(simulation: Simulation, node: Station<Call>, limits: LaneLimits, trip: () => number, answered: (call: Call) => void) {
    this.#simulation = simulation;
    this.#node = node;
    this.#limits = limits;
    this.#trip = trip;
    this.#answered = answered;
  }

  enter(call: Call): void {
    this.#queue.push(call);
    this.#wake();
  }

  /** The node is somebody else's place now: takes back, of all that waits and is under way, what `isTaken` says, in order. */
  recall(isTaken: (call: Call) => boolean): Call[] {
    const underWay = [...this.#messages].flatMap(({ calls }) => calls).filter((call) => call.message !== undefined && isTaken(call));
    const waiting = this.#queue.filter(isTaken);
    this.#queue = this.#queue.filter((call) => !isTaken(call));
    for (const call of underWay) call.message = undefined;
    return [...underWay, ...waiting];
  }

  /** What comes at one moment travels together. */
  #wake(): void {
    if (this.#isFlushing || this.#messages.size >= this.#limits.batchesInFlight) return;
    this.#isFlushing = true;
    this.#simulation.after(0, this.#flush, undefined);
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    while (this.#queue.length > 0 && this.#messages.size < this.#limits.batchesInFlight) {
      const calls = this.#queue.splice(0, this.#limits.batchCalls);
      const tripS = this.#trip();
      const message: Message = { calls, left: calls.length, backS: tripS / 2 };
      for (const call of calls) call.message = message;
      this.#messages.add(message);
      this.#simulation.after(tripS / 2, this.#arrive, message);
    }
  };

  readonly #arrive = (message: Message): void => {
    for (const call of message.calls) this.#node.enter(call, this.#worked);
  };

  /** What a killed node had or gets is never answered. */
  readonly #worked = (call: Call, outcome: string): void => {
    const { message } = call;
    if (outcome !== "served" || message === undefined) return;
    message.left -= 1;
    if (message.left === 0) this.#simulation.after(message.backS, this.#back, message);
  };

  readonly #back = (message: Message): void => {
    this.#messages.delete(message);
    for (const call of message.calls) {
      if (call.message !== message) continue;
      call.message = undefined;
      this.#answered(call);
    }
    if (this.#queue.length > 0) this.#wake();
  };
}
