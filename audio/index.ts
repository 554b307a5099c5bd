/** The audio format: manifest, Ogg and FLAC chunks, whole files. Pure, and safe in a browser: no Node modules. */
export * from "./errors.ts";
export * from "./manifest.ts";
export type { Chunk, ChunkedStream } from "./chunk.ts";
export { VorbisChunker } from "./vorbis-chunker.ts";
export { PageReader, wholePackets, type OggPage } from "./ogg.ts";
