/** What the service does around turns of the actor, on the node where it lives: before a turn, what needs waiting; after it, what follows. */
import { randomUUID } from "node:crypto";
import type { Context, Service } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import type { CallMeta } from "../action.ts";
import { epochHere, type Around } from "../around.ts";
import { InvalidInput, NotAvailable } from "../errors.ts";
import type { GroupView, Item, RefusalType } from "./model/index.ts";
import { notAMember } from "./model/index.ts";
import { needed } from "./params.ts";
import { running } from "./running.ts";
import { hashOf, linkOf, secretOf } from "./secrets.ts";
import { topicOf } from "./telling.ts";

const isRefused = (error: unknown, type: RefusalType): boolean => (error as { type?: unknown } | null)?.type === type;
const groupIdIn = (ctx: { readonly params: unknown }): string => (ctx.params as { groupId: string }).groupId;

/** A memory that knows nothing of the group is told what the table knows, and asked again. */
export const known: Around = (next) =>
  async function told(ctx) {
    try {
      return await next.call(this, ctx);
    } catch (error) {
      if (!isRefused(error, "GROUP_UNKNOWN")) throw error;
    }
    const groupId = groupIdIn(ctx);
    const kept = await running(this).table.living(groupId, Date.now());
    if (kept === undefined) throw notAMember();
    this.logger.warn({ groupId }, "what a group plays was lost; it waits for its members");
    await this.broker.call("group.revive", { groupId, opId: randomUUID(), ...kept });
    return next.call(this, ctx);
  };

/** The tracks of what is queued or given back, with how long they are. Throws for tracks that are not there. */
export async function itemsOf(service: Service, given: readonly Omit<Item, "durationMs">[]): Promise<Item[]> {
  const facts = await running(service).tracks.of(given.map(({ trackId }) => trackId));
  const missing = given.map(({ trackId }) => trackId).filter((trackId) => !facts.has(trackId));
  if (missing.length > 0) throw new NotAvailable("TRACK_NOT_FOUND", "Some of these tracks do not exist.", { trackIds: [...new Set(missing)].slice(0, 20) });
  return given.map(({ itemId, trackId, addedBy }) => ({ itemId, trackId, durationMs: facts.get(trackId)?.durationMs ?? 0, addedBy }));
}

/** Items that an account adds by an operation: their ids follow from its id. */
export const added = (opId: string, userId: string, trackIds: readonly string[]) => trackIds.map((trackId, n) => ({ itemId: `${opId}-${n}`, trackId, addedBy: userId }));

const userIdOf = (ctx: Context<unknown, CallMeta>): string => ctx.meta.user?.id ?? "";

export const commandAround: Around = (next) =>
  async function complete(ctx) {
    const { type, opId, trackIds, ...params } = ctx.params as { type: string; opId: string; trackIds?: string[]; [name: string]: unknown };
    const field = needed[type];
    if (field !== undefined && ctx.params[field] === undefined) throw new InvalidInput(`${type} needs ${field}.`, { field });
    ctx.params = { type, opId, ...params, ...(type === "queue" ? { items: await itemsOf(this, added(opId, userIdOf(ctx), trackIds ?? [])) } : {}) };
    return next.call(this, ctx);
  };

export const restoreAround: Around = (next) =>
  async function complete(ctx) {
    const queue = ctx.params["queue"] as { itemId: string; trackId: string; addedBy?: string }[];
    ctx.params = { ...ctx.params, queue: await itemsOf(this, queue.map(({ addedBy = userIdOf(ctx), ...item }) => ({ ...item, addedBy }))) };
    return next.call(this, ctx);
  };

const notedTypes: ReadonlySet<unknown> = new Set(["handOver", "kick", "end"]);

/** Answers when the table knows what happened: who was sent away stays away, and what has ended stays so, also when this node dies. */
export const written: Around = (next) =>
  async function noted(ctx) {
    const { type } = ctx.params;
    const answer = await next.call(this, ctx);
    // Playing does not wait for what somebody else did.
    if (type === undefined || notedTypes.has(type)) await running(this).table.noted(groupIdIn(ctx));
    return answer;
  };

/** Adds the epoch in which the turn ran (ownership is looked at in the same step of the event loop in which the turn is taken), and the link. */
export const getAround: Around = (next) =>
  async function stamped(ctx) {
    const groupId = groupIdIn(ctx);
    const epoch = epochHere(this, "group", groupId);
    const { tokenHash, ...view } = (await next.call(this, ctx)) as Omit<GroupView, "epoch"> & { tokenHash: string };
    const secret = secretOf(resourcesOf(this.broker).keys.urls, groupId);
    // One that was made with a key that signs no more cannot be made again; who has it may still come in.
    return { epoch, ...view, link: hashOf(secret) === tokenHash ? linkOf(groupId, secret) : null };
  };

/** Who says that he is listening hears of every change from now on: the one who publishes them is told. */
export const mayAround: Around = (next) =>
  async function listened(ctx) {
    const { groupId, listening } = ctx.params as { groupId: string; listening?: boolean };
    if (listening === true) resourcesOf(this.broker).ports.topics.expect(topicOf(groupId));
    try {
      return await next.call(this, ctx);
    } catch (error) {
      if (isRefused(error, "NOT_A_MEMBER")) return { read: false };
      throw error;
    }
  };
