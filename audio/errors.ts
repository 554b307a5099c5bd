/**
 * Errors of the audio format. All of them mean "these bytes are not what they should be": asking again with the same
 * bytes fails again. `code` is stable and safe to log or count; `message` is a sentence for a person.
 */

abstract class AudioError<Code extends string> extends Error {
  readonly retryable = false;
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** The bytes are not Ogg pages, or the pages are damaged, missing or out of order. */
export class OggError extends AudioError<"not-ogg" | "bad-crc" | "bad-sequence" | "several-streams" | "too-large" | "truncated"> {
  override readonly name = "OggError";
}

/** The Ogg pages are whole, but what they carry is not a Vorbis stream this product can cut. */
export class VorbisError extends AudioError<"bad-header" | "bad-packet" | "bad-position" | "empty" | "truncated"> {
  override readonly name = "VorbisError";
}

/** Not a FLAC stream this product can cut, or a damaged one. */
export class FlacError extends AudioError<"not-flac" | "bad-header" | "bad-frame" | "bad-block-size" | "too-large" | "empty" | "truncated"> {
  override readonly name = "FlacError";
}

/** A manifest or a file layout contradicts itself or the chunk it is used with. */
export class InvalidManifest extends AudioError<"bad-manifest" | "bad-layout" | "no-such-chunk" | "chunk-differs"> {
  override readonly name = "InvalidManifest";
}
