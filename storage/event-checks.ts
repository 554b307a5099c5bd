/** What every EventLog and Mirror accepts; anything else is an InvalidKey before the store is asked. */
import { InvalidKey } from "./errors.ts";
import {
  eventAheadMs, eventContextLength, eventDropDays, eventGroupLength, eventIdLength, eventOldestDays, eventPage, eventsAtOnce, journalActorLength, mirrorBodyBytes, mirrorEntries,
} from "./limits.ts";
import { listeningEventTypes, type ListeningEvent, type MirrorEntry } from "./ports.ts";

export const dayMs = 86_400_000;

/** Half a surrogate pair would be stored as something else: two ids could become one. */
const isText = (text: unknown, length: number) => typeof text === "string" && text.length > 0 && text.length <= length && !text.includes("\0") && text.isWellFormed();
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const knownTypes: ReadonlySet<string> = new Set(listeningEventTypes);

export function checkListening(events: readonly ListeningEvent[], now: number): void {
  if (events.length > eventsAtOnce) throw new InvalidKey(`at most ${eventsAtOnce} listening events at once`);
  for (const { id, userId, type, at, trackId, playbackId, deviceId, positionMs, listenedMs, context } of events) {
    if (![id, userId, trackId, playbackId ?? "-", deviceId ?? "-"].every((text) => isText(text, eventIdLength))) throw new InvalidKey(`ids in a listening event have 1 to ${eventIdLength} characters`);
    if (!knownTypes.has(type)) throw new InvalidKey(`types of listening events are ${listeningEventTypes.join(", ")}`);
    if (!isCount(at) || !isCount(positionMs ?? 0) || !isCount(listenedMs ?? 0)) throw new InvalidKey("times in a listening event are whole milliseconds from 0");
    if (at < now - eventOldestDays * dayMs) throw new InvalidKey(`a listening event is at most ${eventOldestDays} days old`);
    if (at > now + eventAheadMs) throw new InvalidKey(`a listening event is at most ${eventAheadMs} ms ahead`);
    if (!isText(context ?? "-", eventContextLength)) throw new InvalidKey(`the context of a listening event has 1 to ${eventContextLength} characters`);
  }
}

export function checkGroup(group: string): void {
  if (!isText(group, eventGroupLength)) throw new InvalidKey(`a group's name has 1 to ${eventGroupLength} characters`);
}

export function checkEventPage(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > eventPage) throw new InvalidKey(`1 to ${eventPage} events at once`);
}

/** `day` is one, and nothing is appended before it any more. */
export function checkDropped(day: string, now: number): void {
  const begins = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN;
  if (Number.isNaN(begins) || dayOf(begins) !== day) throw new InvalidKey(`not a day: ${JSON.stringify(day).slice(0, 80)}`);
  if (begins > now - eventDropDays * dayMs) throw new InvalidKey(`days are dropped when they are ${eventDropDays} days old`);
}

/** "2026-11-23", in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function checkMirrored(entries: readonly MirrorEntry[]): void {
  if (entries.length > mirrorEntries) throw new InvalidKey(`at most ${mirrorEntries} entries at once`);
  for (const { actor, epoch, n, body } of entries) {
    checkMirrorActor(actor);
    if (!isCount(epoch) || !isCount(n)) throw new InvalidKey("epoch and number of an entry are whole numbers from 0");
    if (body !== null && (body.includes("\0") || !body.isWellFormed())) throw new InvalidKey("an entry's body is well-formed text without NUL");
    // Three bytes is the most that UTF-8 takes for a unit of a string.
    if (body !== null && body.length * 3 > mirrorBodyBytes && Buffer.byteLength(body) > mirrorBodyBytes) throw new InvalidKey(`an entry's body has at most ${mirrorBodyBytes} bytes`);
  }
}

export function checkMirrorActor(actor: string): void {
  if (!isText(actor, journalActorLength)) throw new InvalidKey(`an actor's name has 1 to ${journalActorLength} characters`);
}
