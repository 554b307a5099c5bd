/**
 * Compares what is stored with ffmpeg alone: the source encoded again in one piece and decoded, against each chunk decoded by
 * itself, its lead and tail dropped, put end to end. Knows nothing of how ingest or the player do it.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ServiceBroker } from "moleculer";
import { findTools } from "../actors/ingest/index.ts";
import { chunkKey, lossyTiers, type Manifest, type TierName } from "../audio/index.ts";
import type { Config } from "../config.ts";
import { resourcesOf } from "../resources.ts";

const run = promisify(execFile);
const quality = { "96": "2", "160": "5", "320": "9" } as const;

/** Per lossy tier: samples of the whole encode (all channels), and how many differ from the stored chunks' (a difference in length counts whole). */
export async function* differingSamples(broker: ServiceBroker, config: Config, trackId: string): AsyncGenerator<{ tier: TierName; samples: number; differing: number }> {
  const { ports } = resourcesOf(broker);
  const { manifest } = await broker.call<{ manifest: Manifest }, object>("catalog.manifest", { trackId });
  const [source] = await ports.database.query<{ path: string }>("select path from source where track_id = $1 order by path limit 1", [trackId]);
  if (source === undefined) throw new Error(`the source of track ${trackId} is not known`);
  const { tools } = await findTools(config.FFMPEG_PATH);
  const folder = await mkdtemp(join(tmpdir(), "ensemble-verify-"));
  const ffmpeg = async (...args: string[]) => void (await run(tools.ffmpeg, ["-hide_banner", "-loglevel", "error", "-y", "-nostdin", ...args]));
  const decode = async (from: string) => {
    await ffmpeg("-i", from, "-f", "f32le", "-c:a", "pcm_f32le", `${from}.f32`);
    const samples = await readFile(`${from}.f32`);
    await rm(`${from}.f32`);
    return samples;
  };
  try {
    for (const tier of lossyTiers) {
      const whole = join(folder, `${tier}.ogg`);
      const filter = `aresample=${manifest.rate}:resampler=soxr,aformat=sample_fmts=flt:channel_layouts=${manifest.channels === 1 ? "mono" : "stereo"}`;
      await ffmpeg("-i", source.path, "-map", "0:a:0", "-map_metadata", "-1", "-af", filter, "-c:a", "libvorbis", "-q:a", quality[tier], whole);
      const wanted = await decode(whole);
      const parts: Buffer[] = [];
      for (const [index, [, , lead, tail]] of (manifest.tiers[tier]?.chunks ?? []).entries()) {
        const chunk = await ports.objects.get(chunkKey(trackId, tier, index));
        if (chunk === undefined) throw new Error(`chunk ${index} of tier ${tier} is missing`);
        const path = join(folder, `${tier}-${index}.ogg`);
        await writeFile(path, chunk.body);
        const samples = await decode(path);
        const frame = 4 * manifest.channels;
        parts.push(samples.subarray(lead * frame, samples.length - tail * frame));
        await rm(path);
      }
      const stored = Buffer.concat(parts);
      yield { tier, samples: wanted.length / 4, differing: differences(wanted, stored) };
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function differences(a: Buffer, b: Buffer): number {
  if (a.equals(b)) return 0;
  let count = Math.abs(a.length - b.length) / 4;
  for (let at = 0; at + 4 <= Math.min(a.length, b.length); at += 4) if (a.readInt32LE(at) !== b.readInt32LE(at)) count++;
  return count;
}
