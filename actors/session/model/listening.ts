/**
 * What goes into the listening log, and who says it:
 *
 *   start, progress, pause, resume, seek, complete, save, unsave   the client, by `session.event`
 *   play      the session, once per playback, when the time that it played by the session's own clock is enough
 *   repeat    the session, when a track begins again by "previous" or by repeat
 *   skip      whoever says it first: the session, when a command leaves a track early; the client, when its own user did. The other is the same one
 */
import { SessionRefused } from "./errors.ts";
import { limits } from "./limits.ts";
import type { Change, Listened } from "./changes.ts";
import { heardAt, positionAt } from "./position.ts";
import { flag, type KnownPlayback, type PlayContext, type SessionState } from "./state.ts";

export const knownPlayback = ({ playbacks }: SessionState, playbackId: string | null | undefined): KnownPlayback | undefined =>
  playbackId === null || playbackId === undefined ? undefined : playbacks.find((known) => known.playbackId === playbackId);

const contextText = (context: PlayContext | null): { context?: string } => (context === null ? {} : { context: `${context.type}:${context.id}` });

/** What the current playback's rows have in common. */
function rowOf({ playback, context, activeId }: SessionState): Pick<Listened, "trackId" | "playbackId" | "deviceId" | "context"> | undefined {
  if (playback === null) return undefined;
  return {
    trackId: playback.trackId,
    ...(playback.playbackId === null ? {} : { playbackId: playback.playbackId }),
    ...(activeId === null ? {} : { deviceId: activeId }),
    ...contextText(context),
  };
}

/** The play of the current playback, when it is due and not counted yet. Its time is when it began: the same, whenever it is counted. */
export function counting(state: SessionState, now: number): Change[] {
  const { playback } = state;
  const row = rowOf(state);
  if (playback === null || row === undefined || playback.playbackId === null) return [];
  const listenedMs = heardAt(playback, now);
  const known = knownPlayback(state, playback.playbackId);
  if (known === undefined || (known.flags & flag.counted) !== 0 || listenedMs < Math.min(limits.playMs, playback.durationMs / 2)) return [];
  return [
    { do: "log", event: { ...row, id: `${playback.playbackId}:play`, type: "play", at: Math.round(Math.max(playback.startedAt, now - limits.eventOldestMs)), listenedMs } },
    { do: "flag", playbackId: playback.playbackId, flag: flag.counted },
  ];
}

/** A command leaves the current track: it was skipped, unless it is over or its device has said so. `opId` names what has no playback's id. */
export function skipping(state: SessionState, now: number, opId: string): Change[] {
  const { playback } = state;
  const row = rowOf(state);
  if (playback === null || row === undefined) return [];
  const positionMs = positionAt(playback, now);
  const listenedMs = heardAt(playback, now);
  const known = knownPlayback(state, playback.playbackId);
  if (listenedMs === 0 || positionMs >= playback.durationMs - limits.endSlackMs || ((known?.flags ?? 0) & (flag.skipSaid | flag.skipLogged)) !== 0) return [];
  return [
    { do: "log", event: { ...row, id: `${playback.playbackId ?? opId}:skip`, type: "skip", at: Math.round(now), positionMs, listenedMs } },
    ...(known === undefined ? [] : [{ do: "flag", playbackId: known.playbackId, flag: flag.skipLogged } as const]),
  ];
}

/** The current track begins again. */
export function repeating(state: SessionState, now: number, id: string): Change[] {
  const row = rowOf(state);
  return row === undefined ? [] : [{ do: "log", event: { ...row, id: `${id}:repeat`, type: "repeat", at: Math.round(now) } }];
}

export interface ClientEvent {
  readonly type: Listened["type"];
  /** When it happened, ms since 1970. */
  readonly at: number;
  readonly eventId?: string | undefined;
  readonly playbackId?: string | undefined;
  /** Of a playback that the session does not remember. */
  readonly trackId?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly positionMs?: number | undefined;
  /** What its device heard of it so far. A figure for statistics: plays are counted by the session's own. */
  readonly listenedMs?: number | undefined;
}

export interface Logged {
  readonly changes: readonly Change[];
  /** Under which the log has it. */
  readonly id: string;
}

/** The id of an event that its client gave none: the same for the same event. */
export function eventIdOf({ type, at, eventId, playbackId, trackId, positionMs = 0 }: ClientEvent): string {
  if (eventId !== undefined) return eventId;
  if (playbackId === undefined) return `${type}:${trackId ?? ""}:${at}`;
  return type === "skip" ? `${playbackId}:skip` : `${playbackId}:${type}:${positionMs}:${at}`;
}

/** What a client says of a playback, or of a track. */
export function decideEvent(state: SessionState, event: ClientEvent, now: number): Logged {
  const { type, at, playbackId, deviceId, positionMs, listenedMs } = event;
  if (at < now - limits.eventOldestMs || at > now + limits.eventAheadMs) throw new SessionRefused("INVALID_INPUT", "This time is too long ago, or ahead of the service's clock.", { field: "at", serverNow: now });
  const known = knownPlayback(state, playbackId);
  if (known !== undefined && event.trackId !== undefined && event.trackId !== known.trackId) throw new SessionRefused("INVALID_INPUT", "This playback is one of another track.", { field: "trackId" });
  const trackId = known?.trackId ?? event.trackId;
  if (trackId === undefined) throw new SessionRefused("PLAYBACK_NOT_FOUND", "The session does not remember this playback: say its track.", { playbackId });
  if (type === "skip" && known !== undefined && (known.flags & flag.skipLogged) !== 0) return { changes: [], id: `${known.playbackId}:skip` };
  const id = eventIdOf(event);
  const row: Listened = {
    id, type, at: Math.round(at), trackId,
    ...(playbackId === undefined ? {} : { playbackId }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(positionMs === undefined ? {} : { positionMs: Math.round(positionMs) }),
    ...(listenedMs === undefined ? {} : { listenedMs: Math.round(listenedMs) }),
    ...(playbackId !== undefined && playbackId === state.playback?.playbackId ? contextText(state.context) : {}),
  };
  return { changes: [{ do: "log", event: row }, ...(type === "skip" && known !== undefined ? [{ do: "flag", playbackId: known.playbackId, flag: flag.skipSaid } as const] : [])], id };
}
