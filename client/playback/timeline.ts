/** Where a track's chunks lie in samples. Pure arithmetic over a manifest; the grid is the same in every tier. */
import { chunkCount, samplesOfChunk, type Manifest } from "../../audio/index.ts";

export type Grid = Pick<Manifest, "samples" | "chunkSamples">;

/** First sample of chunk `k` and how many samples it has. Throws RangeError outside the track. */
export function chunkSpan(grid: Grid, k: number): { start: number; samples: number } {
  if (!Number.isInteger(k) || k < 0 || k >= chunkCount(grid)) throw new RangeError(`no chunk ${k}`);
  return { start: k * grid.chunkSamples, samples: samplesOfChunk(grid, k) };
}

/** The chunk that holds `sample`, and the samples of it that come before. A position past the end is the last sample. */
export function locate(grid: Grid, sample: number): { chunk: number; offset: number } {
  const within = Math.min(Math.max(0, Math.floor(sample)), grid.samples - 1);
  const chunk = Math.floor(within / grid.chunkSamples);
  return { chunk, offset: within - chunk * grid.chunkSamples };
}
