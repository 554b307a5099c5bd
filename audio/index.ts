/** The audio format: manifest, Ogg and FLAC chunks, whole files. Pure, and safe in a browser: no Node modules. */
export * from "./errors.ts";
export * from "./manifest.ts";
export { assertManifest, tierManifest, type StoredChunk } from "./manifest-build.ts";
export type { Chunk, ChunkedStream } from "./chunk.ts";
export { VorbisChunker } from "./vorbis-chunker.ts";
export { FlacChunker } from "./flac-chunker.ts";
export { filePart, partsOfRange, type PartSlice, type PartSource } from "./whole-file.ts";
export { FlacChunkReader, VorbisChunkReader, type VorbisHeaders, type VorbisPage } from "./chunk-reader.ts";
export type { FlacFrame } from "./flac.ts";
export { PageReader, wholePackets, type OggPage } from "./ogg.ts";
