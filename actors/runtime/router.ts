/**
 * Takes calls to the owners of their actors. Nobody names a node: the router knows who owns which shard, learns from
 * refusals, and repeats a call whose outcome is unknown until its deadline. Repeating is safe because every change
 * carries an operation id. Calls to one node in one turn of the event loop travel as one message.
 *
 * While a shard is on its way from one owner to the next, its calls pause; they go on in the moment in which the next owner says that it has it.
 *
 * An answer of the actor, also a refusal, ends the call. Overloaded ends it too: repeating makes it worse.
 */
import type { Answer, Call } from "./call.ts";
import { Interrupted, NotOwner, Overloaded, UnknownActor } from "./errors.ts";
import type { Limits } from "./limits.ts";
import type { Owners } from "./owners.ts";
import { PendingMap } from "./pending-map.ts";
import { shardOf } from "./placement.ts";
import type { Clock, Hooks, Random, ShardOwner, Transport } from "./ports.ts";
import { refusalOf, runtimeErrorOf } from "./refusal.ts";

export interface RouterParts {
  readonly node: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly limits: Limits;
  readonly hooks: Hooks;
  readonly owners: Owners;
  /** This node's own actors; undefined when it hosts none. */
  readonly local: ((call: Call) => Promise<Answer>) | undefined;
  /** Looks who owns what, now. Coalesces. */
  refresh(): Promise<void>;
}

interface Sent {
  readonly call: Call;
  readonly shard: string;
  readonly deadline: number;
  readonly settle: (answer: Answer) => void;
}

interface Lane {
  readonly queue: Sent[];
  readonly underWay: PendingMap<Sent, Sent>;
  messages: number;
  isFlushing: boolean;
}

const interrupted = (why: string): Answer => ({ error: refusalOf(new Interrupted(why)) });

export class Router {
  readonly #parts: RouterParts;
  readonly #lanes = new Map<string, Lane>();
  /** Calls that pause, by shard: what ends their pause. */
  readonly #pausing = new Map<string, Set<() => void>>();
  #routed = 0;

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /** Calls that wait for an answer. */
  get routed(): number {
    return this.#routed;
  }

  /** The answer of the one live actor. Rejects with Interrupted (outcome unknown), Overloaded or UnknownActor. */
  async call(call: Call, timeoutMs: number): Promise<Answer> {
    const { clock, limits } = this.#parts;
    if (this.#routed >= limits.routed) throw new Overloaded("too many calls are under way from this node");
    this.#routed += 1;
    try {
      return await this.#untilDeadline(call, clock.now() + timeoutMs);
    } finally {
      this.#routed -= 1;
    }
  }

  /** A shard has another owner: calls to the old one are given up, since it may be paused and never answer; calls that pause go to the new one. */
  moved(was: ShardOwner, is: ShardOwner): void {
    if (is.owner !== null) for (const wake of this.#pausing.get(is.shard) ?? []) wake();
    if (was.owner === null || was.owner === is.owner) return;
    for (const sent of this.#lanes.get(was.owner)?.underWay.keys() ?? []) if (sent.shard === is.shard) sent.settle(interrupted("the actor moved"));
  }

  async #untilDeadline(call: Call, deadline: number): Promise<Answer> {
    const { clock, hooks, owners } = this.#parts;
    const shard = shardOf(call.type, call.key);
    for (let attempt = 0; ; attempt++) {
      const known = owners.get(shard);
      const owner = known?.owner ?? undefined;
      const answer = owner === undefined ? { error: refusalOf(new NotOwner(shard)) } : await this.#try(owner, call, shard, deadline);
      if ("ok" in answer) return answer;
      const error = runtimeErrorOf(answer.error);
      if (error === undefined) return answer;
      if (error instanceof Overloaded || error instanceof UnknownActor) throw error;
      hooks.retried?.(error.name);
      if (error instanceof NotOwner && error.owner !== undefined) owners.learn([{ shard, owner: error.owner, epoch: error.epoch }]);
      const now = owners.get(shard);
      const isNews = typeof now?.owner === "string" && now !== known;
      if (clock.now() >= deadline) throw this.#tooLate(call, error);
      // Somebody else is known to own it: at once, but not for ever between two who refer to each other.
      if (isNews && attempt < 3) continue;
      await this.#untilNews(shard, attempt, deadline);
      if (clock.now() >= deadline) throw this.#tooLate(call, error);
    }
  }

  #tooLate(call: Call, error: Error): Error {
    const { owners } = this.#parts;
    if (error instanceof NotOwner && owners.get(shardOf(call.type, call.key)) === undefined) return new UnknownActor(`no node hosts ${call.type}`);
    return new Interrupted(`the outcome of ${call.type}.${call.method} is unknown: ${error.message}`);
  }

  #try(owner: string, call: Call, shard: string, deadline: number): Promise<Answer> {
    const { node, local } = this.#parts;
    if (owner === node && local !== undefined) return this.#within(deadline, local(call));
    return new Promise((resolve) => {
      const lane = this.#lane(owner);
      const sent: Sent = {
        call, shard, deadline,
        settle: (answer) => {
          lane.underWay.delete(sent);
          resolve(answer);
        },
      };
      lane.underWay.set(sent, sent);
      lane.queue.push(sent);
      this.#wake(owner, lane);
    });
  }

  #lane(owner: string): Lane {
    let lane = this.#lanes.get(owner);
    if (lane === undefined) this.#lanes.set(owner, (lane = { queue: [], underWay: new PendingMap(), messages: 0, isFlushing: false }));
    return lane;
  }

  #wake(owner: string, lane: Lane): void {
    if (lane.isFlushing || lane.messages >= this.#parts.limits.batchesInFlight) return;
    lane.isFlushing = true;
    this.#parts.clock.soon(() => {
      lane.isFlushing = false;
      while (lane.queue.length > 0 && lane.messages < this.#parts.limits.batchesInFlight) void this.#send(owner, lane);
    });
  }

  async #send(owner: string, lane: Lane): Promise<void> {
    const { transport, limits, clock } = this.#parts;
    const batch = lane.queue.splice(0, limits.batchCalls).filter((sent) => lane.underWay.has(sent));
    if (batch.length === 0) return;
    const latest = batch.reduce((most, { deadline }) => Math.max(most, deadline), 0);
    lane.messages += 1;
    try {
      const answers = await transport.send(owner, batch.map(({ call }) => call), Math.max(1, Math.min(limits.attemptMs, latest - clock.now())));
      for (const [at, sent] of batch.entries()) sent.settle(answers[at] ?? interrupted("the owner's answer is incomplete"));
    } catch (error) {
      const answer = interrupted(error instanceof Error ? error.message : String(error));
      for (const sent of batch) sent.settle(answer);
    }
    lane.messages -= 1;
    if (lane.queue.length > 0) this.#wake(owner, lane);
    else if (lane.underWay.size === 0) this.#lanes.delete(owner);
  }

  /** Pauses and then looks who owns the shard, or learns it before: whichever comes first. */
  async #untilNews(shard: string, attempt: number, deadline: number): Promise<void> {
    const { owners, clock } = this.#parts;
    const known = owners.get(shard);
    const pausing = this.#pausing.get(shard) ?? new Set();
    this.#pausing.set(shard, pausing);
    await new Promise<void>((resolve) => {
      const wake = () => {
        pausing.delete(wake);
        if (pausing.size === 0 && this.#pausing.get(shard) === pausing) this.#pausing.delete(shard);
        resolve();
      };
      pausing.add(wake);
      const look = async () => {
        await this.#pause(attempt, deadline);
        if (pausing.has(wake) && owners.get(shard) === known && clock.now() < deadline) await this.#refresh(deadline);
        wake();
      };
      void look();
    });
  }

  /** Looks who owns what. */
  async #refresh(deadline: number): Promise<void> {
    await this.#within(deadline, this.#parts.refresh().then((): Answer => ({ ok: null }), () => ({ ok: null })));
  }

  /** A store that does not answer holds nobody past the deadline. */
  #within(deadline: number, answer: Promise<Answer>): Promise<Answer> {
    const { clock } = this.#parts;
    return new Promise((resolve, reject) => {
      const cancel = clock.after(Math.max(1, deadline - clock.now()), () => resolve(interrupted("no answer in time")));
      const end = (given: Answer) => {
        cancel();
        resolve(given);
      };
      answer.then(end, reject);
    });
  }

  #pause(attempt: number, deadline: number): Promise<void> {
    const { limits, random, clock } = this.#parts;
    const longest = Math.min(limits.retryMaxMs, limits.retryMs * 2 ** Math.min(attempt, 10));
    const ms = Math.max(1, Math.min(deadline - clock.now(), longest * (0.5 + random.next() / 2)));
    return new Promise((resolve) => void clock.after(ms, resolve));
  }
}
