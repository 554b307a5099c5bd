/**
 * What a host does for soft actors in place of the journal: it waits for their listening events to be in the log, tells of what
 * they are, wakes them when time alone changes them, and mirrors them.
 *
 *   turn --> no listening event, none waiting: committed in the turn itself
 *        --> otherwise: behind those of the same actor, when the log has them; it is asked again until it does
 *
 * A turn is answered and told of after that. The mirror follows within `mirrorMs`, also at a hand-over; who dies before has lost
 * no listening event that was acknowledged, and what else is lost comes back with what devices report.
 */
import { InvalidKey, StorageUnavailable, type EventLog, type ListeningEvent, type Mirror } from "../../storage/index.ts";
import { committedEvent, elapsedMethod, type Activation, type Pending } from "./activation.ts";
import type { CommittedEvent } from "./definition.ts";
import { Interrupted } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { loadSoftActor, type Loaded, type Mirrored } from "./load.ts";
import { actorName } from "./placement.ts";
import type { Clock } from "./ports.ts";

export interface SoftParts {
  readonly mirror: Mirror;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly limits: Limits;
  /** These are committed: answers that wait for them go out. */
  committed(activation: Activation, pending: readonly Pending[]): void;
  /** Runs a turn that nobody called. */
  run(activation: Activation, method: string): void;
  /** The actor cannot go on as it is: it is dropped, and whoever waits is told. */
  drop(activation: Activation, error: unknown): void;
  failed(error: unknown): void;
}

interface Turn {
  readonly pending: readonly Pending[];
  readonly logged: readonly ListeningEvent[];
}

/** A timer holds no longer. */
const longestMs = 3_600_000;
/** What is overdue waits for so long: timers fire a little early, and a type that changes nothing must not spin. */
const overdueMs = 5;

export class SoftActors {
  readonly #parts: SoftParts;
  /** Turns that wait for the log, or behind such; by actor, while one of its is being logged. */
  readonly #queues = new Map<Activation, Turn[]>();
  /** What happened and is not told yet, since something in the state was provisional. */
  readonly #untold = new Map<Activation, CommittedEvent<unknown>[]>();
  /** Those of which the mirror lacks something, and since when. */
  readonly #dirty = new Map<Activation, number>();
  /** Those of which a copy is under way. */
  readonly #sent = new Set<Activation>();
  /** The highest number of an actor that went: where the clock went back and the mirror lacks it, its next life in the same epoch must not begin below. */
  #highest = 0;
  #saving: Promise<void> | undefined;
  #isSaveDue = false;

  constructor(parts: SoftParts) {
    this.#parts = parts;
  }

  /** Whether the mirror has all of it. */
  isMirrored(activation: Activation): boolean {
    return !this.#dirty.has(activation) && !this.#sent.has(activation);
  }

  /** What makes an actor as the mirror has it, or a new one. Never rejects. */
  async load(activation: Activation): Promise<() => Loaded> {
    const { clock, limits, failed, mirror } = this.#parts;
    const { type, key } = activation;
    const copyOf = async () => (activation.isGone ? undefined : mirror.load(actorName(type.type, key)));
    const copy = await copyOf()
      .catch(async (error: unknown) => {
        failed(error);
        // What an empty actor does next takes the place of the copy: one call that failed must not be the end of all that was queued.
        if (error instanceof StorageUnavailable) await this.#pause(limits.mirrorRetryMs);
        return copyOf();
      })
      // As after a loss: a mirror that is away keeps nobody from listening.
      .catch((error: unknown) => {
        failed(error);
        return undefined;
      });
    const begin = (from?: Mirrored) => loadSoftActor(type, key, from, clock.wall(), this.#highest);
    return () => {
      try {
        return begin(copy);
      } catch (error) {
        // Nor does one that holds what nobody can read.
        failed(error);
        return begin();
      }
    };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(ms, resolve));
  }

  /** Takes what a turn decided, when the turn is over. */
  add(activation: Activation, pending: readonly Pending[]): void {
    if (pending.length > 0) {
      const logged = pending.flatMap(({ event, at }) => activation.type.soft?.logged?.(event, activation.key, at) ?? []);
      const queue = this.#queues.get(activation);
      if (queue !== undefined) queue.push({ pending, logged });
      else if (logged.length === 0) this.#commit(activation, pending);
      else {
        this.#queues.set(activation, [{ pending, logged }]);
        void this.#log(activation);
      }
    }
    // What was only read changes no time; the first turn after a load finds nothing that waits.
    if (pending.length > 0 || activation.cancelDue === undefined) this.#arm(activation);
  }

  /** Waits for `dueAt`. */
  #arm(activation: Activation): void {
    const { clock } = this.#parts;
    activation.cancelDue?.();
    activation.cancelDue = undefined;
    const dueAt = activation.isGone ? undefined : activation.type.soft?.dueAt?.(activation.state);
    if (dueAt === undefined) return;
    const waitMs = dueAt - clock.wall();
    activation.cancelDue = clock.after(Math.min(Math.max(waitMs, overdueMs), longestMs), () => {
      activation.cancelDue = undefined;
      if (waitMs > longestMs) this.#arm(activation);
      else this.#parts.run(activation, elapsedMethod);
    });
  }

  /** Puts an actor's listening events into the log, turn after turn, until none waits. */
  async #log(activation: Activation): Promise<void> {
    const { clock, limits } = this.#parts;
    const queue = this.#queues.get(activation) ?? [];
    const giveUpAt = () => clock.now() + limits.logMs;
    for (let end = giveUpAt(); queue.length > 0 && !activation.isGone; ) {
      const turns = upTo(limits.loggedAtOnce, queue);
      const logged = turns.flatMap((turn) => turn.logged);
      try {
        if (logged.length > 0) await this.#parts.events.append(logged);
      } catch (error) {
        this.#parts.failed(error);
        if (error instanceof InvalidKey || clock.now() >= end) {
          // Who is told that it was interrupted asks again: the log may have the events, and may answer then.
          this.#parts.drop(activation, error instanceof InvalidKey ? error : new Interrupted("the event log does not answer"));
          break;
        }
        await this.#pause(limits.logRetryMs);
        continue;
      }
      queue.splice(0, turns.length);
      end = giveUpAt();
      if (!activation.isGone) this.#commit(activation, turns.flatMap(({ pending }) => pending));
    }
    this.#queues.delete(activation);
  }

  #commit(activation: Activation, pending: readonly Pending[]): void {
    const { soft } = activation.type;
    this.#parts.committed(activation, pending);
    const lasting = pending.filter(({ event }) => soft?.isPassing?.(event) !== true);
    if (lasting.length > 0) this.#untold.set(activation, [...(this.#untold.get(activation) ?? []), ...lasting.map(committedEvent)]);
    const events = this.#untold.get(activation);
    if (events === undefined || activation.committed !== activation.seq || activation.isGone) return;
    this.#untold.delete(activation);
    // One that always waits for the log when the others are saved is saved when it does not.
    if (this.#parts.clock.now() - (this.#dirty.get(activation) ?? Infinity) >= this.#parts.limits.mirrorMs) this.#saveNow();
    else this.#lacks(activation);
    try {
      soft?.changed?.(activation.key, { epoch: activation.epoch, n: activation.seq }, activation.state, events);
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** What is known of it is void, or is kept elsewhere. */
  forget(activation: Activation): void {
    this.#highest = Math.max(this.#highest, activation.seq);
    this.#queues.delete(activation);
    this.#untold.delete(activation);
    this.#dirty.delete(activation);
  }

  /** Mirrors what these actors are: nothing of them waits any more. */
  async flush(activations: readonly Activation[]): Promise<void> {
    const { clock, limits } = this.#parts;
    await this.#saving;
    for (const end = clock.now() + limits.flushMs; ; await this.#saving) {
      // Also what the log took meanwhile, and what somebody else has sent.
      const left = activations.filter((activation) => !this.isMirrored(activation) && activation.committed === activation.seq);
      if (left.length === 0 || clock.now() >= end) return;
      const unsent = left.filter((activation) => !this.#sent.has(activation));
      if (unsent.length === 0 || !(await this.#saveEach(unsent))) await this.#pause(limits.mirrorRetryMs);
    }
  }

  /** The mirror lacks something of it. */
  #lacks(activation: Activation): void {
    if (!this.#dirty.has(activation)) this.#dirty.set(activation, this.#parts.clock.now());
    this.#saveLater();
  }

  #saveLater(): void {
    if (this.#isSaveDue) return;
    this.#isSaveDue = true;
    this.#parts.clock.after(this.#parts.limits.mirrorMs, () => {
      this.#isSaveDue = false;
      this.#saveNow();
    });
  }

  #saveNow(): void {
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = undefined;
      if (this.#dirty.size > 0) this.#saveLater();
    });
  }

  async #saveAll(): Promise<void> {
    await this.#saveEach([...this.#dirty.keys()]);
  }

  /** Answers whether the mirror took all that it was offered: some at a time, until it does not. */
  async #saveEach(activations: readonly Activation[]): Promise<boolean> {
    const { limits } = this.#parts;
    const ready = activations.filter(({ committed, seq, isGone }) => committed === seq && !isGone);
    for (let from = 0; from < ready.length; from += limits.mirroredAtOnce) {
      if (!(await this.#save(ready.slice(from, from + limits.mirroredAtOnce)))) return false;
    }
    return true;
  }

  /** Answers whether the mirror took them. */
  async #save(activations: readonly Activation[]): Promise<boolean> {
    const { mirror, limits } = this.#parts;
    const taken = activations.filter(({ isGone, committed, seq }) => !isGone && committed === seq);
    if (taken.length === 0) return true;
    for (const activation of taken) {
      this.#dirty.delete(activation);
      this.#sent.add(activation);
    }
    try {
      await mirror.save(taken.map((activation) => ({ actor: actorName(activation.type.type, activation.key), epoch: activation.epoch, n: activation.seq, body: activation.softBody(limits.softOpIds) })));
      return true;
    } catch (error) {
      // One that is more than the mirror takes must not keep the others out of it. Until it shrinks, a loss costs what it is.
      if (error instanceof InvalidKey && taken.length > 1) {
        for (const activation of taken) if (!activation.isGone) this.#lacks(activation);
        for (const activation of taken) if (!(await this.#save([activation]))) return false;
        return true;
      }
      this.#parts.failed(error);
      if (error instanceof InvalidKey) return true;
      for (const activation of taken) if (!activation.isGone) this.#lacks(activation);
      return false;
    } finally {
      for (const activation of taken) this.#sent.delete(activation);
    }
  }
}

/** The first turns, with so many listening events together; one at least. */
function upTo(most: number, turns: readonly Turn[]): readonly Turn[] {
  let count = 0;
  const end = turns.findIndex(({ logged }, at) => (count += logged.length) > most && at > 0);
  return end < 0 ? [...turns] : turns.slice(0, end);
}
