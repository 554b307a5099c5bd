/**
 * The actors of this node: finds or loads the one a call is for, runs the turn, and answers when it is committed. Calls
 * are taken in the order in which `execute` is called, before anything is waited for.
 */
import { Fenced, SequenceConflict, type ActorStore, type EventLog, type Mirror } from "../../storage/index.ts";
import { Activation, committedEvent, type AnyActorType, type AskedFor, type Pending, type Waiting } from "./activation.ts";
import type { Answer, Call } from "./call.ts";
import { Committer, isOneActors } from "./committer.ts";
import { Interrupted, NotOwner, Overloaded } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { loadActor, operationOf } from "./load.ts";
import type { Membership } from "./membership.ts";
import type { Owners } from "./owners.ts";
import { actorName, shardOf } from "./placement.ts";
import type { Clock, Hooks } from "./ports.ts";
import { refusalOf } from "./refusal.ts";
import type { ReminderTo } from "./reminder-turn.ts";
import { Snapshots } from "./snapshots.ts";
import { SoftActors } from "./soft.ts";

/** Operations that an activation hands on to the next, at most: as many as the store finds at once. */
const opIdsRecalled = 1_000;
/** Pause of what time does to an actor that may not be touched at the moment. */
const elapsedRetryMs = 500;

export interface HostParts {
  readonly types: readonly AnyActorType[];
  readonly store: ActorStore;
  /** For soft types. */
  readonly mirror: Mirror | undefined;
  readonly events: EventLog | undefined;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly hooks: Hooks;
  readonly owners: Owners;
  membership(): Membership;
  /** These reminders of an actor are as this says now. */
  reminded(activation: Activation, changes: readonly ReminderTo[]): void;
  /** Something failed that no caller hears of; for the log. */
  failed(error: unknown): void;
}

export class Host {
  readonly #parts: HostParts;
  readonly #types: ReadonlyMap<string, AnyActorType>;
  readonly #activations = new Map<string, Activation>();
  readonly #committer: Committer;
  readonly #snapshots: Snapshots;
  readonly #soft: SoftActors | undefined;
  #softActivations = 0;
  readonly #toLoad: Activation[] = [];
  /** Operations that the journal knew when an actor's memory did not: for its next activation. */
  readonly #recalled = new Map<string, readonly string[]>();
  readonly #drained = new Set<() => void>();
  #loading = 0;
  #waiting = 0;
  #cancel: () => void = () => {};

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#types = new Map(parts.types.map((type) => [type.type, type]));
    this.#committer = new Committer({
      store: parts.store, clock: parts.clock, limits: parts.limits, hooks: parts.hooks,
      lease: () => parts.membership().lease,
      committed: (activation, events) => this.#committed(activation, events),
      failed: (activations, error) => this.#commitFailed(activations, error),
    });
    this.#snapshots = new Snapshots(parts);
    const { mirror, events } = parts;
    if (mirror === undefined || events === undefined) {
      if (parts.types.some(({ soft }) => soft !== undefined)) throw new Error("soft actors need a mirror and an event log");
      return;
    }
    this.#soft = new SoftActors({
      mirror, events, clock: parts.clock, limits: parts.limits,
      committed: (activation, pending) => this.#committed(activation, pending),
      run: (activation, method) => this.#elapsed(activation, method),
      drop: (activation, error) => this.#drop(activation, refusal(error)),
      failed: parts.failed,
    });
  }

  get activations(): ReadonlyMap<string, Activation> {
    return this.#activations;
  }

  /** Calls that wait for an answer. */
  get waiting(): number {
    return this.#waiting;
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(1_000, () => {
      this.#sweep();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
    this.#dropAll([...this.#activations.values()], refusal(new NotOwner("the node")));
  }

  /** Runs a call on the live actor. Resolves with its answer once that is committed; never rejects. */
  execute(call: Call): Promise<Answer> {
    const { limits, hooks, clock, owners } = this.#parts;
    const type = this.#types.get(call.type);
    const shard = shardOf(call.type, call.key);
    const epoch = this.#parts.membership().epochOf(shard);
    if (type === undefined || epoch === undefined) {
      hooks.refused?.(call.type);
      const known = owners.get(shard);
      return Promise.resolve(refusal(new NotOwner(shard, known?.owner ?? undefined, known?.epoch)));
    }
    if (this.#waiting >= limits.waitingPerNode) return Promise.resolve(refusal(new Overloaded("this node has too many calls waiting")));
    const name = actorName(call.type, call.key);
    let activation = this.#activations.get(name);
    if (activation !== undefined && activation.epoch !== epoch) {
      this.#drop(activation, refusal(new Interrupted("the actor's shard changed hands")));
      activation = undefined;
    }
    if (activation === undefined) {
      if (!this.#hasRoom(type) && !this.#makeRoom(type)) return Promise.resolve(refusal(new Overloaded("this node holds as many actors as it may")));
      activation = new Activation(type, call.key, shard, epoch);
      this.#activations.set(name, activation);
      if (type.soft !== undefined) this.#softActivations += 1;
      this.#toLoad.push(activation);
      this.#loadNext();
    } else if (activation.waiting >= limits.waitingPerActor) return Promise.resolve(refusal(new Overloaded("too many calls wait for this actor")));
    activation.usedAt = clock.now();
    this.#waiting += 1;
    const taken = activation;
    return new Promise((resolve) => {
      const settle = (answer: Answer) => {
        this.#waiting -= 1;
        // A lease that ended meanwhile: somebody else may have gone on. What is committed is committed, but what was only read may be old.
        const isStale = "ok" in answer && (type.soft !== undefined || type.queries[call.method] !== undefined) && !this.#parts.membership().mayFinish(shard, epoch);
        resolve(isStale ? refusal(new NotOwner(shard)) : answer);
        if (this.#drained.size > 0) for (const check of this.#drained) check();
      };
      if (taken.isLoading) taken.enqueue({ call, settle });
      else this.#turn(taken, { call, settle });
    });
  }

  /** Resolves when nothing waits for actors of these shards, or after `limits.drainMs`, when whoever still waits is interrupted. Their actors are dropped. */
  async drain(shards: readonly string[]): Promise<void> {
    const leaving = new Set(shards);
    const busy = () => [...this.#activations.values()].filter((activation) => leaving.has(activation.shard) && (activation.waiting > 0 || activation.committed !== activation.seq));
    const { clock, limits } = this.#parts;
    const end = clock.now() + limits.drainMs;
    // Asked again afterwards: of the calls that waited for a load the first is answered before the others have had their turns.
    while (busy().length > 0 && clock.now() < end) {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#drained.delete(check);
          cancel();
          resolve();
        };
        const check = () => {
          if (busy().length === 0) done();
        };
        const cancel = clock.after(end - clock.now(), done);
        this.#drained.add(check);
      });
    }
    await this.#soft?.flush([...this.#activations.values()].filter(({ shard }) => leaving.has(shard)));
    this.lost(shards);
  }

  /** These shards are not this node's any more. */
  lost(shards: readonly string[]): void {
    const gone = new Set(shards);
    this.#dropAll([...this.#activations.values()].filter(({ shard }) => gone.has(shard)), refusal(new Interrupted("the actor's shard changed hands")));
  }

  /** Drops an idle actor; false when it is busy or not here. */
  passivate(name: string): boolean {
    const activation = this.#activations.get(name);
    if (activation === undefined || !this.#mayGo(activation)) return false;
    this.#drop(activation, refusal(new Interrupted("dropped")));
    return true;
  }

  /** Nothing waits for it, and nothing of it is lost when it goes. */
  #mayGo(activation: Activation): boolean {
    return isIdle(activation) && this.#soft?.isMirrored(activation) !== false;
  }

  /** Time alone changed a soft actor, unless another node has it by now. */
  #elapsed(activation: Activation, method: string): void {
    if (activation.isGone) return;
    if (this.#parts.membership().epochOf(activation.shard) !== activation.epoch) {
      // The lease is late, or the shard is going: whoever has it then will see to it.
      activation.cancelDue = this.#parts.clock.after(elapsedRetryMs, () => this.#elapsed(activation, method));
      return;
    }
    this.#turn(activation, { call: { type: activation.type.type, key: activation.key, method, params: {}, meta: {} }, settle: () => {} });
  }

  #turn(activation: Activation, waiting: Waiting, asked?: AskedFor): void {
    const { clock, limits, hooks } = this.#parts;
    hooks.turn?.(activation.type.type);
    let done: ReturnType<Activation["turn"]>;
    try {
      done = activation.turn(waiting, clock.wall(), limits, asked);
    } catch (error) {
      this.#parts.failed(error);
      this.#drop(activation, refusal(error));
      waiting.settle(refusal(error));
      return;
    }
    if ("doubt" in done) void this.#lookUp(activation, waiting, done.doubt, asked);
    else if (activation.type.soft === undefined) this.#committer.add(done);
    else this.#soft?.add(activation, done);
  }

  /** Asks the journal for operations that the actor does not remember, and runs the turn again. */
  async #lookUp(activation: Activation, waiting: Waiting, opIds: readonly string[], asked?: AskedFor): Promise<void> {
    try {
      const found = new Map((await this.#parts.store.find(actorName(activation.type.type, activation.key), opIds)).map(operationOf));
      if (!activation.isGone) {
        this.#turn(activation, waiting, new Map([...(asked ?? []), ...opIds.map((opId) => [opId, found.get(opId)] as const)]));
        return;
      }
    } catch (error) {
      this.#parts.failed(error);
    }
    waiting.settle(refusal(new Interrupted("it is not known whether this was done before")));
  }

  #loadNext(): void {
    while (this.#loading < this.#parts.limits.loading) {
      const activation = this.#toLoad.shift();
      if (activation === undefined) return;
      if (!activation.isGone) void this.#load(activation);
    }
  }

  async #load(activation: Activation): Promise<void> {
    const { limits, store, clock, hooks } = this.#parts;
    const started = clock.now();
    const name = actorName(activation.type.type, activation.key);
    const recalled = this.#recalled.get(name) ?? [];
    this.#recalled.delete(name);
    this.#loading += 1;
    try {
      const { type, key } = activation;
      const loaded = await (type.soft === undefined || this.#soft === undefined ? loadActor(store, type, key, limits.opIds, recalled).then((it) => () => it) : this.#soft.load(activation));
      if (!activation.isGone) {
        hooks.loaded?.(type.type, clock.now() - started);
        // At once: between taking the calls that waited and their turns nobody may drop it, nor another call come first.
        for (const waiting of activation.open(loaded())) {
          if (activation.isGone) waiting.settle(refusal(new Interrupted("the actor was dropped")));
          else this.#turn(activation, waiting);
        }
      }
    } catch (error) {
      this.#parts.failed(error);
      this.#drop(activation, refusal(new Interrupted("the actor cannot be loaded")));
    }
    this.#loading -= 1;
    this.#loadNext();
  }

  #committed(activation: Activation, batch: readonly Pending[]): void {
    let events = batch;
    if (batch.some(({ reminders }) => reminders !== undefined)) {
      for (const { reminders = [] } of batch) this.#parts.reminded(activation, reminders);
      events = batch.filter(({ body }) => body !== undefined);
      for (const alone of batch) activation.commitAlone(alone);
    }
    const last = events.at(-1);
    if (activation.isGone || last === undefined) return;
    activation.commit(last.seq);
    if (activation.type.soft !== undefined) return;
    try {
      activation.type.committed?.(activation.key, last.seq, events.map(committedEvent), activation.epoch);
    } catch (error) {
      this.#parts.failed(error);
    }
    this.#snapshots.consider(activation);
  }

  #commitFailed(activations: ReadonlySet<Activation>, error: unknown): void {
    const { hooks, membership } = this.#parts;
    if (error instanceof Fenced || error instanceof SequenceConflict) hooks.fenced?.(activations.size);
    else this.#parts.failed(error);
    const [only] = activations;
    // The journal knows an operation that the actor forgot: its next activation must remember it.
    if (error instanceof SequenceConflict && error.reason === "operation" && only !== undefined) this.#recall(only);
    // What the store does not take it will not take again.
    const isFinal = isOneActors(error) && !(error instanceof SequenceConflict);
    this.#dropAll([...activations], refusal(isFinal ? error : new Interrupted("the commit failed")));
    // Also when nobody knows the outcome: the append may still be under way. A new life waits for it, and this one's shards must not be
    // handed over before.
    if (!isOneActors(error)) membership().fenced();
  }

  #recall(activation: Activation): void {
    if (this.#recalled.size >= 1_000) this.#recalled.clear();
    this.#recalled.set(actorName(activation.type.type, activation.key), activation.opIdsToRecall().slice(-opIdsRecalled));
  }

  #hasRoom({ soft }: AnyActorType): boolean {
    const { activations, softActivations } = this.#parts.limits;
    return soft === undefined ? this.#activations.size - this.#softActivations < activations : this.#softActivations < softActivations;
  }

  #makeRoom(type: AnyActorType): boolean {
    let oldest: Activation | undefined;
    let seen = 0;
    for (const activation of this.#activations.values()) {
      if (seen++ > 64) break;
      if ((activation.type.soft === undefined) === (type.soft === undefined) && this.#mayGo(activation) && (oldest === undefined || activation.usedAt < oldest.usedAt)) oldest = activation;
    }
    if (oldest === undefined) return false;
    this.#drop(oldest, refusal(new Interrupted("dropped")));
    return true;
  }

  #sweep(): void {
    const { clock, limits } = this.#parts;
    const now = clock.now();
    for (const activation of this.#activations.values()) {
      const idleMs = now - activation.usedAt;
      if (idleMs < (activation.type.soft === undefined ? limits.packAfterMs : limits.softPackAfterMs) || !isIdle(activation)) continue;
      if (idleMs >= limits.passivateAfterMs && activation.cancelDue === undefined && this.#mayGo(activation)) this.#drop(activation, refusal(new Interrupted("dropped")));
      else if (!activation.isPacked) activation.pack();
    }
  }

  #dropAll(activations: readonly Activation[], answer: Answer): void {
    for (const activation of activations) this.#drop(activation, answer);
  }

  #drop(activation: Activation, answer: Answer): void {
    const name = actorName(activation.type.type, activation.key);
    if (this.#activations.get(name) === activation) {
      this.#activations.delete(name);
      if (activation.type.soft !== undefined) this.#softActivations -= 1;
    }
    this.#soft?.forget(activation);
    activation.drop(answer);
  }
}

const isIdle = (activation: Activation): boolean => !activation.isLoading && activation.waiting === 0 && activation.committed === activation.seq;
const refusal = (error: unknown): Answer => ({ error: refusalOf(error) });
