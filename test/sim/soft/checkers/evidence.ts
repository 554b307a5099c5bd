/** What a checker of meters is given: what callers were told, and what truly happened. */
import type { Limits } from "../../../../actors/runtime/limits.ts";
import type { Asked, Violation } from "../../history.ts";
import type { Ledger, Owned } from "../../ledger.ts";
import type { Situations } from "../../situations.ts";
import type { Pressed } from "../actor.ts";
import type { Life, SoftRecord } from "../record.ts";

export interface SoftEvidence {
  readonly record: SoftRecord;
  readonly history: readonly Asked[];
  readonly owned: readonly Owned[];
  readonly joins: Ledger["joins"];
  readonly limits: Limits;
  /** Notes what came about. */
  readonly situations: Situations;
}

/** Answers what is wrong; nothing when all is well. */
export type SoftChecker = (evidence: SoftEvidence) => Violation[];

/** An operation that a caller was told is done. */
export interface Acknowledged {
  readonly opId: string;
  readonly key: string;
  /** When the caller was told, and where it stands in the life that did it. */
  readonly heardAt: number;
  readonly reply: Pressed;
}

export const acknowledged = (history: readonly Asked[]): Acknowledged[] =>
  history.flatMap(({ operation, actor, endedAt, outcome }) => (operation.kind === "press" && outcome.is === "ok" ? [{ opId: operation.items[0] ?? "", key: actor, heardAt: endedAt, reply: outcome.reply as Pressed }] : []));

/** Lives of each actor, in the order of their owners' epochs. */
export const livesOf = ({ lives }: SoftRecord): Map<string, Life[]> => Map.groupBy([...lives.values()].toSorted((one, other) => one.epoch - other.epoch || one.openedAt - other.openedAt), ({ key }) => key);
