/** What every ActorStore accepts; anything else is an InvalidKey before the store is asked. */
import { InvalidKey } from "./errors.ts";
import {
  claimShards, journalActorLength, journalEventBytes, journalEvents, journalFind, journalOpIdLength, journalPage, journalReminders, longestLeaseMs, nodeNameLength, nodeTypes, reminderNameLength, snapshotBytes,
} from "./limits.ts";
import type { ActorSnapshot, JournalAppend, ReminderChange } from "./ports.ts";

const isName = (text: string, length: number) => text.length > 0 && text.length <= length && !text.includes("\0");
/** What an append takes as the id of an operation, and as an event. */
export const isOpId = (opId: string): boolean => isName(opId, journalOpIdLength);
/** What an append takes as a reminder's name, and as a time. */
export const isReminderName = (name: string): boolean => isName(name, reminderNameLength);
export const isTime = (ms: number): boolean => isPositive(ms);
/** Three bytes is the most that UTF-8 takes for a unit of a string. */
export const isEventBody = (body: string): boolean => body.length * 3 <= journalEventBytes || Buffer.byteLength(body) <= journalEventBytes;
const isPositive = (number: number) => Number.isSafeInteger(number) && number > 0;

export function checkLease(node: string, types: readonly string[], leaseMs: number): void {
  if (!isName(node, nodeNameLength)) throw new InvalidKey(`a node's name has 1 to ${nodeNameLength} characters`);
  if (types.length > nodeTypes || !types.every((type) => isName(type, journalActorLength) && !type.includes("/"))) throw new InvalidKey(`a node hosts at most ${nodeTypes} types, none with a "/"`);
  checkLeaseMs(leaseMs);
}

export function checkLeaseMs(leaseMs: number): void {
  if (!isPositive(leaseMs) || leaseMs > longestLeaseMs) throw new InvalidKey(`a lease lasts 1 to ${longestLeaseMs} ms`);
}

export function checkShards(shards: readonly string[]): void {
  if (shards.length > claimShards) throw new InvalidKey(`at most ${claimShards} shards at once`);
  if (!shards.every((shard) => isName(shard, journalActorLength))) throw new InvalidKey(`a shard's name has 1 to ${journalActorLength} characters`);
}

export function checkPin(shard: string, node: string | null): void {
  checkShards([shard]);
  if (node !== null && !isName(node, nodeNameLength)) throw new InvalidKey(`a node's name has 1 to ${nodeNameLength} characters`);
}

export function checkActor(actor: string): void {
  if (!isName(actor, journalActorLength)) throw new InvalidKey(`an actor's name has 1 to ${journalActorLength} characters`);
}

/** Answers the shards and the epoch of each. Whether bodies are JSON is the store's to say: it parses them anyway. */
export function checkEvents(events: readonly JournalAppend[], reminders: readonly ReminderChange[] = []): ReadonlyMap<string, number> {
  if ((events.length === 0 && reminders.length === 0) || events.length > journalEvents) throw new InvalidKey(`an append has 1 to ${journalEvents} events`);
  const epochs = new Map<string, number>();
  for (const { actor, shard, epoch, seq, opId, body } of events) {
    checkPlace(epochs, actor, shard, epoch, seq);
    if (!isOpId(opId)) throw new InvalidKey(`an operation's id has 1 to ${journalOpIdLength} characters`);
    if (!isEventBody(body)) throw new InvalidKey(`an event is at most ${journalEventBytes} bytes of JSON`);
  }
  if (reminders.length > journalReminders) throw new InvalidKey(`an append changes at most ${journalReminders} reminders`);
  for (const { actor, shard, epoch, name, seq, to } of reminders) {
    checkPlace(epochs, actor, shard, epoch, seq);
    if (!isReminderName(name)) throw new InvalidKey(`a reminder's name has 1 to ${reminderNameLength} characters`);
    const isSound = to === null || (isTime(to.dueAt) && Number.isInteger(to.failures) && to.failures >= 0 && to.failures < 2 ** 31 && (to.nextAt === null || isTime(to.nextAt)));
    if (!isSound) throw new InvalidKey("a reminder's times are positive whole numbers of milliseconds");
  }
  return epochs;
}

/** Where something is written, and in which epoch: one for each shard of an append. */
function checkPlace(epochs: Map<string, number>, actor: string, shard: string, epoch: number, seq: number): void {
  checkActor(actor);
  if (!isPositive(epoch) || !isPositive(seq)) throw new InvalidKey("epoch and sequence number are positive whole numbers");
  if (epochs.get(shard) === epoch) return;
  if (epochs.has(shard)) throw new InvalidKey(`${shard} is in two epochs in one append`);
  checkShards([shard]);
  epochs.set(shard, epoch);
}

/** Answers the snapshot's body as JSON. */
export function checkSnapshot(actor: string, { seq, body }: ActorSnapshot): string {
  checkActor(actor);
  if (!isPositive(seq)) throw new InvalidKey("a snapshot's sequence number is a positive whole number");
  const json = JSON.stringify(body) as string | undefined;
  if (json === undefined || Buffer.byteLength(json) > snapshotBytes) throw new InvalidKey(`a snapshot is at most ${snapshotBytes} bytes of JSON`);
  return json;
}

export function checkOpIds(opIds: readonly string[]): void {
  if (opIds.length > journalFind) throw new InvalidKey(`at most ${journalFind} operations at once`);
  if (!opIds.every(isOpId)) throw new InvalidKey(`an operation's id has 1 to ${journalOpIdLength} characters`);
}

export function checkPage(limit: number): void {
  if (!isPositive(limit) || limit > journalPage) throw new InvalidKey(`1 to ${journalPage} events at once`);
}

export function checkDue(shards: readonly string[], until: number, limit: number): void {
  checkShards(shards);
  if (!Number.isSafeInteger(until)) throw new InvalidKey("a time is in whole milliseconds");
  if (!isPositive(limit) || limit > journalPage) throw new InvalidKey(`1 to ${journalPage} reminders at once`);
}

export function checkSeq(seq: number): void {
  if (!Number.isSafeInteger(seq)) throw new InvalidKey("a sequence number is a whole number");
}
