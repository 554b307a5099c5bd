/** The typed client: the REST API and the playback engine, for browsers and Node. */
export * from "./abr/index.ts";
export * from "./api.ts";
export * from "./clock/index.ts";
export * from "./device/index.ts";
export * from "./edits/index.ts";
export * from "./errors.ts";
export * from "./group/index.ts";
export * from "./playlists.ts";
export * from "./session.ts";
export * from "./shapes.ts";
export * from "./social.ts";
export type { Stamped } from "./stamped.ts";
export * from "./playback/index.ts";
export * from "./socket/index.ts";
