/** The catalog service: browse reads for everybody, writes for ingest, manifests for play. Rules are in catalog.ts; this file declares and wires. */
import { setTimeout as afterMs } from "node:timers/promises";
import type { Context, Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { searchTypes } from "../../storage/index.ts";
import { action } from "../action.ts";
import { whileRunning } from "../running.ts";
import { Catalog } from "./catalog.ts";
import { Fresh } from "./fresh.ts";
import type { IngestedTrack } from "./ingested.ts";
import * as params from "./params.ts";
import * as schemas from "./schemas.ts";
import { SearchFeed } from "./search-feed.ts";

/** Longest that a browse answer may be out of date when the news of a change was lost. */
const browseTtlMs = 60_000;
/** How often the outbox is looked at for what an earlier attempt could not send. */
const feedEveryMs = 5_000;
const searchTimeoutMs = 5_000;
/** An add waits this long for search to know the track; then it goes on, and search learns of it in its own time. */
const feedWaitMs = 3_000;

interface State {
  readonly catalog: Catalog;
  readonly feed: SearchFeed;
  readonly timer: NodeJS.Timeout;
}

const { close, ifRunning, open, running: stateOf } = whileRunning<State>("catalog");

const catalogOf = (service: Service) => stateOf(service).catalog;

export interface CatalogChanged {
  readonly trackIds: readonly string[];
}

/** Sends what waits in the outbox. The catalog has committed already: a failure is only logged, and tried again. */
async function feedSearch(service: Service): Promise<void> {
  try {
    await ifRunning(service)?.feed.flush();
  } catch (error) {
    service.logger.warn("the search index does not know the latest changes yet; trying again", error);
  }
}

const service: ServiceSchema = {
  name: "catalog",

  actions: {
    track: action({
      access: "public",
      summary: "A track",
      params: { id: params.id },
      returns: schemas.trackSchema,
      handler(ctx) {
        return catalogOf(this).track(ctx.params.id);
      },
    }),

    tracks: action({
      access: "public",
      summary: "Tracks by id, in the order asked for; missing ones are left out",
      params: { ids: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,49}$", description: "1 to 50, separated by commas" } },
      returns: schemas.objectOf("TracksById", { items: schemas.arrayOf(schemas.trackSchema) }),
      async handler(ctx) {
        const { track } = await catalogOf(this).summaries({ track: ctx.params.ids.split(","), artist: [], album: [], genre: [] });
        return { items: track };
      },
    }),

    artist: action({
      access: "public",
      summary: "An artist with albums and top tracks",
      params: { id: params.id },
      returns: schemas.artistPageSchema,
      handler(ctx) {
        return catalogOf(this).artist(ctx.params.id);
      },
    }),

    album: action({
      access: "public",
      summary: "An album with its tracks in the order of disc and number",
      params: { id: params.id },
      returns: schemas.albumPageSchema,
      handler(ctx) {
        return catalogOf(this).album(ctx.params.id);
      },
    }),

    artists: action({
      access: "public",
      summary: "Artists by name",
      params: params.paged,
      returns: schemas.pageOf("Artists", schemas.artistSchema),
      handler(ctx) {
        return catalogOf(this).artists(ctx.params);
      },
    }),

    albums: action({
      access: "public",
      summary: "Albums by title",
      params: params.paged,
      returns: schemas.pageOf("Albums", schemas.albumSchema),
      handler(ctx) {
        return catalogOf(this).albums(ctx.params);
      },
    }),

    newReleases: action({
      access: "public",
      summary: "Albums by when they were added, newest first",
      params: params.paged,
      returns: schemas.pageOf("NewReleases", schemas.albumSchema),
      handler(ctx) {
        return catalogOf(this).newReleases(ctx.params);
      },
    }),

    genres: action({
      access: "public",
      summary: "Genres, the biggest first",
      params: {},
      returns: schemas.pageOf("Genres", schemas.genreSchema),
      handler() {
        return catalogOf(this).genres();
      },
    }),

    genreTracks: action({
      access: "public",
      summary: "Tracks of a genre by title",
      params: { id: params.id, ...params.paged },
      returns: schemas.pageOf("GenreTracks", schemas.trackSchema),
      handler(ctx) {
        return catalogOf(this).genreTracks(ctx.params.id, ctx.params);
      },
    }),

    summaries: action({
      access: "internal",
      summary: "Tracks, artists, albums and genres by id, in the order asked for; missing ones are left out",
      params: { ids: { type: "object", strict: true, props: { track: params.ids, artist: params.ids, album: params.ids, genre: params.ids } } },
      returns: schemas.objectOf("Summaries", {
        track: schemas.arrayOf(schemas.trackSchema),
        artist: schemas.arrayOf(schemas.artistSchema),
        album: schemas.arrayOf(schemas.albumSchema),
        genre: schemas.arrayOf(schemas.genreSchema),
      }),
      handler(ctx) {
        const { track = [], artist = [], album = [], genre = [] } = ctx.params.ids;
        return catalogOf(this).summaries({ track, artist, album, genre });
      },
    }),

    existing: action({
      access: "internal",
      summary: "Those of these tracks that are in the catalog",
      params: { ids: { type: "array", items: params.id, max: 500 } },
      returns: schemas.objectOf("ExistingTracks", { ids: schemas.arrayOf({ type: "string" }) }),
      async handler(ctx) {
        return { ids: await catalogOf(this).existing(ctx.params.ids) };
      },
    }),

    facts: action({
      access: "internal",
      summary: "What is shown of these tracks while they play; missing ones are left out",
      params: { ids: { type: "array", items: params.id, max: 500 } },
      returns: schemas.objectOf("TrackFacts", { tracks: schemas.arrayOf(schemas.trackFactSchema) }),
      async handler(ctx) {
        return { tracks: await catalogOf(this).facts(ctx.params.ids) };
      },
    }),

    documents: action({
      access: "internal",
      summary: "Search documents of one type, for a rebuild of the index",
      params: {
        type: { type: "enum", values: searchTypes },
        limit: { type: "number", integer: true, min: 1, max: 5_000, default: 1_000 },
        cursor: params.paged.cursor,
      },
      returns: schemas.pageOf("SearchDocuments", schemas.documentSchema),
      handler(ctx) {
        return catalogOf(this).documents(ctx.params.type, ctx.params);
      },
    }),

    manifest: action({
      access: "internal",
      summary: "What a player needs to play a track. Shared: callers must not change it",
      params: { trackId: params.id },
      returns: schemas.playableSchema,
      handler(ctx) {
        return catalogOf(this).manifest(ctx.params.trackId);
      },
    }),

    add: action({
      access: "internal",
      summary: "Store an ingested track, or new tags of a known one. May be repeated",
      params: { track: params.track },
      returns: schemas.objectOf("AddedTrack", { trackId: { type: "string" }, created: { type: "boolean" } }),
      async handler(ctx) {
        // fastest-validator has checked the rest; manifest and layouts come from audio/ and are checked by tidy().
        const track = ctx.params.track as unknown as IngestedTrack;
        const { created } = await catalogOf(this).add(track);
        if (!created) await this.broker.broadcast("catalog.changed", { trackIds: [track.id] } satisfies CatalogChanged);
        await Promise.race([feedSearch(this), afterMs(feedWaitMs, undefined, { ref: false })]);
        return { trackId: track.id, created };
      },
    }),

    known: action({
      access: "internal",
      summary: "Which of these files are in the catalog as they are now",
      params: {
        paths: {
          type: "array",
          max: 10_000,
          items: { type: "object", strict: true, props: { path: params.source.props.path, bytes: params.source.props.bytes, modifiedMs: params.source.props.modifiedMs } },
        },
      },
      returns: schemas.objectOf("KnownPaths", { known: schemas.arrayOf({ type: "string" }) }),
      async handler(ctx) {
        return { known: await catalogOf(this).known(ctx.params.paths) };
      },
    }),

    bySha256: action({
      access: "internal",
      summary: "The track of a file with this content, or null",
      params: { sha256: params.source.props.sha256 },
      returns: { anyOf: [{ type: "null" }, schemas.objectOf("KnownFile", { trackId: { type: "string" } })] },
      handler(ctx) {
        return catalogOf(this).bySha256(ctx.params.sha256);
      },
    }),

    byPath: action({
      access: "internal",
      summary: "The track that was imported from this path, or null",
      params: { path: params.source.props.path },
      returns: { anyOf: [{ type: "null" }, schemas.objectOf("KnownSource", { trackId: { type: "string" }, audioMd5: { type: ["string", "null"] } })] },
      handler(ctx) {
        return catalogOf(this).byPath(ctx.params.path);
      },
    }),

    link: action({
      access: "internal",
      summary: "Remember another path of a known track",
      params: { trackId: params.id, source: params.source },
      returns: { type: "object", additionalProperties: false, properties: {} },
      async handler(ctx) {
        await catalogOf(this).link(ctx.params.trackId, ctx.params.source);
        return {};
      },
    }),
  },

  events: {
    "catalog.changed"(this: Service, ctx: Context<CatalogChanged>) {
      for (const trackId of ctx.params.trackIds) catalogOf(this).forget(trackId);
    },
  },

  started() {
    const { database, cache } = resourcesOf(this.broker).ports;
    const fresh = new Fresh({ cache, ttlMs: browseTtlMs, onCacheFailure: (error) => this.logger.warn("the cache does not answer; reading from the database", error) });
    const call = (name: string, params: object) => this.broker.call(name, params, { timeout: searchTimeoutMs });
    const feed = new SearchFeed(database, {
      put: (documents) => call("search.put", { documents }),
      delete: (keys) => call("search.delete", { keys }),
    });
    const timer = setInterval(() => void feedSearch(this), feedEveryMs);
    timer.unref();
    open(this, { catalog: new Catalog(database, fresh), feed, timer });
  },

  async stopped() {
    const state = close(this);
    clearInterval(state?.timer);
    // The database closes after this; what the outbox still holds goes out at the next start.
    await state?.feed.idle();
  },
};

export default service;
