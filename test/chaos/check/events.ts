/**
 * Listening events: what clients were told is in the log, once; what they were refused is not; nothing is there that nobody said. A
 * playback has one play, if any. And a group of consumers has read what is in the log, each event once.
 */
import type { Operation } from "../history.ts";
import type { Violation } from "./violation.ts";

/** As the store has it. */
export interface EventRow {
  readonly userId: string;
  readonly id: string;
  readonly type: string;
  readonly trackId: string;
  readonly playbackId: string | null;
}

/** Playbacks that clients began, heard long enough to count. `isCertain`: no fault was near. */
export interface Heard {
  readonly userId: string;
  readonly playbackId: string;
  readonly isCertain: boolean;
}

/** Types that clients say; the session says the others by itself. */
const said: ReadonlySet<string> = new Set(["start", "progress", "pause", "resume", "seek", "complete", "save", "unsave"]);

export function checkEvents(operations: readonly Operation[], rows: readonly EventRow[]): Violation[] {
  const violations: Violation[] = [];
  const byId = Map.groupBy(rows, keyOf);
  const asked = new Map(operations.map((operation) => [keyOf({ userId: operation.subject, id: operation.opId }), operation]));
  for (const [key, same] of byId) {
    const [row] = same;
    if (row === undefined) continue;
    const found = (kind: Violation["kind"], about: string) => violations.push({ kind, subject: row.userId, about, opIds: [row.id] });
    if (same.length > 1) found("duplicated", `event ${row.id} is in the log ${same.length} times`);
    if (!said.has(row.type)) continue;
    const operation = asked.get(key);
    if (operation === undefined) found("phantom", `${row.type} ${row.id} was said by nobody`);
    else if (operation.outcome === "fail") found("phantom", `${row.type} ${row.id} was refused (${operation.reason}) and is in the log`);
    else if (operation.op.type !== row.type || operation.op["trackId"] !== row.trackId) found("state", `${operation.op.type} of ${String(operation.op["trackId"])} is in the log as ${row.type} of ${row.trackId}`);
  }
  for (const { outcome, opId, subject, op } of operations) {
    if (outcome === "ok" && !byId.has(keyOf({ userId: subject, id: opId }))) violations.push({ kind: "lost", subject, about: `${op.type} ${opId} was acknowledged and is not in the log`, opIds: [opId] });
  }
  return violations;
}

export function checkPlays(heard: readonly Heard[], rows: readonly EventRow[]): Violation[] {
  const violations: Violation[] = [];
  const plays = Map.groupBy(rows.filter(({ type }) => type === "play"), ({ userId, playbackId }) => keyOf({ userId, id: playbackId ?? "" }));
  const known = new Set(heard.map(({ userId, playbackId }) => keyOf({ userId, id: playbackId })));
  for (const [key, same] of plays) {
    const [row] = same;
    if (row === undefined) continue;
    if (same.length > 1) violations.push({ kind: "duplicated", subject: row.userId, about: `playback ${row.playbackId} was counted ${same.length} times: ${same.map(({ id }) => id).join(", ")}`, opIds: [] });
    if (!known.has(key)) violations.push({ kind: "phantom", subject: row.userId, about: `a play of ${row.playbackId}, which was not heard long enough, was counted`, opIds: [] });
  }
  for (const { userId, playbackId, isCertain } of heard) {
    if (isCertain && !plays.has(keyOf({ userId, id: playbackId }))) violations.push({ kind: "lost", subject: userId, about: `playback ${playbackId} was heard long enough, with no fault near, and not counted`, opIds: [] });
  }
  return violations;
}

/** `read`: what a group was given and committed, "user id" each. */
export function checkConsumer(read: readonly string[], rows: readonly EventRow[]): Violation[] {
  const violations: Violation[] = [];
  const counts = new Map<string, number>();
  for (const event of read) counts.set(event, (counts.get(event) ?? 0) + 1);
  const kept = new Set(rows.map(keyOf));
  const found = (kind: Violation["kind"], event: string, about: string) => violations.push({ kind, subject: event.split(" ")[0] ?? "", about, opIds: [event.split(" ")[1] ?? ""] });
  for (const [event, count] of counts) {
    if (count > 1) found("duplicated", event, `the group read ${event} ${count} times`);
    if (!kept.has(event)) found("phantom", event, `the group read ${event}, which is not in the log`);
  }
  for (const event of kept) if (!counts.has(event)) found("lost", event, `the group has not read ${event}`);
  return violations;
}

const keyOf = ({ userId, id }: { readonly userId: string; readonly id: string }): string => `${userId} ${id}`;
