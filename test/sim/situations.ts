/**
 * Hard situations by name: a run says which of them came about in it. Summed up over seeds they show that a search was not in vain,
 * and a pinned seed (pinned.ts) must still show the one that it is kept for.
 */
import type { ApplyReply } from "../../actors/playlist/actor.ts";
import type { Asked } from "./history.ts";
import type { Ledger } from "./ledger.ts";

export const situations = [
  "a node died between a commit and its answer",
  "a node died between a commit and its answer while it gave the shard away",
  "a former owner's commit was refused",
  "a release was told to have failed and took effect",
  "a node was drained while its actors had calls waiting",
  "a shard was moved while its actors had calls waiting",
  "an operation was found in the journal that its actor had forgotten",
  "an actor was loaded from a snapshot and the events behind it",
  "events were trimmed",
  "a reader asked for events that were forgotten",
  "an edit made offline was overtaken by a later one",
  "edits made offline did not know each other",
  "positions ran out within a call",
  "an undo was asked for again and answered",
  "a reminder was set at one owner and came at another",
  "an operation of a soft actor came again at another owner and was answered as the first time",
  "an operation of a soft actor was acknowledged and lost with its owner or the mirror",
  "a listening event was offered to the log again, which had it",
  "a soft actor began anew since the mirror was lost",
] as const;
export type Situation = (typeof situations)[number];

export class Situations {
  readonly #seen = new Set<Situation>();

  saw(situation: Situation, isSo: boolean = true): void {
    if (isSo) this.#seen.add(situation);
  }

  /** Those of the whole run, in order. */
  all({ refusedWrites, commits }: Ledger, history: readonly Asked[]): Situation[] {
    this.saw("a former owner's commit was refused", refusedWrites > 0);
    for (const [at, { body, append, actor }] of commits.entries()) {
      const next = commits[at + 1];
      this.saw("positions ran out within a call", (body.e as { readonly type?: string }).type === "compact" && next?.append === append && next.actor === actor);
    }
    for (const asked of history) this.#told(asked);
    return situations.filter((situation) => this.#seen.has(situation));
  }

  #told({ outcome, operation: { kind }, attempts }: Asked): void {
    if (outcome.is !== "ok") return;
    const { refusal, reply } = outcome;
    if (kind === "undo") this.saw("an undo was asked for again and answered", attempts > 1 && refusal === undefined);
    this.saw("a reader asked for events that were forgotten", refusal === "OPS_GONE");
    if (kind !== "apply" || refusal !== undefined) return;
    for (const { superseded, concurrentWith = [] } of (reply as ApplyReply).results) {
      this.saw("an edit made offline was overtaken by a later one", superseded === true);
      this.saw("edits made offline did not know each other", concurrentWith.length > 0);
    }
  }
}
