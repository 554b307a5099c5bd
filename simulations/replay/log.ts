/**
 * Reads a recorded listening log: NDJSON, a line for each thing that a listener did. Our own event log's records are such lines as they are
 * (storage's LoggedEvent); of others these fields are needed:
 *
 *   { "at": "2026-11-23T10:00:00.000Z" or ms since 1970, "userId": "u1", "trackId": "t1", "type": "start", "positionMs": 0, "playbackId": "p1" }
 *
 * positionMs and playbackId may be missing; other fields are not looked at. A line that cannot be used is counted and told by its number; a log with too
 * many of them is refused, since a run of what is left would be of something else.
 */

/** What is replayed. */
export const actTypes = ["start", "progress", "pause", "resume", "seek", "skip", "complete", "save", "unsave"] as const;
export type ActType = (typeof actTypes)[number];
/** The service makes these from the others: replaying those makes them again. */
const made: ReadonlySet<unknown> = new Set(["play", "repeat"]);

export interface LoggedAct {
  readonly atMs: number;
  readonly user: string;
  readonly track: string;
  readonly type: ActType;
  readonly positionMs: number | undefined;
  readonly playback: string | undefined;
}

export interface ReadLog {
  /** In the order of the file. */
  readonly acts: readonly LoggedAct[];
  readonly lines: number;
  readonly wrong: number;
  /** The first of them. */
  readonly wrongLines: readonly { readonly line: number; readonly why: string }[];
  /** Left out: of types that the service makes by itself. */
  readonly made: number;
}

export interface LogBounds {
  /** Lines that may be wrong, as a part of all. */
  readonly wrongMost: number;
  readonly linesMost: number;
}

/** A line takes about 150 bytes of memory here, and as much again in a generator. */
export const standingBounds: LogBounds = { wrongMost: 0.01, linesMost: 2_000_000 };
const wrongShown = 20;
const lineCharacters = 65_536;
const idCharacters = 200;
const positionMostMs = 86_400_000;
/** The years 1973 to 5138: seconds since 1970 where ms are meant are found out. */
const atRange = { least: 1e11, most: 1e14 } as const;

/** The log cannot be replayed as it is. */
export class LogRefused extends Error {
  override readonly name = "LogRefused";
  readonly code = "LOG_REFUSED";
}

/** Throws LogRefused when there is nothing to replay, too much, or too much that is wrong. */
export async function readLog(lines: AsyncIterable<string> | Iterable<string>, { wrongMost, linesMost }: LogBounds = standingBounds): Promise<ReadLog> {
  const acts: LoggedAct[] = [];
  const wrongLines: { line: number; why: string }[] = [];
  let [number, filled, wrong, madeByService] = [0, 0, 0, 0];
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    filled += 1;
    if (filled > linesMost) throw new LogRefused(`the log has more than ${linesMost.toLocaleString("en")} lines; replay a part of it`);
    const act = actOf(line);
    if (act === "made") madeByService += 1;
    else if (typeof act !== "string") acts.push(act);
    else {
      wrong += 1;
      if (wrongLines.length < wrongShown) wrongLines.push({ line: number, why: act });
    }
  }
  const told = wrongLines.slice(0, 5).map(({ line, why }) => `\n  line ${line}: ${why}`).join("");
  if (wrong > wrongMost * filled) throw new LogRefused(`${wrong.toLocaleString("en")} of ${filled.toLocaleString("en")} lines are wrong, and at most ${wrongMost * 100} % may be${told}`);
  if (acts.length === 0) throw new LogRefused("the log has nothing to replay");
  return { acts, lines: filled, wrong, wrongLines, made: madeByService };
}

/** A sentence when the line is wrong. */
function actOf(line: string): LoggedAct | "made" | (string & {}) {
  if (line.length > lineCharacters) return `it has ${line.length} characters; ${lineCharacters} are the most`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return "it is not JSON";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "it is not an object";
  const { at, userId, trackId, type, positionMs = null, playbackId = null } = value as Readonly<Record<string, unknown>>;
  if (made.has(type)) return "made";
  const known = actTypes.find((one) => one === type);
  if (known === undefined) return `type is ${shown(type)}; it must be one of ${actTypes.join(", ")}`;
  const atMs = typeof at === "string" ? Date.parse(at) : at;
  if (typeof atMs !== "number" || !(atMs >= atRange.least && atMs <= atRange.most)) return `at is ${shown(at)}; it must be ISO 8601, or ms since 1970`;
  if (!isId(userId)) return `userId is ${shown(userId)}; it must be a text of 1 to ${idCharacters} characters`;
  if (!isId(trackId)) return `trackId is ${shown(trackId)}; it must be a text of 1 to ${idCharacters} characters`;
  if (playbackId !== null && !isId(playbackId)) return `playbackId is ${shown(playbackId)}; it must be a text of 1 to ${idCharacters} characters, or left out`;
  if (positionMs !== null && !(typeof positionMs === "number" && positionMs >= 0 && positionMs <= positionMostMs)) return `positionMs is ${shown(positionMs)}; it must be a number from 0 to ${positionMostMs}, or left out`;
  return { atMs, user: userId, track: trackId, type: known, positionMs: positionMs ?? undefined, playback: playbackId ?? undefined };
}

const isId = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= idCharacters;
const shown = (value: unknown): string => (value === undefined ? "missing" : (JSON.stringify(value) ?? typeof value).slice(0, 60));
