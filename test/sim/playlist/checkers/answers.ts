/**
 * Every answer is the one that the pure actor gives on the state which the journal makes of the version that the answer names, and
 * every event is what was decided there: nothing was answered from a state that never was, or is not any more. What names no version
 * (refusals, rights) was true between what the caller might have known when it asked and the last commit before it was answered.
 */
import { playlistActor, type ApplyReply } from "../../../../actors/playlist/actor.ts";
import { compactionId, PlaylistRefused, type PlaylistState } from "../../../../actors/playlist/model/index.ts";
import type { Asked } from "../../history.ts";
import { wallMs } from "../person.ts";
import { different, type Claim, type Claims, type Playlist, type PlaylistChecker } from "./evidence.ts";

interface Answered {
  readonly reply?: unknown;
  readonly refusal?: string;
  /** Of its events, as JSON. */
  readonly events: readonly string[];
}

export const answers: PlaylistChecker = (playlist): Claims => {
  const claims: Claim[] = [];
  for (const [asked, known] of withKnown(playlist)) {
    const { operation, outcome, caller, endedAt } = asked;
    if (outcome.is !== "ok" || operation.kind === "ops") continue;
    const message = `${operation.kind} ${operation.items.join(" ")} of ${caller}, answered at ${endedAt.toFixed(1)} ms`;
    if (outcome.refusal !== undefined || operation.kind === "may") {
      const expected = outcome.refusal ?? JSON.stringify(outcome.reply);
      const holds = (state: PlaylistState, version: number) => any(memories(playlist, asked, version), (forgotten) => {
        const { refusal, reply } = done(playlist, asked, state, version, forgotten);
        return different(refusal ?? JSON.stringify(reply), expected);
      });
      claims.push({ from: known, to: lastBefore(playlist, endedAt), holds, message });
      continue;
    }
    const found = JSON.stringify(outcome.reply);
    const holds = (state: PlaylistState, version: number) => any(memories(playlist, asked, version), (forgotten) => isSame(playlist, done(playlist, asked, state, version, forgotten), found, version));
    const [from, to] = begun(playlist, asked);
    claims.push({ from, to, holds, message });
  }
  return { wrong: [], claims };
};

/**
 * Which of this call's operations may have been forgotten: the journal forgets those that are older than it promises, at any time, and
 * such a one may be decided once more. None, or as the answer says.
 */
function memories({ places, eventsKept }: Playlist, { operation: { items }, outcome }: Asked, version: number): ReadonlySet<string>[] {
  const old = items.filter((item) => version - (before(places.get(item), version) ?? Infinity) > eventsKept);
  if (old.length === 0) return [new Set()];
  const { results = [] } = (outcome.is === "ok" ? outcome.reply : {}) as Partial<ApplyReply>;
  const known = new Set(results.filter(({ status }) => status === "repeated").map(({ opId }) => opId));
  return [new Set(), new Set(old.filter((item) => !known.has(item)))];
}

/** True when it is so of one of them; else how it is not of the first. */
function any(memory: readonly ReadonlySet<string>[], isSo: (forgotten: ReadonlySet<string>) => true | string): true | string {
  let first: string | undefined;
  for (const forgotten of memory) {
    const found = isSo(forgotten);
    if (found === true) return true;
    first ??= found;
  }
  return first ?? "";
}

/** Whether a turn that answers `expected` may have been answered as `found`. Its events, if any, are the next ones. */
function isSame({ events }: Playlist, expected: Answered, found: string, version: number): true | string {
  if (expected.refusal !== undefined) return `it would be refused: ${expected.refusal}`;
  const journalled = expected.events.map((_, n) => JSON.stringify(events[version + n]?.body.e));
  const isJournalled = different(expected.events.join(), journalled.join());
  return isJournalled === true ? different(JSON.stringify(expected.reply), found) : isJournalled;
}

/** Between which versions the turn began that was answered so: one, or two when a compaction may be its own or somebody else's. */
function begun({ events }: Playlist, { operation, outcome }: Asked): [from: number, to: number] {
  const reply = (outcome.is === "ok" ? outcome.reply : undefined) as ApplyReply & { readonly compacted?: boolean };
  if (operation.kind === "get") return [reply.version, reply.version];
  if (operation.kind === "compact") return reply.compacted === true ? [reply.version - 1, reply.version - 1] : [reply.version, reply.version];
  const [item = ""] = operation.items;
  const isPlace = events[reply.version - 1]?.item === item;
  if (operation.kind !== "apply") return isPlace ? [reply.version - 1, reply.version - 1] : [reply.version, reply.version];
  const first = reply.results.find(({ status }) => status === "applied")?.version;
  if (first === undefined) return [reply.version, reply.version];
  return [events[first - 2]?.opId === compactionId(first - 1) ? first - 2 : first - 1, first - 1];
}

/** What the call does on a state: by the actor's own code. */
function done({ key, events, places }: Playlist, { operation: { kind, params, user } }: Asked, state: PlaylistState, version: number, forgotten: ReadonlySet<string>): Answered {
  const at = events[version]?.body.at ?? events[version - 1]?.body.at ?? wallMs;
  const turn = { now: at, meta: user === undefined ? {} : { user: { id: user } }, key, version };
  const earlier = (opId: string) => {
    const seq = before(places.get(opId), version);
    const isKnown = seq !== undefined && !forgotten.has(opId);
    return isKnown ? { seq, reply: events[seq - 1]?.body.r } : undefined;
  };
  try {
    const query = playlistActor.queries[kind];
    if (query !== undefined) return { reply: query(state, params, turn), events: [] };
    const decision = playlistActor.commands[kind]?.(state, params, turn, earlier);
    return { reply: decision?.reply, events: decision?.events.map(({ event }) => JSON.stringify(event)) ?? [] };
  } catch (error) {
    if (error instanceof PlaylistRefused) return { refusal: error.type, events: [] };
    throw error;
  }
}

/** The last of these places that is there at a version. */
const before = (places: readonly number[] | undefined, version: number): number | undefined => places?.findLast((seq) => seq <= version);

/** Each call with the last version that anybody had been told of before it was asked for the last time. */
function withKnown({ asked }: Playlist): [Asked, number][] {
  const told = asked.filter(({ outcome }) => outcome.is === "ok").toSorted((one, other) => one.endedAt - other.endedAt);
  let next = 0;
  let known = 0;
  return asked.toSorted((one, other) => one.lastAskedAt - other.lastAskedAt).map((one) => {
    for (let done = told[next]; done !== undefined && done.endedAt < one.lastAskedAt; done = told[++next]) {
      if (done.outcome.is === "ok") known = Math.max(known, done.outcome.version ?? 0, ...done.outcome.places);
    }
    return [one, known];
  });
}

/** The last event that was committed until then. */
export function lastBefore({ events }: Playlist, at: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.at ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
