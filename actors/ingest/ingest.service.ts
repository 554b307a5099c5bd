/**
 * The ingest service: imports folders and uploads. One folder at a time per node; its state is in the database, so any
 * node can show and stop it. Rules are in job.ts and pipeline.ts; this file declares and wires.
 */
import { isAbsolute, resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { action, type JsonSchema } from "../action.ts";
import { Conflict, InvalidInput, NotFound, Overloaded, Unavailable } from "../errors.ts";
import { whileRunning } from "../running.ts";
import { catalogClient } from "./catalog-client.ts";
import { ingestErrorFrom, type IngestError } from "./errors.ts";
import { findTools } from "./ffmpeg.ts";
import { Job, type JobView } from "./job.ts";
import { JobStore } from "./job-store.ts";
import { Library, type Catalog } from "./library.ts";
import { Pool } from "./pool.ts";
import { isReadable, sweepReceived, withReceived } from "./received.ts";

interface State {
  readonly store: JobStore;
  readonly catalog: Catalog;
  readonly library: Library;
  readonly workers: number;
  /** Threads exist while there is work for them. */
  pool: Promise<Pool> | undefined;
  users: number;
  uploads: number;
  job: Job | undefined;
  /** Starts are decided one after the other: two at once would make two jobs. */
  starting: Promise<unknown>;
}

const { close, ifRunning, open, running: stateOf } = whileRunning<State>("ingest");

/** Uploads waiting for a thread or in one; more are refused. */
const uploadsAtOnce = 32;

/** Lends the threads; they end when nobody uses them any more. */
async function withPool<T>(service: Service, body: (pool: Pool) => Promise<T>): Promise<T> {
  const state = stateOf(service);
  state.users++;
  try {
    state.pool ??= findTools(resourcesOf(service.broker).config.FFMPEG_PATH).then(({ tools, warning }) => {
      if (warning !== undefined) service.logger.warn(warning);
      return new Pool(tools, state.workers);
    });
    return await body(await state.pool);
  } finally {
    if (--state.users === 0) {
      const pool = state.pool;
      state.pool = undefined;
      await pool?.then((open) => open.close()).catch(() => {});
    }
  }
}

/** The job of `path`: the one that is running, or a new one. Throws Conflict while another folder is being imported. */
async function startJob(service: Service, path: string): Promise<Job> {
  const state = stateOf(service);
  if (state.job?.active === true) {
    if (state.job.path === path) return state.job;
    throw new Conflict("IMPORT_RUNNING", "Another folder is being imported. Wait for it, or stop it.", { id: state.job.id });
  }
  await state.store.sweep();
  const id = await state.store.start(path);
  const { promise, resolve: begin, reject } = Promise.withResolvers<Job>();
  withPool(service, async (pool) => {
    const { store, catalog, library, workers } = state;
    const job = new Job(id, path, { store, catalog, library, pool, workers, warn: (message) => service.logger.warn(message) });
    state.job = job;
    begin(job);
    await job.ended;
  }).catch(reject);
  try {
    return await promise;
  } catch (error) {
    await state.store.progress(id, "failed", { found: 0, imported: 0, skipped: 0, failed: 0 });
    throw refusal(ingestErrorFrom(error));
  }
}

const text = { type: "string" } as const;
const count = { type: "integer", minimum: 0 } as const;
const jobSchema: JsonSchema = {
  title: "ImportJob",
  type: "object",
  additionalProperties: false,
  required: ["id", "path", "state", "found", "imported", "skipped", "failed", "failures"],
  properties: {
    id: text,
    path: text,
    state: { enum: ["scanning", "running", "done", "stopped", "failed"] },
    found: count,
    imported: count,
    skipped: { ...count, description: "known already" },
    failed: count,
    rate: { type: "number", description: "seconds of music imported per second" },
    etaMs: { type: "integer", description: "milliseconds left, once all files are found" },
    failures: { type: "array", items: { type: "object", additionalProperties: false, required: ["path", "code", "message"], properties: { path: text, code: text, message: text } } },
  },
};

const jobId = { type: "string", pattern: /^[0-9a-f]{32}$/ } as const;

const service: ServiceSchema = {
  name: "ingest",
  actions: {
    start: action({
      access: "admin",
      summary: "Import a folder of the server. Starting a folder that is being imported answers that job",
      params: { path: { type: "string", min: 1, max: 4096, description: "absolute path of a folder or file on the server" } },
      returns: jobSchema,
      async handler(ctx): Promise<JobView> {
        const state = stateOf(this);
        if (!isAbsolute(ctx.params.path) || ctx.params.path.includes("\0")) throw new InvalidInput("The path must be absolute.");
        const path = resolve(ctx.params.path);
        const started = state.starting.then(() => startJob(this, path));
        state.starting = started.catch(() => {});
        return (await started).view();
      },
    }),

    job: action({
      access: "admin",
      summary: "How far an import is",
      params: { id: jobId },
      returns: jobSchema,
      async handler(ctx): Promise<JobView> {
        const state = stateOf(this);
        if (state.job?.id === ctx.params.id) return state.job.view();
        const row = await state.store.read(ctx.params.id);
        if (row === undefined) throw new NotFound("import", ctx.params.id);
        return row;
      },
    }),

    stop: action({
      access: "admin",
      summary: "Stop an import after the tracks it is at. Starting the same folder again goes on from there",
      params: { id: jobId, now: { type: "boolean", default: false, description: "do not finish the tracks in progress" } },
      returns: jobSchema,
      async handler(ctx): Promise<JobView> {
        const state = stateOf(this);
        const { id, now } = ctx.params;
        if (state.job?.id === id) {
          state.job.stop(now);
          return state.job.view();
        }
        await state.store.stop(id);
        const row = await state.store.read(id);
        if (row === undefined) throw new NotFound("import", id);
        return row;
      },
    }),

    upload: Object.assign(
      action({
        access: "admin",
        summary: "Import one file, which comes as the call's stream. A known one is not encoded again",
        params: {
          name: { type: "string", min: 1, max: 1024, description: "the file's own name: only its extension and, without tags, its words are used" },
        },
        returns: { title: "ImportedFile", type: "object", additionalProperties: false, required: ["trackId", "created"], properties: { trackId: text, created: { type: "boolean" } } },
        async handler(ctx): Promise<{ trackId: string; created: boolean }> {
          const state = stateOf(this);
          const stream = (ctx as { stream?: Readable | null }).stream;
          if (!isReadable(stream)) throw new InvalidInput("The file comes as the call's stream.");
          if (state.uploads >= uploadsAtOnce) {
            stream.destroy();
            throw new Overloaded("Too many uploads are waiting.", 10_000);
          }
          state.uploads++;
          const name = (ctx.params.name.split(/[/\\]/).at(-1) ?? "").replace(/\p{Cc}/gu, "") || "upload";
          try {
            return await withReceived(resourcesOf(this.broker).config.DATA_DIR, stream, async (path) => {
              const task = { path, source: `upload:${name}`, name, root: undefined };
              const { trackId, created } = await withPool(this, (pool) => state.library.oneFile(async (host) => state.library.accept(await pool.run(task, host))));
              return { trackId, created };
            });
          } catch (error) {
            throw error instanceof InvalidInput ? error : refusal(ingestErrorFrom(error));
          } finally {
            state.uploads--;
          }
        },
      }),
      // A long track on a slow machine; ffmpeg's own limits end it (limits.ts).
      { timeout: 3_600_000 },
    ),
  },

  async started() {
    const { ports, config } = resourcesOf(this.broker);
    const catalog = catalogClient(this.broker);
    open(this, {
      store: new JobStore(ports.database),
      catalog,
      library: new Library(catalog, ports.objects),
      workers: config.IMPORT_WORKERS,
      pool: undefined,
      users: 0,
      uploads: 0,
      job: undefined,
      starting: Promise.resolve(),
    });
    await sweepReceived(config.DATA_DIR).catch((error: unknown) => this.logger.warn("what killed uploads left was not removed", error));
  },

  async stopped() {
    const state = ifRunning(this);
    // Tracks in progress are given up: stopping must not take as long as encoding.
    state?.job?.stop(true);
    await state?.pool?.then((pool) => pool.close()).catch(() => {});
    await state?.job?.ended;
    close(this);
  },
};

/** What went wrong with a file or folder as an answer to the caller: 422 for the file's fault, 503 for what this needs and lacks, 500 for a defect. */
function refusal(error: IngestError): Error {
  if (error.code === "INTERNAL") return error;
  if (error.code === "STORAGE") return new Unavailable("UNAVAILABLE", "A store does not answer at the moment; the file can be sent again.", 5_000);
  if (error.code === "STOPPED") return new Unavailable("STOPPING", "This node stops; the file can be sent again.", 5_000);
  if (error.code === "NO_FFMPEG") return new Unavailable("NO_FFMPEG", error.message, 60_000);
  return new InvalidInput(error.message, { reason: error.code });
}

export default service;
