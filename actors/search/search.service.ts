/**
 * The search service: finds ids in the search index and shows them as the catalog does; keeps the index fed; rebuilds
 * it. The index holds nothing of its own: an empty one is filled from the catalog at start.
 */
import type { Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { searchTypes, type SearchDocument, type SearchHit, type SearchType } from "../../storage/index.ts";
import { action } from "../action.ts";
import { albumSchema, arrayOf, artistSchema, genreSchema, objectOf, trackSchema } from "../catalog/schemas.ts";
import { InvalidInput } from "../errors.ts";
import { Memo } from "../memo.ts";
import { foundSchema } from "../playlist/schemas.ts";
import { whileRunning } from "../running.ts";
import { answer, answerTypes, parseTypes, type Identified, type Summaries } from "./answer.ts";
import { rebuild, type DocumentsPage } from "./rebuild.ts";

/** Hits of the queries everybody types: the first letters. Short, because other nodes change the index too. */
const hotQueries = 2_000;
const hotMs = 2_000;
const rebuildPage = 1_000;
const rebuildCallMs = 30_000;
/** Waiting for the catalog of another node at start. */
const catalogMs = 60_000;
const progressEveryMs = 5_000;
/** A search without playlists is better than a late one. */
const playlistsMs = 1_000;

type Hits = Record<SearchType, SearchHit[]>;

interface State {
  readonly hot: Memo<Hits>;
  readonly hotPlaylists: Memo<readonly Identified[]>;
  stopped: boolean;
  rebuilding: { readonly startedAt: string; documents: number } | undefined;
  running: Promise<void>;
}

const { close, ifRunning, open, running: stateOf } = whileRunning<State>("search");

const id = { type: "string", min: 1, max: 200 } as const;
const type = { type: "enum", values: searchTypes } as const;

/** Starts a rebuild unless one runs here. False when one does. */
function startRebuild(service: Service): boolean {
  const state = stateOf(service);
  if (state.rebuilding !== undefined || state.stopped) return false;
  const progress = { startedAt: new Date().toISOString(), documents: 0 };
  state.rebuilding = progress;
  const { database, search } = resourcesOf(service.broker).ports;
  let shownAt = Date.now();
  state.running = rebuild({
    database,
    search,
    page: (of, cursor) => service.broker.call<DocumentsPage, object>("catalog.documents", { type: of, limit: rebuildPage, ...(cursor === undefined ? {} : { cursor }) }, { timeout: rebuildCallMs }),
    progress(documents, of) {
      progress.documents = documents;
      if (Date.now() - shownAt < progressEveryMs) return;
      shownAt = Date.now();
      service.logger.info(`search index: ${documents} documents written, now ${of}s`);
    },
    stopped: () => state.stopped,
  })
    .then((documents) => service.logger.info(`search index: ${documents} documents written, ${state.stopped ? "stopped" : "complete"}`))
    .catch((error: unknown) => service.logger.error("the search index was not rebuilt; search.rebuild tries again", error))
    .finally(() => {
      state.rebuilding = undefined;
      state.hot.clear();
    });
  return true;
}

/** An index that lost everything (or is new beside an old catalog) is filled again. */
async function rebuildIfEmpty(service: Service): Promise<void> {
  try {
    if ((await resourcesOf(service.broker).ports.search.count()) > 0) return;
    await service.waitForServices("catalog", catalogMs);
    // Every catalog that is not empty has a track.
    const tracks = await service.broker.call<DocumentsPage, object>("catalog.documents", { type: "track", limit: 1 });
    if (tracks.items.length === 0) return;
    service.logger.info("the search index is empty and the catalog is not: rebuilding");
    startRebuild(service);
  } catch (error) {
    service.logger.warn("could not see whether the search index needs a rebuild; search.rebuild makes one", error);
  }
}

/** Playlists are found in their own lists. The rest of an answer does not wait for them long, nor fail with them. */
async function playlistsOf(service: Service, q: string, limit: number): Promise<readonly Identified[]> {
  if (!(service.broker.registry.getActionEndpoints("playlist.search")?.hasAvailable() ?? false)) return [];
  try {
    return (await service.broker.call<{ items: readonly Identified[] }, object>("playlist.search", { q, limit }, { timeout: playlistsMs })).items;
  } catch (error) {
    service.logger.warn("a search goes without playlists", error);
    return [];
  }
}

const service: ServiceSchema = {
  name: "search",

  actions: {
    query: action({
      access: "public",
      summary: "Search tracks, artists, albums, playlists and genres as you type",
      params: {
        q: { type: "string", trim: true, min: 1, max: 200, description: "what was typed; the last word may be unfinished" },
        types: { type: "string", min: 1, max: 100, optional: true, description: `of ${answerTypes.join(",")}, separated by commas; all when left out` },
        limit: { type: "number", integer: true, min: 1, max: 50, convert: true, default: 20, description: "items of each type" },
      },
      returns: objectOf("SearchAnswer", {
        query: { type: "string" },
        tracks: arrayOf(trackSchema),
        artists: arrayOf(artistSchema),
        albums: arrayOf(albumSchema),
        playlists: { ...arrayOf(foundSchema), description: "public ones" },
        genres: arrayOf(genreSchema),
      }),
      async handler(ctx) {
        const { q, limit } = ctx.params;
        const wanted = ctx.params.types === undefined ? [...answerTypes] : parseTypes(ctx.params.types);
        if (wanted === undefined) throw new InvalidInput(`types is a list of ${answerTypes.join(", ")}, separated by commas.`, { field: "types" });
        const hits = await stateOf(this).hot.get(JSON.stringify([searchTypes.filter((of) => wanted.includes(of)), limit, q]));
        const ids = Object.fromEntries(searchTypes.map((of) => [of, hits[of].map((hit) => hit.id)]));
        const [summaries, playlists] = await Promise.all([ctx.call<Summaries, object>("catalog.summaries", { ids }), wanted.includes("playlist") ? stateOf(this).hotPlaylists.get(JSON.stringify([limit, q])) : []]);
        return answer(q, hits, summaries, playlists);
      },
    }),

    put: action({
      access: "internal",
      summary: "Add or replace documents; they can be found when this answers",
      params: {
        documents: {
          type: "array",
          max: 5_000,
          items: { type: "object", strict: true, props: { id, type, name: { type: "string" }, context: { type: "string" }, popularity: { type: "number", min: 0 } } },
        },
      },
      returns: objectOf("Put", {}),
      async handler(ctx) {
        await resourcesOf(this.broker).ports.search.put(ctx.params.documents satisfies SearchDocument[]);
        stateOf(this).hot.clear();
        return {};
      },
    }),

    delete: action({
      access: "internal",
      summary: "Remove documents; unknown ones are no mistake",
      params: { keys: { type: "array", max: 5_000, items: { type: "object", strict: true, props: { id, type } } } },
      returns: objectOf("Deleted", {}),
      async handler(ctx) {
        await resourcesOf(this.broker).ports.search.delete(ctx.params.keys);
        stateOf(this).hot.clear();
        return {};
      },
    }),

    rebuild: action({
      access: "admin",
      summary: "Write every document of the catalog into the search index, in the background; searching goes on",
      params: {},
      returns: objectOf("RebuildStarted", { started: { type: "boolean", description: "false: one is running on this node" } }),
      handler() {
        return { started: startRebuild(this) };
      },
    }),

    status: action({
      access: "admin",
      summary: "How many documents the search index has, and how far a rebuild on this node is",
      params: {},
      returns: objectOf("SearchStatus", {
        documents: { type: "integer", minimum: 0 },
        rebuilding: { type: ["object", "null"], properties: { startedAt: { type: "string", format: "date-time" }, documents: { type: "integer", minimum: 0 } } },
      }),
      async handler() {
        return { documents: await resourcesOf(this.broker).ports.search.count(), rebuilding: stateOf(this).rebuilding ?? null };
      },
    }),
  },

  started() {
    const { search } = resourcesOf(this.broker).ports;
    const hot = new Memo<Hits>({
      max: hotQueries,
      ttlMs: hotMs,
      load: (key) => {
        const [types, limit, q] = JSON.parse(key) as [SearchType[], number, string];
        return search.search(q, { types, limit });
      },
    });
    const hotPlaylists = new Memo<readonly Identified[]>({
      max: hotQueries,
      ttlMs: hotMs,
      load: (key) => {
        const [limit, q] = JSON.parse(key) as [number, string];
        return playlistsOf(this, q, limit);
      },
    });
    const state: State = { hot, hotPlaylists, stopped: false, rebuilding: undefined, running: Promise.resolve() };
    open(this, state);
    // Not awaited: the catalog may start after this service, and a node is ready to search without it.
    void rebuildIfEmpty(this);
  },

  async stopped() {
    const state = ifRunning(this);
    if (state !== undefined) state.stopped = true;
    // The page under way ends before the ports close.
    await state?.running;
    close(this);
  },
};

export default service;
