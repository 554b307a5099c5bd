/** All that is promised whatever the workload, in one list. */
import type { History } from "../history.ts";
import { checkAcked } from "./acked.ts";
import { checkItems } from "./items.ts";
import { checkJournal } from "./journal.ts";
import { checkObservers, type Observed } from "./observers.ts";
import { checkOrder, checkReads } from "./order.ts";
import { checkState, type FinalRead } from "./state.ts";
import type { JournalRow, Violation } from "./violation.ts";

export { gapsByFault, gapsOf, longestOf, quantile, type Quantiles } from "./gaps.ts";
export type { FinalRead } from "./state.ts";
export type { JournalRow, Violation, ViolationKind } from "./violation.ts";

export interface Evidence {
  readonly history: History;
  readonly rows: readonly JournalRow[];
  readonly observed: readonly Observed[];
  readonly reads: readonly FinalRead[];
  readonly mayYield: boolean;
}

export function checkAll({ history, rows, observed, reads, mayYield }: Evidence): Violation[] {
  const { operations } = history;
  return [
    ...checkJournal(rows),
    ...checkAcked(operations, rows),
    ...checkOrder(operations, rows),
    ...checkReads(operations, history.reads),
    ...checkObservers(observed, rows),
    ...checkState(reads, rows),
    ...checkItems(operations, reads, mayYield),
  ];
}
