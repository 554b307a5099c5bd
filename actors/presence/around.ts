/** What the service does around turns of the actor, on the node where it lives: reads what a turn needs, and says which epoch it was in. */
import type { Service } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { withEpoch as stamped, type Around } from "../around.ts";
import type { Needs, PlayingParams, SeeReply } from "./actor.ts";
import { topicOf } from "./changed.ts";
import { limits } from "./limits.ts";
import type { NowPlaying } from "./model/index.ts";
import { running } from "./running.ts";

/** A session's word names a track: what is shown of it is added, before the turn. */
export const withTrack: Around = (next) =>
  async function named(ctx) {
    const { playing } = ctx.params as { playing: { trackId: string; positionMs: number; at: number } | null };
    if (playing === null) return next.call(this, ctx);
    const { trackId, positionMs, at } = playing;
    const fact = (await running(this).tracks.of([trackId])).get(trackId);
    if (fact === undefined) this.logger.warn({ trackId }, "somebody plays a track that the catalogue does not have: it is not shown");
    const { title, artists, imageId, durationMs } = fact ?? {};
    const shown: NowPlaying | null = title === undefined || artists === undefined || durationMs === undefined ? null : { trackId, title, artists, imageId: imageId ?? null, positionMs: Math.min(positionMs, durationMs), at, durationMs };
    ctx.params = { ...ctx.params, playing: shown } satisfies Partial<PlayingParams>;
    return next.call(this, ctx);
  };

/** A turn that needs to know what the table says runs again with it. */
export const withFacts: Around = (next) =>
  async function knowing(ctx) {
    const answer = await next.call(this, ctx);
    if ((answer as Partial<Needs>).needs === undefined) return answer;
    const { userId } = ctx.params as { userId: string };
    ctx.params = { ...ctx.params, facts: await running(this).social.facts(userId) };
    const known = await next.call(this, ctx);
    // It was loaded, or it has been long. Was its node killed, the session may be gone too, and then nobody says that nothing plays any more.
    if (((known as Partial<SeeReply>).nowPlaying ?? null) !== null) void askSession(this, userId);
    return known;
  };

/** Takes the session's word on what plays. Asked, a session is awake, and says so when its device has been silent for too long. */
async function askSession({ broker, logger }: Service, userId: string): Promise<void> {
  try {
    const { epoch, n, ...word } = await broker.call<{ epoch: number; n: number; playing: NowPlaying | null; private: boolean }, object>("session.word", { userId }, { timeout: limits.wordMs });
    await broker.call("presence.playing", { userId, ...word, stamp: [epoch, n] }, { timeout: limits.wordMs });
  } catch (error) {
    logger.debug("a session was not asked what plays; it says so with its next change", error);
  }
}

export const withEpoch: Around = stamped("presence", (ctx) => (ctx.params as { userId: string }).userId);

/** Who says that he is listening hears of every change from now on: the one who publishes them is told. */
export const listenedTo: Around = (next) =>
  function listened(ctx) {
    const { userId, listening, ...rest } = ctx.params as { userId: string; listening?: boolean };
    if (listening === true) resourcesOf(this.broker).ports.topics.expect(topicOf(userId));
    ctx.params = { userId, ...rest };
    return next.call(this, ctx);
  };
