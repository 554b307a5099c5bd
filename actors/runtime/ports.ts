/** What the runtime needs from the world. Production gives it PostgreSQL, Moleculer and the real clock; the simulation its own. */
import type { ActorStore, ShardOwner } from "../../storage/index.ts";
import type { Answer, Call } from "./call.ts";

export type { ActorStore, ShardOwner };

export interface Clock {
  /** Monotonic, ms. Leases and deadlines. */
  now(): number;
  /** Milliseconds since 1970. What people see. */
  wall(): number;
  /** Calls `run` once after `ms`, unless cancelled before. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` when the current turn of the event loop has ended: what came together travels together. */
  soon(run: () => void): void;
}

export interface Random {
  /** 0 <= x < 1. */
  next(): number;
}

export interface Transport {
  /** Takes calls to another node and brings their answers, in the same order. Rejects when no answer came; the outcome is then unknown. */
  send(node: string, calls: readonly Call[], timeoutMs: number): Promise<Answer[]>;
  /** Tells every node that shards have a new owner: a hint, may be lost. */
  announce(owners: readonly Moved[]): void;
}

/** A shard's owner, as nodes tell each other. `to`: who should take it, when it was released for somebody. */
export interface Moved extends ShardOwner {
  readonly to?: string | undefined;
}

/** What happened, for metrics and tests. */
export interface Hooks {
  turn?(type: string): void;
  committed?(events: number, ms: number): void;
  /** Actors whose write the store refused: another node owns the shard. */
  fenced?(activations: number): void;
  /** Refused by our own clock or map, before anything was tried. */
  refused?(type: string): void;
  loaded?(type: string, ms: number): void;
  retried?(reason: string): void;
  /** A reminder has had its effect, so long after it was due. */
  reminded?(type: string, lateMs: number): void;
  /** A reminder's turn failed; the last time that it is tried, perhaps. */
  reminderFailed?(type: string, isLast: boolean): void;
}
