/**
 * What was acknowledged is in the state, and whoever looks afterwards sees it, as long as nothing was lost. A loss is
 *
 *   - of the whole mirror: it was emptied, or did not answer when the actor was loaded, twice
 *   - of what the mirror did not have yet when the owner died or lost its shard. Of that there must have been little time, not counting
 *     what was spent on pauses, on saves under way, and on listening events that were not in the log
 *   - of what the mirror did not take at a hand-over, or could not be given since the log did not answer
 *
 * A hand-over by itself loses nothing, nor does an actor that makes room.
 */
import { acknowledged, livesOf, type Acknowledged, type SoftChecker, type SoftEvidence } from "./evidence.ts";
import type { Append, Life, Sent } from "../record.ts";

interface Span {
  readonly from: number;
  readonly to: number;
}

export const kept: SoftChecker = (evidence) => {
  const violations: { checker: string; message: string }[] = [];
  const wrong = (message: string) => violations.push({ checker: "kept", message });
  const { record, history } = evidence;
  const lives = livesOf(record);
  const places = new Map([...record.lives.values()].map((life) => [life, new Map(life.items.map((item, place) => [item, place] as const).toReversed())]));
  const placeIn = (life: Life, item: string) => places.get(life)?.get(item) ?? Infinity;
  const answeredAt = firstAnswers(evidence);

  for (const op of acknowledged(history)) {
    const { opId, key, reply } = op;
    const since = answeredAt.get(`${key} ${opId} ${reply.by}`) ?? op.heardAt;
    const own = lives.get(key) ?? [];
    const began = own.findIndex(({ id }) => id === reply.by);
    let holder: Life | undefined = own[began];
    const without = new Set<string | undefined>();
    for (const life of began < 0 ? [] : own.slice(began + 1)) {
      if (placeIn(life, opId) < life.base) holder = life;
      // It goes on from one that lacked it: that one is judged.
      else if (without.has(life.load.by)) holder = undefined;
      // Its load ended when a later owner had saved: that one is judged, too, and nobody hears this one.
      else if ((record.lives.get(life.load.by ?? "")?.epoch ?? 0) > life.epoch) continue;
      else if (holder !== undefined) {
        const why = whyLost(evidence, { op, since, holder, life, placeIn });
        evidence.situations.saw("an operation of a soft actor was acknowledged and lost with its owner or the mirror", why === undefined);
        evidence.situations.saw("a soft actor began anew since the mirror was lost", why === undefined && life.load.is === "nothing");
        if (why !== undefined) wrong(`${opId} of ${key}, acknowledged at ${since.toFixed(1)} ms by ${reply.by}, is not in ${life.id} of epoch ${life.epoch}: ${why}`);
        holder = undefined;
      }
      if (placeIn(life, opId) === Infinity) without.add(life.id);
    }
  }
  for (const message of lateLooks(evidence)) wrong(message);
  return violations;
};

/** When an owner first answered that a life had done an operation. */
function firstAnswers({ record }: SoftEvidence): Map<string, number> {
  const first = new Map<string, number>();
  for (const { at, key, call, answer } of record.answers) {
    if (call.method !== "press" || !("ok" in answer)) continue;
    const name = `${key} ${(call.params as { opId: string }).opId} ${(answer.ok as { by: string }).by}`;
    if (!first.has(name)) first.set(name, at);
  }
  return first;
}

interface Lost {
  readonly op: Acknowledged;
  readonly since: number;
  /** The life that had it last, and the next one. */
  readonly holder: Life;
  readonly life: Life;
  placeIn(life: Life, item: string): number;
}

/** Why that is wrong; undefined when it is a loss that may be. */
function whyLost({ record, limits }: SoftEvidence, { op: { opId, key }, since, holder, life, placeIn }: Lost): string | undefined {
  const loadedAt = life.load.at ?? life.openedAt;
  if ((life.load.is === "failed" && life.load.before?.is === "failed") || record.flushes.some((at) => at >= since && at <= loadedAt)) return undefined;
  const saves = record.saved.filter((save) => {
    const saver = record.lives.get(save.by);
    return save.key === key && saver !== undefined && placeIn(saver, opId) < save.count;
  });
  const mirrored = saves.find(({ effectAt = Infinity }) => effectAt <= loadedAt);
  if (mirrored !== undefined) return `the mirror had it as (${mirrored.epoch}, ${mirrored.n}) since ${mirrored.effectAt?.toFixed(1)} ms`;

  const { process, end } = holder;
  const logging = record.appended.filter((append) => append.process === process && append.key === key);
  const endedAt = Math.min(end?.at ?? Infinity, process.diedAt, loadedAt, gaveUpAt(logging, since, limits.logMs));
  const last = saves.findLast((save) => save.process === process && save.calledAt <= endedAt);
  const logged = logging.map((append) => ({ from: append.calledAt, to: (append.endedAt ?? Infinity) + (append.is === "failed" ? limits.logRetryMs * clockFactor + 5 : 0) }));
  const isLogAway = logged.some(({ from, to }) => from <= endedAt && to >= endedAt);
  // In the same epoch it made room, or the log had not answered.
  const isReopened = life.process === process && life.epoch === holder.epoch;
  if (isReopened || (end?.is === "drained" && end.at === endedAt && process.diedAt > endedAt)) {
    // A hand-over tries until its time is over. A mirror that does not take one actor is not offered the others.
    const offered = record.saved.filter((save) => save.process === process && save.calledAt <= endedAt);
    const refusals = offered.slice(offered.findLastIndex(({ is }) => is === "done") + 1);
    const isRefused = !isReopened && refusals.length > 0 && endedAt - Math.max(...refusals.map((save) => save.endedAt ?? Infinity)) <= limits.mirrorRetryMs * clockFactor + 10 && endedAt - (refusals[0]?.calledAt ?? Infinity) >= limits.flushMs / clockFactor;
    if (isLogAway || isRefused) return undefined;
    return `${holder.id} was ${isReopened ? "dropped" : "drained"} by ${endedAt.toFixed(1)} ms without a copy in the mirror`;
  }
  if (last !== undefined && (last.endedAt ?? Infinity) >= endedAt) return undefined;
  // What the mirror did not take is sent again.
  const from = Math.max(since, last?.endedAt ?? 0);
  const saving = record.saved.filter((save) => save.process === process && save.calledAt <= endedAt && (save.endedAt ?? Infinity) >= from);
  const failed = new Set(saving.filter(({ is }) => is === "failed").map(({ calledAt }) => calledAt)).size;
  const idleMs = endedAt - from - covered([...process.pauses, ...saving.map(spanOf), ...logged], { from, to: endedAt });
  const mostMs = (2 + failed) * limits.mirrorMs * clockFactor + 20;
  return idleMs <= mostMs ? undefined : `${holder.id} ended at ${endedAt.toFixed(1)} ms and had ${idleMs.toFixed(1)} ms to save it, of at most ${mostMs}`;
}

/** Clocks run at different speeds. */
const clockFactor = 1.05;

/** When an actor was dropped since the log had not answered for long. */
function gaveUpAt(logging: readonly Append[], since: number, logMs: number): number {
  let failingSince: number | undefined;
  for (const { is, calledAt, endedAt = Infinity } of logging) {
    failingSince = is === "failed" ? (failingSince ?? calledAt) : undefined;
    if (endedAt >= since && failingSince !== undefined && endedAt - failingSince >= logMs / clockFactor) return endedAt;
  }
  return Infinity;
}

const spanOf = ({ calledAt, endedAt = Infinity }: Sent): Span => ({ from: calledAt, to: endedAt });

/** How much of a time is within others. */
function covered(spans: readonly Span[], { from, to }: Span): number {
  let sum = 0;
  let reached = from;
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const begin = Math.max(reached, span.from);
    const end = Math.min(to, span.to);
    if (end <= begin) continue;
    sum += end - begin;
    reached = end;
  }
  return sum;
}

/** Looks that lack what somebody had been told before they were asked for, in the life that did it or in an older one. */
function lateLooks({ record, history }: SoftEvidence): string[] {
  const found: string[] = [];
  for (const [key, asked] of Map.groupBy(history, ({ actor }) => actor)) {
    const heard = acknowledged(asked).toSorted((one, other) => one.heardAt - other.heardAt);
    const counts = new Map<string, number>();
    let next = 0;
    let newest: Life | undefined;
    for (const { lastAskedAt, outcome, operation, caller } of asked.toSorted((one, other) => one.lastAskedAt - other.lastAskedAt)) {
      for (let op = heard[next]; op !== undefined && op.heardAt < lastAskedAt; op = heard[++next]) {
        const { by, count } = op.reply;
        counts.set(by, Math.max(counts.get(by) ?? 0, count));
        const life = record.lives.get(by);
        if (life !== undefined && (newest === undefined || life.epoch > newest.epoch)) newest = life;
      }
      if (operation.kind !== "look" || outcome.is !== "ok") continue;
      const { by, count } = outcome.reply as { readonly by: string; readonly count: number };
      const where = `${caller}, who asked at ${lastAskedAt.toFixed(1)} ms, saw ${key} after ${count} in ${by}`;
      if (count < (counts.get(by) ?? 0)) found.push(`${where}, which had answered for ${counts.get(by)}`);
      const life = record.lives.get(by);
      if (life !== undefined && newest !== undefined && life.epoch < newest.epoch) found.push(`${where} of epoch ${life.epoch}, after ${newest.id} of epoch ${newest.epoch} had answered`);
    }
  }
  return found;
}
