/** What callers do in a run, and to which type of actor: the log (log-workload.ts) or playlists (playlist/workload.ts). */
import type { AnyActorType } from "../../actors/runtime/activation.ts";
import type { Answer } from "../../actors/runtime/call.ts";
import type { Seeded } from "../chaos/random.ts";
import type { Evidence } from "./checkers/evidence.ts";
import type { Entry } from "./entry.ts";
import type { Asked, Operation, Outcome, Violation } from "./history.ts";
import type { SimProcess } from "./process.ts";

/** One thing that a caller wants. */
export interface Request {
  readonly type: string;
  readonly key: string;
  readonly operation: Operation;
  /** Does it in a process, when it is more than a call to the actor. Never rejects. */
  serve?(entry: Entry, timeoutMs: number): Promise<Answer>;
  /** What an actor's answer says. Throws when none of its kind answers so. */
  told(answer: Answer): Outcome;
}

/** What one caller does: the next thing, after what became of the one before. */
export interface Habits {
  next(): Request;
  heard?(asked: Asked): void;
}

export interface Workload {
  readonly name: string;
  /** Of its actors. */
  readonly type: string;
  readonly actors: readonly string[];
  /** As the node of this process hosts it. */
  typeOf(process: SimProcess): AnyActorType;
  /** A node of a process begins. */
  hosted?(entry: Entry): void;
  habits(name: string, isReader: boolean, random: Seeded): Habits;
  /** What must work in fair weather. */
  fair(name: string, actor: string): readonly Request[];
  /** Whoever else takes part, until `end`. */
  begin?(end: number): void;
  /** Faults are over. */
  healed?(): void;
  /** Everybody else comes to rest: called when nothing is wrong any more, and time goes on for some seconds. */
  rest?(): void;
  /** After the run. What it says of the history in the words of all checkers, and what is wrong by its own. */
  settled?(evidence: Evidence): Promise<{ readonly history: readonly Asked[]; readonly violations: readonly Violation[] }>;
}
