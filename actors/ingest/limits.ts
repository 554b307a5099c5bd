/** Every bound of ingest, with unit and reason. */

export const limits = {
  /** Longest track. A ten-hour sleep mix is refused with a reason instead of holding a worker for an hour. */
  trackMs: 4 * 60 * 60 * 1000,
  /** Biggest file: four hours of 24-bit 96 kHz stereo are 8.3 GB; nothing that long is sold above 48 kHz. */
  fileBytes: 4 * 2 ** 30,
  /** One upload: two hours of 24 bit stereo at 96 kHz are larger, everything ordinary is smaller. The gateway holds to the same. */
  uploadBytes: 2 ** 30,
  /** Address space of one ffmpeg. It needs about 350 MB of it, mostly shared libraries. */
  ffmpegMemoryBytes: 2 ** 30,
  /** CPU of one ffmpeg: a fixed part, and 1 s for every 2 s of music (10x what a slow core needs). */
  ffmpegCpuSeconds: 60,
  ffmpegCpuPerSecond: 0.5,
  /** Wall time is this many times the CPU allowance: the machine is shared with whoever is listening. */
  ffmpegWallFactor: 4,
  /** Streams that a file may declare: audio, pictures, lyrics; hundreds are an attack on the demuxer. */
  ffmpegStreams: 16,
  /** What ffmpeg may say before we stop keeping it. */
  stderrBytes: 256 * 1024,
  /** Damaged frames tolerated: a few clicks in an old file are music, a noise every other second is not. */
  decodeErrors: 20,
  decodeErrorsPerSecond: 0.5,
  /** A track ends this much earlier than declared before it counts as truncated (VBR headers are that inexact). */
  truncationMs: 1000,
  /** Time music-metadata gets; it takes 2-18 ms. */
  tagsMs: 10_000,
  /** Picture file or embedded picture that we look at. */
  artBytes: 32 * 2 ** 20,
  /** Pixels of a picture before decoding: a 1 kB PNG can claim 50,000 x 50,000. */
  artPixels: 25_000_000,
  /** Longest side of a stored picture. */
  artSidePixels: 1000,
  /** Longest tag kept, in characters. */
  tagLength: 300,
  artistsPerTrack: 16,
  genresPerTrack: 8,
  /** Depth of folders, and files of one import. */
  walkDepth: 32,
  walkFiles: 2_000_000,
  /** Failures stored per job; the count goes on beyond it. */
  failuresKept: 1000,
  /** What is kept of a failure's path, in UTF-8: Linux allows 4096 bytes, an index entry of PostgreSQL 2704 with the job's id. */
  failurePathBytes: 2_500,
  /** Chunks on their way to the object store per track: back-pressure reaches ffmpeg when it is slower. */
  putsInFlight: 4,
  /** Audio analysed per track, from its middle. */
  analysisMs: 60_000,
  /** A worker that is this late after everything else was bounded is stuck: it is replaced. */
  workerGraceMs: 60_000,
} as const;
