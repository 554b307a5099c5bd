/** What the service does around turns of the actor, on the node where it lives: before a turn, what needs waiting; after its commit, what follows. */
import type { Service } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { inTurn, type Around } from "../around.ts";
import type { ApplyParams, ApplyReply, GetReply } from "./actor.ts";
import { topicOf } from "./changed.ts";
import { checkOps, inOrder, unknownTracks, withoutMissing } from "./ops-checked.ts";
import { running } from "./running.ts";

/**
 * Tracks that are added exist. Without a question to the catalog the turn begins at once; calls that come while one waits for
 * the answer wait behind it, so that edits of one client keep their order.
 */
export const applyAround: Around = (next) =>
  async function checked(ctx) {
    const given = ctx.params as unknown as ApplyParams & { readonly playlistId: string };
    const { playlistId, ops } = given;
    checkOps(ops);
    const { tracks, asking } = running(this);
    const unknown = unknownTracks(ops, tracks);
    if (unknown.length > 0 || asking.has(playlistId)) {
      const learnt = tracks.learn(unknown);
      // Also that the catalog does not answer is said in turn.
      await inTurn(asking, playlistId, Promise.allSettled([learnt]));
      await learnt;
    }
    const { good, refused } = withoutMissing(ops, tracks);
    if (refused.size > 0) ctx.params = { ...ctx.params, ops: good };
    const { version, results, compact } = (await next.call(this, ctx)) as ApplyReply;
    if (compact === true) compactLater(this, playlistId);
    return { version, results: inOrder(ops, results, refused) };
  };

/** Renumbers the items of a playlist whose positions have come close, in the background. */
function compactLater(service: Service, playlistId: string): void {
  const { compacting } = running(service);
  if (compacting.has(playlistId)) return;
  compacting.add(playlistId);
  service.broker
    .call("playlist.compact", { playlistId })
    .catch((error: unknown) => service.logger.warn("a playlist was not compacted; the next edit tries again", error))
    .finally(() => compacting.delete(playlistId));
}

/** Who has the version already is told so, and gets no items. */
export const getAround: Around = (next) =>
  async function unlessKnown(ctx) {
    const { sinceVersion, playlistId } = ctx.params;
    if (sinceVersion === undefined) return next.call(this, ctx);
    ctx.params = { playlistId, items: false };
    const { version } = (await next.call(this, ctx)) as GetReply;
    if (version === sinceVersion) return { version, unchanged: true };
    ctx.params = { playlistId };
    return next.call(this, ctx);
  };

/** The caller finds the change in the lists of playlists, unless the tables cannot be written. */
export const shownInLists: Around = (next) =>
  async function shown(ctx) {
    const { playlistId } = ctx.params as { playlistId: string };
    const answer = await next.call(this, ctx);
    await running(this)
      .projector.show(playlistId)
      .catch((error: unknown) => this.logger.warn("the lists of playlists are behind", error));
    return answer;
  };

/** Who says that he is listening hears of every commit from now on: the one who publishes them is told. */
export const listenedTo: Around = (next) =>
  function listened(ctx) {
    const { playlistId, listening } = ctx.params as { playlistId: string; listening?: boolean };
    if (listening === true) resourcesOf(this.broker).ports.topics.expect(topicOf(playlistId));
    return next.call(this, ctx);
  };
