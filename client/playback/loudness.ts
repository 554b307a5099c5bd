/**
 * Loudness normalisation: the gain that brings a track to -14 LUFS, held down so that its true peak stays at or under
 * -1 dBTP (EBU R 128; the headroom is for the resampler and DAC behind us). Never baked into the audio.
 */
import type { Loudness } from "../../audio/index.ts";

const targetLufs = -14;
const peakCeilingDbtp = -1;
/** A whisper is not turned into noise. */
const maxGainDb = 12;

/** Linear gain for a track; 1 when its loudness is unknown (silence). */
export function normalisationGain({ lufs, truePeak }: Loudness): number {
  if (lufs === null || !Number.isFinite(lufs)) return 1;
  const headroomDb = truePeak === null ? 0 : peakCeilingDbtp - truePeak;
  return 10 ** (Math.min(targetLufs - lufs, headroomDb, maxGainDb) / 20);
}
