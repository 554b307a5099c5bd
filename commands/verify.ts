/**
 * `npm run verify [-- --tracks N] [--exact N]`: plays every track of the library to its end, in every tier, as a client would:
 * a play grant, signed URLs, chunks over HTTP, the player's own engine. A track passes when every tier gives exactly
 * the samples its manifest promises. Beside a running service or without one; exit status 1 when a track fails.
 *
 * --exact N also encodes the sources of N tracks again with ffmpeg alone, and compares ffmpeg's decode of that, sample for
 * sample, with ffmpeg's decode of the stored chunks put end to end.
 */
import { parseArgs } from "node:util";
import type { ServiceBroker } from "moleculer";
import { tierNames, type TierName } from "../audio/index.ts";
import { ChunkSource, FixedTier, Producer, type Grant } from "../client/index.ts";
import { loadConfig } from "../config.ts";
import { startNode } from "../ensemble.ts";
import { operator } from "./operator.ts";
import { differingSamples } from "./verify-exact.ts";

interface Track {
  readonly id: string;
  readonly title: string;
}

export default async function verify(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { tracks: { type: "string", default: "1000000" }, exact: { type: "string", default: "0" } } });
  const [most, exact] = [Number(values.tracks), Number(values.exact)];
  if (!Number.isSafeInteger(most) || !Number.isSafeInteger(exact) || most < 1 || exact < 0) {
    console.error("usage: npm run verify [-- --tracks N] [--exact N]");
    return 2;
  }
  // A gateway of its own on free ports, so that it runs beside a service and measures nothing of its rate limits.
  const config = { ...loadConfig({ ...process.env, HOST: "127.0.0.1", PORT: "0", OPS_PORT: "0" }), PUBLIC_URL: undefined, EDGE_URL: undefined };
  const node = await startNode(config, ["catalog", "rights", "streaming", "account", "search", "gateway"]);
  try {
    const { url } = await node.broker.call<{ url: string }>("gateway.address");
    const tracks = (await allTracks(node.broker)).slice(0, most);
    let failed = 0;
    let chunks = 0;
    for (const [index, track] of tracks.entries()) {
      const grant = await node.broker.call<Grant & { manifest: Grant["manifest"] }, object>("streaming.play", { trackId: track.id, quality: "auto", deviceId: "verify" }, { meta: { ...operator, origin: url } });
      const tiers = tierNames.filter((tier) => grant.manifest.tiers[tier] !== undefined);
      const problems = (await Promise.all(tiers.map(async (tier) => problemOf(tier, grant, await playedSamples(grant, tier))))).filter((problem) => problem !== undefined);
      chunks += tiers.reduce((sum, tier) => sum + (grant.manifest.tiers[tier]?.chunks.length ?? 0), 0);
      failed += problems.length > 0 ? 1 : 0;
      console.log(`${index + 1}/${tracks.length} ${problems.length === 0 ? "ok  " : "FAIL"} ${track.title} (${tiers.join(", ")})${problems.map((problem) => `\n    ${problem}`).join("")}`);
    }
    for (const track of tracks.slice(0, exact)) failed += (await isExact(node.broker, config, track)) ? 0 : 1;
    console.log(`${tracks.length - failed} tracks good, ${failed} failed; ${chunks} chunks played.`);
    return failed === 0 && tracks.length > 0 ? 0 : 1;
  } finally {
    await node.stop();
  }
}

async function allTracks(broker: ServiceBroker): Promise<Track[]> {
  const tracks: Track[] = [];
  let cursor: string | null | undefined;
  do {
    const page: { items: { id: string }[]; nextCursor: string | null } = await broker.call("catalog.albums", { limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    for (const { id } of page.items) tracks.push(...(await broker.call<{ tracks: Track[] }, object>("catalog.album", { id })).tracks);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return tracks;
}

/** Samples per channel that the player's engine gives for the whole track, or why it gave up. */
async function playedSamples(grant: Grant, tier: TierName): Promise<number | Error> {
  const renew = async () => grant;
  const source = new ChunkSource({ renew });
  let samples = 0;
  const ended = Promise.withResolvers<number | Error>();
  const producer = new Producer({
    source,
    chooser: new FixedTier(tier),
    sink: { write: async ({ channels }) => void (samples += channels[0]?.length ?? 0), end: () => ended.resolve(samples), aheadMs: 0 },
    failed: (_generation, _entry, error) => ended.resolve(error),
    overtaken: () => {},
  });
  producer.load(1, { id: "only", grant }, 0);
  producer.setNext("only", null);
  try {
    return await ended.promise;
  } finally {
    await producer.close();
  }
}

function problemOf(tier: TierName, grant: Grant, played: number | Error): string | undefined {
  if (played instanceof Error) return `${tier}: ${played.message}`;
  return played === grant.manifest.samples ? undefined : `${tier}: ${played} samples of ${grant.manifest.samples}`;
}

async function isExact(broker: ServiceBroker, config: ReturnType<typeof loadConfig>, track: Track): Promise<boolean> {
  let isSame = true;
  for await (const { tier, samples, differing } of differingSamples(broker, config, track.id)) {
    isSame &&= differing === 0;
    console.log(`exact ${differing === 0 ? "ok  " : "FAIL"} ${track.title}, ${tier}: ${differing} of ${samples} samples differ from a decode of the whole encode`);
  }
  return isSame;
}
