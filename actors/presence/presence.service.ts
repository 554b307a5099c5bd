/**
 * The presence service: who follows whom, and what friends see of each other, around the presence actor (actor.ts).
 *
 *   session -> presence.playing -> actor -> topic presence:<id> -> gateways that have followers online
 *   gateway -> presence.see, presence.followees        reader -> presence.friends -> presence.see of each
 *
 * Following and sharing are rows (follows.ts, social.ts), written by whichever node is asked; the actor is then told. Of others' states clients are shown
 * those whom they follow, and `see` and `followees` are for nodes alone.
 */
import { LRUCache } from "lru-cache";
import type { Context, Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { action, callerOf, type CallMeta } from "../action.ts";
import { wrapped } from "../around.ts";
import type { CatalogChanged } from "../catalog/catalog.service.ts";
import { Conflict, InvalidInput, NotFound } from "../errors.ts";
import { actorService, command } from "../runtime/index.ts";
import { Telling } from "../telling.ts";
import { trackFacts } from "../track-facts.ts";
import { presenceActor } from "./actor.ts";
import { listenedTo, withEpoch, withFacts, withTrack } from "./around.ts";
import { followingTopicOf, tell, type FollowingChanged } from "./changed.ts";
import { Follows, type Outcome } from "./follows.ts";
import { limits as standing, type Limits } from "./limits.ts";
import type { Facts } from "./model/index.ts";
import * as params from "./params.ts";
import { close, open, running, type Seen } from "./running.ts";
import * as schemas from "./schemas.ts";
import { Social, type Related } from "./social.ts";

const { id: userId } = params;

type Ctx = Context<unknown, CallMeta>;

/** How these accounts are called. */
async function namesOf(ctx: Ctx, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { accounts } = await ctx.call<{ accounts: { id: string; username: string }[] }, object>("account.names", { ids });
  return new Map(accounts.map(({ id, username }) => [id, username]));
}

async function withNames<T extends Related>(ctx: Ctx, { items, ...page }: { readonly items: readonly T[]; readonly nextCursor: string | null }) {
  const names = await namesOf(ctx, items.map(({ userId: of }) => of));
  return { items: items.map((item) => ({ ...item, username: names.get(item.userId) ?? null })), ...page };
}

/** After a change the followee's actor is told, and whoever keeps the list of those whom the follower follows reads it again. */
async function changeFollow(service: Service, how: "follow" | "unfollow", follower: string, followee: string): Promise<Outcome> {
  const { follows, telling } = running(service);
  const facts = await follows[how](follower, followee);
  if (facts !== undefined && facts !== "full") {
    telling.later(followee, facts);
    resourcesOf(service.broker).ports.topics.publish(followingTopicOf(follower), { event: "following.changed" } satisfies FollowingChanged);
  }
  return facts;
}

/** What friends see of an account; undefined when its actor does not answer. Of a popular one that may be a moment old: very many look. */
async function seenBy(service: Service, ctx: Ctx, friend: string, timeout: number): Promise<Seen | undefined> {
  const { popular } = running(service);
  const kept = popular.get(friend);
  if (kept !== undefined) return kept;
  const seen = await ctx.call<Seen, object>("presence.see", { userId: friend }, { timeout }).catch(() => undefined);
  if (seen?.popular === true) popular.set(friend, seen);
  return seen;
}

const shownSharing = ({ share, privateUntil, followers }: Facts) => ({ share, privateUntil: privateUntil !== null && privateUntil > Date.now() ? privateUntil : null, followers });

/** With bounds of one's own, for tests. */
export function presenceService(limits: Limits = standing): ServiceSchema {
  const actor = actorService({
    name: "presence",
    actor: presenceActor(limits),
    key: "userId",
    actions: {
      playing: command({ access: "internal", summary: "What plays in an account's session, by the session's word", params: { userId, ...params.word }, returns: schemas.takenSchema }),
      inform: command({ access: "internal", summary: "What an account shares and how many follow it, by who changed that", params: { userId, facts: params.facts }, returns: schemas.emptySchema }),
      see: command({
        access: "internal",
        summary: "What friends see of an account",
        params: { userId, listening: { type: "boolean", optional: true, description: "the caller listens to the account's topic" } },
        returns: schemas.seeSchema,
      }),
      status: command({ access: "admin", summary: "What presence knows of an account", params: { userId }, returns: schemas.statusSchema }),
    },
    changed: (service, change) => tell(resourcesOf(service.broker).ports.topics, change),
  });

  return {
    ...actor,

    actions: {
      ...wrapped(actor, { playing: [withTrack, withFacts], see: [listenedTo, withFacts, withEpoch], status: [withFacts, withEpoch] }),

      follow: action({
        access: "listener",
        summary: "Follow an account: see what it plays",
        params: { userId, opId: params.opId() },
        returns: schemas.followingSchema,
        async handler(ctx) {
          const { id: me } = callerOf(ctx);
          const { userId: other } = ctx.params;
          if (other === me) throw new InvalidInput("Nobody follows himself.", { field: "userId" });
          if (!(await namesOf(ctx, [other])).has(other)) throw new NotFound("account", other);
          if ((await changeFollow(this, "follow", me, other)) === "full") throw new Conflict("LIMIT", `An account follows at most ${limits.followees.toLocaleString("en")} others.`, { limit: limits.followees });
          return { userId: other, following: true };
        },
      }),

      unfollow: action({
        access: "listener",
        summary: "Follow an account no more",
        params: { userId, opId: params.opId() },
        returns: schemas.followingSchema,
        async handler(ctx) {
          const { id: me } = callerOf(ctx);
          const { userId: other } = ctx.params;
          await changeFollow(this, "unfollow", me, other);
          return { userId: other, following: false };
        },
      }),

      following: action({
        access: "listener",
        summary: "Whom the caller follows, the newest first",
        params: params.paged,
        returns: schemas.relatedSchema,
        async handler(ctx) {
          return withNames(ctx, await running(this).social.following(callerOf(ctx).id, ctx.params));
        },
      }),

      followers: action({
        access: "listener",
        summary: "Who follows the caller, the newest first",
        params: params.paged,
        returns: schemas.relatedSchema,
        async handler(ctx) {
          return withNames(ctx, await running(this).social.followers(callerOf(ctx).id, ctx.params));
        },
      }),

      friends: action({
        access: "listener",
        summary: "What those whom the caller follows play now; whom the caller followed last first",
        params: params.paged,
        returns: schemas.friendsSchema,
        async handler(ctx) {
          const page = await running(this).social.following(callerOf(ctx).id, ctx.params);
          // All at once: one message for each node.
          const seen = page.items.map(({ userId: friend }) => seenBy(this, ctx, friend, limits.seeMs));
          const [{ items, nextCursor }, states] = await Promise.all([withNames(ctx, page), Promise.all(seen)]);
          const unknown = { nowPlaying: null, at: 0, epoch: 0, n: 0, popular: false };
          return { items: items.map(({ userId: friend, username }, at) => ({ ...(states[at] ?? unknown), userId: friend, username, isKnown: states[at] !== undefined })), nextCursor };
        },
      }),

      followees: action({
        access: "internal",
        summary: "All whom an account follows",
        params: { userId },
        returns: schemas.idsSchema,
        async handler(ctx) {
          return { userIds: await running(this).social.followees(ctx.params.userId) };
        },
      }),

      sharing: action({
        access: "listener",
        summary: "What the caller lets others see",
        params: {},
        returns: schemas.sharingSchema,
        async handler(ctx) {
          return shownSharing(await running(this).social.facts(callerOf(ctx).id));
        },
      }),

      setSharing: action({
        access: "listener",
        summary: "Let others see what the caller plays, or not; or not for a time",
        params: { ...params.sharing, opId: params.opId() },
        returns: schemas.sharingSchema,
        async handler(ctx) {
          const { id: me } = callerOf(ctx);
          const { share } = ctx.params;
          const until = ctx.params.privateUntil ?? 0;
          if (until > Date.now() + limits.privateMs) throw new InvalidInput("A private session lasts a year at most: do not share instead.", { field: "privateUntil" });
          const facts = await running(this).social.setSharing(me, share, until > Date.now() ? until : null);
          // Answered when friends do not see it any more, not before.
          await ctx.call<unknown, object>("presence.inform", { userId: me, facts });
          return shownSharing(facts);
        },
      }),
    },

    events: {
      "catalog.changed"(this: Service, ctx: Context<CatalogChanged>) {
        for (const trackId of ctx.params.trackIds) running(this).tracks.forget(trackId);
      },
    },

    started(this: Service) {
      const { database } = resourcesOf(this.broker).ports;
      open(this, {
        social: new Social(database),
        follows: new Follows(database, limits.followees),
        tracks: trackFacts(this.broker),
        popular: new LRUCache({ max: limits.popularKept, ttl: limits.popularKeptMs }),
        telling: new Telling<Facts>(
          (of, facts) => this.broker.call("presence.inform", { userId: of, facts }),
          (error) => this.logger.debug("an actor was not told how many follow it", error),
          { most: standing.told, isLater: (one, other) => one.version > other.version },
        ),
      });
    },

    stopped(this: Service) {
      close(this);
    },
  };
}

export default presenceService();
