/**
 * The playlist service: what clients call, around the playlist actor (actor.ts), which decides.
 *
 * Actions of the actor run where it lives. The others run anywhere: `create`, `share`, `revokeShare` and `join` make or read what
 * the actor must not (ids, secrets) and then call it by name; `ops` reads the journal, `mine` the tables. Who is asking comes from
 * the call's meta alone. After a commit listeners are told (topic `playlist:<id>`) and the tables are brought up to it.
 */
import { randomUUID } from "node:crypto";
import type { Service, ServiceSchema } from "moleculer";
import { addMeasure, resourcesOf } from "../../resources.ts";
import { action, callerOf } from "../action.ts";
import { wrapped, withOpId } from "../around.ts";
import { InvalidInput } from "../errors.ts";
import { actorService, command, query } from "../runtime/index.ts";
import { playlistActor, type GetReply, type MayReply, type ShareReply, type VersionReply } from "./actor.ts";
import { applyAround, getAround, listenedTo, shownInLists } from "./around.ts";
import { messagesFor, topicOf } from "./changed.ts";
import { KnownTracks } from "./known-tracks.ts";
import { serviceLimits } from "./limits.ts";
import { Lists } from "./lists.ts";
import { notFound, PlaylistRefused } from "./model/errors.ts";
import { limits } from "./model/limits.ts";
import * as params from "./params.ts";
import { Projection } from "./projection.ts";
import { Projector } from "./projector.ts";
import { readOps } from "./read-ops.ts";
import { close, ifRunning, open, running } from "./running.ts";
import * as schemas from "./schemas.ts";
import { linkOf, parseLink, playlistIdOf } from "./share-link.ts";

const { playlistId, userId } = params;
const { commands } = playlistActor;

const actor = actorService({
  name: "playlist",
  // Under the public names are the actions that call these.
  actor: { ...playlistActor, commands: { ...commands, begin: commands["create"], addLink: commands["share"], removeLink: commands["revokeShare"], admit: commands["join"] } as typeof commands },
  key: "playlistId",
  actions: {
    begin: command({ access: "internal", summary: "Begin the playlist that `create` made an id for", params: { playlistId, opId: params.opId(), ...params.newMeta }, returns: schemas.internalSchema }),
    addLink: command({
      access: "internal",
      summary: "Know a link by the hash of its secret",
      params: { playlistId, opId: params.opId(), tokenHash: params.tokenHash, expiresAt: { type: "number", integer: true } },
      returns: schemas.internalSchema,
    }),
    removeLink: command({ access: "internal", summary: "Forget a link", params: { playlistId, opId: params.opId(), tokenHash: params.tokenHash }, returns: schemas.internalSchema }),
    admit: command({ access: "internal", summary: "Let in who came by a link", params: { playlistId, opId: params.opId(), tokenHash: params.tokenHash }, returns: schemas.internalSchema }),
    compact: command({ access: "internal", summary: "Renumber the items of a playlist whose positions have come close", params: { playlistId }, returns: schemas.internalSchema }),
    may: query({
      access: "internal",
      summary: "What the caller may do with a playlist",
      params: { playlistId, listening: { type: "boolean", optional: true, description: "the caller listens to the playlist's topic" } },
      returns: schemas.rightsSchema,
    }),

    get: query({
      access: "public",
      summary: "A playlist with its items",
      params: {
        playlistId,
        items: { type: "boolean", optional: true, convert: true, description: "false: without the items" },
        sinceVersion: { type: "number", integer: true, min: 0, convert: true, optional: true, description: "a version that is known: if it is the present one, the answer says just that" },
      },
      returns: { anyOf: [schemas.playlistSchema, schemas.unchangedSchema] },
    }),

    apply: command({
      access: "listener",
      summary: "Edit a playlist. Ops are decided in order, each by itself; one that was applied before is answered as then",
      params: { playlistId, ops: params.ops, clock: params.clock, device: params.device },
      returns: schemas.appliedSchema,
    }),

    update: command({ access: "listener", summary: "Change name, description, public or collaborative", params: { playlistId, opId: params.opId(), ...params.changedMeta }, returns: schemas.versionSchema }),
    remove: command({ access: "listener", summary: "Delete a playlist", params: { playlistId, opId: params.opId() }, returns: schemas.versionSchema }),
    addCollaborator: command({ access: "listener", summary: "Let an account edit a playlist", params: { playlistId, userId, opId: params.opId() }, returns: schemas.versionSchema }),
    removeCollaborator: command({ access: "listener", summary: "Let an account edit a playlist no more", params: { playlistId, userId, opId: params.opId() }, returns: schemas.versionSchema }),
    follow: command({ access: "listener", summary: "Have a playlist among one's own", params: { playlistId, opId: params.opId() }, returns: schemas.versionSchema }),
    unfollow: command({ access: "listener", summary: "Have a playlist among one's own no more", params: { playlistId, opId: params.opId() }, returns: schemas.versionSchema }),
    undo: command({ access: "listener", summary: "Take back one's own last edit", params: { playlistId, opId: params.opId() }, returns: schemas.undoSchema }),
  },

  committed(service, { key, epoch, events }) {
    const { topics } = resourcesOf(service.broker).ports;
    const topic = topicOf(key);
    if (topics.mayBeHeard(topic, epoch)) for (const message of messagesFor(key, epoch, events)) topics.publish(topic, message);
    ifRunning(service)?.projector.take(key, events);
  },
});

const service: ServiceSchema = {
  ...actor,

  actions: {
    ...wrapped(actor, {
      begin: [withOpId, shownInLists],
      addLink: [withOpId],
      removeLink: [withOpId],
      admit: [withOpId, shownInLists],
      may: [listenedTo],
      get: [getAround],
      apply: [applyAround],
      update: [withOpId, shownInLists],
      remove: [withOpId, shownInLists],
      addCollaborator: [withOpId, shownInLists],
      removeCollaborator: [withOpId, shownInLists],
      follow: [withOpId, shownInLists],
      unfollow: [withOpId, shownInLists],
      undo: [withOpId],
    }),

    create: action({
      access: "listener",
      summary: "Make a playlist",
      params: { ...params.newMeta, opId: params.opId() },
      returns: schemas.playlistSchema,
      async handler(ctx) {
        const { id } = callerOf(ctx);
        const { opId: given, ...meta } = ctx.params;
        const own = given ?? randomUUID();
        const made = playlistIdOf(id, own);
        const { lists } = running(this);
        const most = serviceLimits.playlistsPerOwner;
        if ((await lists.owned(id, made)) >= most) throw new PlaylistRefused("LIMIT", `An account has at most ${most.toLocaleString("en")} playlists.`, { limit: most });
        await ctx.call<VersionReply, object>("playlist.begin", { playlistId: made, opId: own, ...meta });
        return ctx.call<GetReply, object>("playlist.get", { playlistId: made });
      },
    }),

    share: action({
      access: "listener",
      summary: "Make a link to a playlist. Who has it may read the playlist by `join`, until it ends",
      params: { playlistId, opId: params.opId(), validMs: { type: "number", integer: true, min: 1_000, max: limits.shareMs, default: serviceLimits.shareMs, description: "how long it is good, ms" } },
      returns: schemas.shareSchema,
      async handler(ctx) {
        const { id } = callerOf(ctx);
        const { playlistId: of, validMs, opId: own = randomUUID() } = ctx.params;
        // The same secret each time: nobody but its maker is ever told it, and a repetition must answer as the first did.
        const token = linkOf(of, resourcesOf(this.broker).keys.urls.token("share", of, id, own));
        const { version, expiresAt } = await ctx.call<ShareReply, object>("playlist.addLink", { playlistId: of, opId: own, tokenHash: parseLink(token).tokenHash, expiresAt: Date.now() + validMs });
        return { version, token, expiresAt: new Date(expiresAt).toISOString() };
      },
    }),

    revokeShare: action({
      access: "listener",
      summary: "End a link before its time. Who came by it stays",
      params: { playlistId, token: params.link, opId: params.opId() },
      returns: schemas.versionSchema,
      async handler(ctx) {
        const { playlistId: of, token, opId: own = randomUUID() } = ctx.params;
        const link = parseLink(token);
        if (link.playlistId !== of) throw new InvalidInput("This link is one to another playlist.", { field: "token" });
        const { version } = await ctx.call<VersionReply, object>("playlist.removeLink", { playlistId: of, opId: own, tokenHash: link.tokenHash });
        return { version };
      },
    }),

    join: action({
      access: "listener",
      summary: "Come to a playlist by a link",
      params: { token: params.link, opId: params.opId() },
      returns: schemas.joinedSchema,
      async handler(ctx) {
        const { token, opId: own = randomUUID() } = ctx.params;
        const link = parseLink(token);
        const { version } = await ctx.call<VersionReply, object>("playlist.admit", { ...link, opId: own });
        return { playlistId: link.playlistId, version };
      },
    }),

    ops: action({
      access: "public",
      summary: "What happened to a playlist since a version. 410 when that is too long ago: read the playlist",
      params: {
        playlistId,
        since: { type: "number", integer: true, min: 0, max: Number.MAX_SAFE_INTEGER - 1, convert: true, default: 0, description: "the version that is known" },
        limit: { type: "number", integer: true, min: 1, max: serviceLimits.opsPageMost, convert: true, default: serviceLimits.opsPage, description: "events in an answer, at most" },
      },
      returns: schemas.opsSchema,
      async handler(ctx) {
        const { playlistId: of, since, limit } = ctx.params;
        const { read } = await ctx.call<MayReply, object>("playlist.may", { playlistId: of });
        if (!read) throw notFound();
        return readOps(resourcesOf(this.broker).ports.actors, of, since, limit);
      },
    }),

    search: action({
      access: "internal",
      summary: "Public playlists by the beginning of their name or of a word in it",
      params: { q: { type: "string", trim: true, min: 1, max: 200 }, limit: { type: "number", integer: true, min: 1, max: 50 } },
      returns: schemas.foundListSchema,
      async handler(ctx) {
        return { items: await running(this).lists.found(ctx.params.q, ctx.params.limit) };
      },
    }),

    mine: action({
      access: "listener",
      summary: "The caller's playlists: own, shared with the caller, and followed; the newest to the caller first",
      params: params.paged,
      returns: schemas.mineSchema,
      handler(ctx) {
        return running(this).lists.mine(callerOf(ctx).id, ctx.params);
      },
    }),
  },

  started(this: Service) {
    const { database, actors } = resourcesOf(this.broker).ports;
    const projection = new Projection(database, actors, (error) => this.logger.error("a playlist is not listed as it is", error));
    const projector = new Projector(projection, (error) => this.logger.warn("the lists of playlists are behind; trying again", error));
    const tracks = new KnownTracks(async (ids) => (await this.broker.call<{ ids: string[] }, object>("catalog.existing", { ids }, { timeout: serviceLimits.trackCallMs })).ids);
    open(this, { tracks, lists: new Lists(database), projector, asking: new Map(), compacting: new Set() });
    addMeasure(this.broker, { name: "ensemble_playlist_projection_lag_seconds", help: "Age of this node's oldest edit that lists of playlists do not show.", read: async () => projector.lagMs / 1_000 });
    projector.start();
  },

  async stopped(this: Service) {
    await close(this)?.projector.stop();
  },
};

export default service;
