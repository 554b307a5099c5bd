/** What commands and benches may use of ingest besides its actions. */
export { makeDemoLibrary } from "./demo/index.ts";
export { findTools } from "./ffmpeg.ts";
export type { JobView } from "./job.ts";
export type { Host } from "./pipeline.ts";
export { Pool } from "./pool.ts";
export { probe } from "./probe.ts";
export { encodeArgs, planFor } from "./encode.ts";
