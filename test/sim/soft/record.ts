/** What truly happened to soft actors, whatever anybody was told: activations, answers where they were given, and what was sent to the mirror and the log. */
import type { Answer, Call } from "../../../actors/runtime/call.ts";
import type { ActorNode } from "../../../actors/runtime/node.ts";
import { actorName, shardOf } from "../../../actors/runtime/placement.ts";
import type { ListeningEvent, MirrorEntry } from "../../../storage/ports.ts";
import type { SimProcess } from "../process.ts";
import { meter, type MeterState } from "./actor.ts";

/** A call to the mirror or the log, from when it was made until it was answered. */
export interface Sent {
  readonly process: SimProcess;
  readonly key: string;
  readonly calledAt: number;
  endedAt: number | undefined;
  /** What the caller was told. */
  is: "under way" | "done" | "failed";
}

export interface Save extends Sent {
  readonly epoch: number;
  readonly n: number;
  /** The activation that it is a copy of, and how much that had done. */
  readonly by: string;
  readonly count: number;
  /** When the mirror took it; undefined: it did not, or had a later one. */
  effectAt: number | undefined;
}

export interface Append extends Sent {
  readonly items: ReadonlySet<string>;
}

export interface Load {
  readonly calledAt: number;
  /** When the mirror was read; undefined: nobody knows whether it was. */
  at: number | undefined;
  is: "found" | "nothing" | "failed";
  /** Operations that came with the copy, and whose copy it is. */
  remembered: readonly string[];
  by: string | undefined;
  /** The one before it, in this process. */
  readonly before: Load | undefined;
}

/** One life of an actor in one process's memory. */
export interface Life {
  readonly id: string;
  readonly process: SimProcess;
  readonly key: string;
  readonly epoch: number;
  readonly openedAt: number;
  readonly load: Load;
  /** All that was ever done in it, in order; so many of them before it began. */
  readonly items: string[];
  readonly base: number;
  /** Operations that it did itself, also those of the moment. */
  readonly ops: { readonly opId: string; readonly count: number }[];
  /** `drained`: handed over. `lost`: the shard was somebody else's. `dropped`: it made room, or the log did not answer. */
  end: { readonly at: number; readonly is: "drained" | "lost" | "dropped" } | undefined;
}

/** As the owner gave it. */
export interface Answered {
  readonly calledAt: number;
  readonly at: number;
  readonly process: SimProcess;
  readonly key: string;
  readonly epoch: number;
  readonly call: Call;
  readonly answer: Answer;
}

export interface Told {
  readonly at: number;
  readonly process: SimProcess;
  readonly key: string;
  readonly by: string;
  readonly epoch: number;
  readonly n: number;
  /** How much the actor had done, and what of it is told now. */
  readonly count: number;
  readonly items: readonly string[];
}

/** A soft actor as the runtime mirrors it (activation.ts). */
export const bodyOf = (body: string | null) => JSON.parse(body ?? "") as { readonly s: unknown; readonly o?: readonly (readonly [string])[] };

/** The shard that a meter of this key is in. */
export const meterShard = (key: string): string => shardOf(meter.type, key);

const keyOf = (actor: string): string => actor.slice(actor.indexOf("/") + 1);

export class SoftRecord {
  readonly lives = new Map<string, Life>();
  readonly answers: Answered[] = [];
  readonly told: Told[] = [];
  readonly saved: Save[] = [];
  readonly appended: Append[] = [];
  readonly flushes: number[] = [];
  /** When each item of an actor came into the log; all of them, should there be several. */
  readonly log = new Map<string, number[]>();
  /** Items that stand for a listening event. */
  readonly standing = new Set<string>();
  /** When a meter was to ring for an operation. */
  readonly due = new Map<string, number>();
  readonly nodes = new Map<SimProcess, ActorNode>();
  readonly #loads = new Map<SimProcess, Map<string, Load>>();

  saves(calledAt: number, process: SimProcess, entries: readonly MirrorEntry[]): Save[] {
    const saved = entries.map(({ actor, epoch, n, body }): Save => {
      const { by, count } = meter.unpack(bodyOf(body).s, 1);
      return { process, key: keyOf(actor), calledAt, endedAt: undefined, is: "under way", epoch, n, by, count, effectAt: undefined };
    });
    this.saved.push(...saved);
    return saved;
  }

  appends(calledAt: number, process: SimProcess, events: readonly ListeningEvent[]): Append {
    const append: Append = { process, key: events[0]?.userId ?? "", calledAt, endedAt: undefined, is: "under way", items: new Set(events.map(({ trackId }) => trackId)) };
    this.appended.push(append);
    return append;
  }

  logged(at: number, key: string, item: string): void {
    const times = this.log.get(`${key} ${item}`);
    if (times === undefined) this.log.set(`${key} ${item}`, [at]);
    else times.push(at);
  }

  loads(calledAt: number, process: SimProcess, actor: string): Load {
    const loads = this.#loads.get(process) ?? new Map<string, Load>();
    const load: Load = { calledAt, at: undefined, is: "failed", remembered: [], by: undefined, before: loads.get(keyOf(actor)) };
    this.#loads.set(process, loads.set(keyOf(actor), load));
    return load;
  }

  /** An actor begins to live in a process, with what it was loaded with. Names it. */
  opened(at: number, process: SimProcess, state: MeterState): void {
    const { key, items } = state;
    for (const life of this.lives.values()) if (life.process === process && life.key === key) life.end ??= { at, is: "dropped" };
    state.by = `${process.name}~${this.lives.size}`;
    const load = this.#loads.get(process)?.get(key) ?? { calledAt: at, at: undefined, is: "failed", remembered: [], by: undefined, before: undefined };
    const epoch = this.nodes.get(process)?.host.activations.get(actorName(meter.type, key))?.epoch ?? 0;
    this.lives.set(state.by, { id: state.by, process, key, epoch, openedAt: at, load, items: [...items], base: items.length, ops: [], end: undefined });
  }

  ended(at: number, process: SimProcess, shards: readonly string[], is: "drained" | "lost"): void {
    const gone = new Set(shards);
    for (const life of this.lives.values()) if (life.process === process && gone.has(meterShard(life.key))) life.end ??= { at, is };
  }
}
