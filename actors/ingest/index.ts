/** What commands, benches and tests may use of ingest besides its actions. */
export { makeDemoLibrary } from "./demo/index.ts";
export { findTools, packagedFfmpeg } from "./ffmpeg.ts";
export { IngestError, type IngestCode } from "./errors.ts";
export { Pool } from "./pool.ts";
export type { FileTask, Host, Outcome } from "./pipeline.ts";
export type { JobView } from "./job.ts";
export { probe } from "./probe.ts";
export { encodeArgs, planFor } from "./encode.ts";
