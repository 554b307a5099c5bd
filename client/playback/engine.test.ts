/** The engine from HTTP to rendered samples, on real encodes with the real decoders, against ffmpeg's decode of the whole. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { TierName } from "../../audio/index.ts";
import { PlaybackError } from "../errors.ts";
import type { Track } from "../shapes.ts";
import { ChunkServer } from "./testing/chunk-server.ts";
import { encodeTrack, type EncodedTrack } from "./testing/encoded-track.ts";
import { PulledOutput } from "./testing/pulled-output.ts";
import type { PlayerState } from "./player-state.ts";
import { Player } from "./player.ts";

const tolerance = 1e-6;

let stereo: EncodedTrack;
let second: EncodedTrack;
let mono: EncodedTrack;
let other: EncodedTrack;
let server: ChunkServer;

beforeAll(async () => {
  stereo = await encodeTrack({ id: "stereo", rate: 44_100, channels: 2, samples: 44_100 * 12 + 345, tiers: ["96", "160", "320", "flac"], pitch: 220 });
  second = await encodeTrack({ id: "second", rate: 44_100, channels: 2, samples: 44_100 * 6 + 7, tiers: ["96", "160"], pitch: 330 });
  mono = await encodeTrack({ id: "mono", rate: 44_100, channels: 1, samples: 44_100 * 5 + 44, tiers: ["160"], pitch: 150 });
  other = await encodeTrack({ id: "other", rate: 48_000, channels: 2, samples: 48_000 * 7, tiers: ["160", "flac"], pitch: 440 });
  server = new ChunkServer([stereo, second, mono, other]);
  await server.start();
});

afterAll(() => server.stop());

let output: PulledOutput;
let player: Player;
let states: PlayerState[];

beforeEach(() => {
  server.fault = () => false;
  server.requests.length = 0;
  output = new PulledOutput();
  states = [];
  player = new Player({ output, grant: async (trackId) => server.grant(trackId), changed: (state) => states.push(state) });
  player.setNormalised(false);
});

afterEach(() => output.producer.close());

function track(encoded: EncodedTrack): Track {
  const { track: id, samples, rate } = encoded.manifest;
  return { id, title: id, artists: [], album: { id: "a", title: "a" }, disc: 1, number: 1, year: null, durationMs: (samples / rate) * 1_000, imageId: null, genres: [], tiers: [] };
}

const item = (id: string, encoded: EncodedTrack) => ({ id, track: track(encoded) });

function decodeOf(encoded: EncodedTrack, tier: TierName, from: number = 0): [Float32Array, Float32Array] {
  const [left, right = left] = encoded.decoded[tier] ?? [];
  if (left === undefined || right === undefined) throw new Error(`no tier ${tier}`);
  return [left.subarray(from), right.subarray(from)];
}

/** Largest difference of two stereo signals of one length; Infinity when the lengths differ. */
function difference(a: readonly [Float32Array, Float32Array], b: readonly [Float32Array, Float32Array]): number {
  if (a[0].length !== b[0].length) return Infinity;
  let max = 0;
  for (const channel of [0, 1] as const) for (let i = 0; i < a[channel].length; i++) max = Math.max(max, Math.abs((a[channel][i] ?? NaN) - (b[channel][i] ?? NaN)));
  return max;
}

function joined(...parts: readonly (readonly [Float32Array, Float32Array])[]): [Float32Array, Float32Array] {
  return [0, 1].map((channel) => Float32Array.from(parts.flatMap((part) => Array.from(part[channel as 0 | 1])))) as [Float32Array, Float32Array];
}

/** Energy of the third difference, dB: what a click adds and music of our kind hardly has (audio.md 1.4). */
function highFrequencyDb(samples: Float32Array): number {
  let energy = 1e-20;
  for (let i = 3; i < samples.length; i++) energy += ((samples[i] ?? 0) - 3 * (samples[i - 1] ?? 0) + 3 * (samples[i - 2] ?? 0) - (samples[i - 3] ?? 0)) ** 2;
  return 10 * Math.log10(energy);
}

describe("engine - one track", () => {
  test.each(["96", "160", "320", "flac"] as const)("plays tier %s as ffmpeg decodes the whole encode, sample for sample", async (tier) => {
    player.setQuality(tier);
    await player.play([track(stereo)]);
    const heard = await output.pull();
    expect(heard[0]).toHaveLength(stereo.manifest.samples);
    expect(difference(heard, decodeOf(stereo, tier))).toBeLessThanOrEqual(tolerance);
    expect(player.state.status).toBe("ended");
  });

  test.each(["160", "flac"] as const)("plays 48 kHz in tier %s exactly", async (tier) => {
    player.setQuality(tier);
    await player.play([track(other)]);
    expect(difference(await output.pull(), decodeOf(other, tier))).toBeLessThanOrEqual(tolerance);
  });

  test("plays mono on both sides, with a last chunk of 44 samples", async () => {
    await player.play([track(mono)]);
    expect(difference(await output.pull(), decodeOf(mono, "160"))).toBeLessThanOrEqual(tolerance);
  });

  test("skips the header it holds, and says so with a Range", async () => {
    await player.play([track(stereo)]);
    await output.pull();
    const headerBytes = stereo.manifest.tiers["160"]?.header.bytes;
    expect(server.requests.map(({ path, range }) => [path, range])).toEqual([
      ["/audio/stereo/160/0.ogg", null],
      ["/audio/stereo/160/1.ogg", `bytes=${headerBytes}-`],
      ["/audio/stereo/160/2.ogg", `bytes=${headerBytes}-`],
    ]);
  });
});

describe("engine - seeks", () => {
  test.each([1, 220_499, 220_500, 220_501, 300_000, 44_100 * 12 + 344])("lands on sample %i exactly, faded in over 64 samples", async (sample) => {
    await player.play([track(stereo)]);
    await output.pull(4_096);
    player.seek((sample / 44_100) * 1_000);
    await output.pull(0);
    const heard = await output.pull();
    const expected = decodeOf(stereo, "160", sample);
    expect(heard[0]).toHaveLength(expected[0].length);
    const faded = Math.min(192, expected[0].length);
    expect(difference([heard[0].subarray(faded), heard[1].subarray(faded)], [expected[0].subarray(faded), expected[1].subarray(faded)])).toBeLessThanOrEqual(tolerance);
  });

  test("going back plays from what is kept, without a request", async () => {
    await player.play([track(stereo)]);
    await output.pull();
    server.requests.length = 0;
    player.seek(1_000);
    player.resume();
    await output.pull(44_100);
    expect(server.requests).toEqual([]);
  });
});

describe("engine - changes of tier", () => {
  const changes: readonly (readonly [TierName, TierName])[] = [["96", "320"], ["320", "96"], ["160", "flac"], ["flac", "160"], ["flac", "96"]];
  test.each(changes)("%s to %s at a chunk boundary: same length, no click", async (from, to) => {
    player.setQuality(from);
    await player.play([track(stereo)]);
    const first = await output.pull(44_100);
    player.setQuality(to);
    const heard = joined(first, await output.pull());
    const seam = 5 * 44_100;
    expect(heard[0]).toHaveLength(stereo.manifest.samples);
    expect(difference([heard[0].subarray(0, seam - 64), heard[1].subarray(0, seam - 64)], decodeOf(stereo, from).map((c) => c.subarray(0, seam - 64)) as [Float32Array, Float32Array])).toBeLessThanOrEqual(tolerance);
    expect(difference([heard[0].subarray(seam + 64), heard[1].subarray(seam + 64)], decodeOf(stereo, to, seam + 64))).toBeLessThanOrEqual(tolerance);
    // Around the seam, against the louder of the two tiers at the same place.
    const around = (samples: Float32Array) => highFrequencyDb(samples.subarray(seam - 128, seam + 128));
    const unswitched = Math.max(around(decodeOf(stereo, from)[0]), around(decodeOf(stereo, to)[0]));
    expect(around(heard[0]) - unswitched).toBeLessThan(1);
  });
});

describe("engine - from track to track", () => {
  test("one rate: the next track's first sample follows the last one", async () => {
    await player.play([track(stereo), track(second), track(mono)]);
    const heard = await output.pull();
    expect(difference(heard, joined(decodeOf(stereo, "160"), decodeOf(second, "160"), decodeOf(mono, "160")))).toBeLessThanOrEqual(tolerance);
    const sounding = states.slice(states.findIndex(({ status }) => status === "playing"));
    expect(new Set(sounding.map(({ status }) => status))).toEqual(new Set(["playing", "ended"]));
    expect([...new Set(sounding.map(({ item }) => item?.track.id))]).toEqual(["stereo", "second", "mono"]);
  });

  test("another rate: the whole of both tracks, one after the other", async () => {
    await player.play([track(mono), track(other)]);
    const heard = await output.pull();
    expect(difference(heard, joined(decodeOf(mono, "160"), decodeOf(other, "160")))).toBeLessThanOrEqual(tolerance);
  });

  test("chunk 0 of the next track is fetched while this one plays", async () => {
    await player.play([track(stereo), track(second)]);
    await output.pull(44_100);
    await server.asked("/audio/second/160/0.ogg");
    expect(server.requests.map(({ path }) => path)).toEqual(["/audio/stereo/160/0.ogg", "/audio/stereo/160/1.ogg", "/audio/stereo/160/2.ogg", "/audio/second/160/0.ogg"]);
  });

  test("a track put in between after the join was decoded is still heard in its place", async () => {
    await player.play([track(mono), track(second)]);
    // Within the last second, the next track is decoded already.
    const first = await output.pull(mono.manifest.samples - 44_100);
    player.playNext([track(stereo)]);
    const rest = await output.pull(44_100 + 1_000);
    const heard = joined(first, rest);
    const expected = joined(decodeOf(mono, "160"), decodeOf(stereo, "160"));
    expect(player.state.item?.track.id).toBe("stereo");
    const at = mono.manifest.samples;
    expect(difference([heard[0].subarray(at, at + 900), heard[1].subarray(at, at + 900)], [expected[0].subarray(at, at + 900), expected[1].subarray(at, at + 900)])).toBeLessThanOrEqual(tolerance);
  });
});

describe("engine - pause and volume", () => {
  test("a pause keeps every sample: what follows it continues where it stopped", async () => {
    await player.play([track(stereo)]);
    await output.pull(50_000);
    player.pause();
    await output.pull(1_000);
    const stopped = output.heard().sample;
    expect(await output.pull(10)).toEqual([new Float32Array(0), new Float32Array(0)]);
    expect(output.heard().sample).toBe(stopped);
    player.resume();
    const heard = await output.pull();
    const expected = decodeOf(stereo, "160", stopped);
    expect(heard[0]).toHaveLength(expected[0].length);
    expect(difference([heard[0].subarray(256), heard[1].subarray(256)], [expected[0].subarray(256), expected[1].subarray(256)])).toBeLessThanOrEqual(tolerance);
  });

  test("normalisation brings -10 LUFS to -14, exactly from the first sample on", async () => {
    player.setNormalised(true);
    await player.play([track(mono)]);
    const heard = await output.pull();
    const gain = 10 ** (-4 / 20);
    const [left] = decodeOf(mono, "160");
    const scaled = left.map((sample) => sample * gain);
    expect(difference(heard, [scaled, scaled])).toBeLessThanOrEqual(tolerance);
  });

  test("a volume change ramps, and ends at the volume", async () => {
    await player.play([track(stereo)]);
    await output.pull(10_000 - (10_000 % 128));
    player.setVolume(0.5);
    const at = output.heard().sample;
    const [left] = await output.pull(20_000);
    const [reference] = decodeOf(stereo, "160", at);
    const settled = left.subarray(1_000);
    expect(difference([settled, settled], [reference.subarray(1_000, left.length).map((s) => s * 0.5), reference.subarray(1_000, left.length).map((s) => s * 0.5)])).toBeLessThanOrEqual(tolerance);
  });
});

describe("engine - a queue that is kept elsewhere", () => {
  test("waits where it is told, fetching nothing, and begins there", async () => {
    player.follow([item("a", mono), item("b", stereo), item("c", second)], 1, { positionMs: 3_000, playing: false });
    player.seek(4_000);
    expect([player.state.status, player.state.item?.id, player.positionMs, server.requests.length]).toEqual(["paused", "b", 4_000, 0]);
    player.resume();
    const heard = await output.pull();
    expect(difference([heard[0].subarray(192, 44_100), heard[1].subarray(192, 44_100)], decodeOf(stereo, "160", 4 * 44_100).map((side) => side.subarray(192, 44_100)) as [Float32Array, Float32Array])).toBeLessThanOrEqual(tolerance);
    expect(heard[0].length).toBe(stereo.manifest.samples - 4 * 44_100 + second.manifest.samples);
  });

  test("what plays goes on while the queue around it changes, into what is next now", async () => {
    await player.play([track(stereo)]);
    const first = await output.pull(44_100);
    const { item: current } = player.state;
    if (current === null) throw new Error("nothing plays");
    for (let times = 0; times < 3; times++) player.follow([item("x", mono), { ...current }, item("y", second)], 1, { positionMs: 0, playing: true });
    const heard = joined(first, await output.pull());
    expect(difference(heard, joined(decodeOf(stereo, "160"), decodeOf(second, "160")))).toBeLessThanOrEqual(tolerance);
    expect([player.state.index, player.state.item?.id]).toEqual([2, "y"]);
  });

  test("another current item is played at once, and an empty queue is silence", async () => {
    await player.play([track(stereo)]);
    await output.pull(44_100);
    player.follow([item("z", second)], 0, { positionMs: 1_000, playing: true });
    const [left] = await output.pull();
    expect(left.length).toBe(second.manifest.samples - 44_100);
    player.follow([], -1, { positionMs: 0, playing: false });
    expect([player.state.status, player.state.item, player.positionMs]).toEqual(["idle", null, 0]);
  });
});

describe("engine - a bad network", () => {
  test("503 and broken bodies are retried; not a sample is lost", async () => {
    const seen = new Map<string, number>();
    server.fault = ({ path, range }, response, body) => {
      const count = (seen.get(path) ?? 0) + 1;
      seen.set(path, count);
      if (count === 1) {
        response.writeHead(503, { "content-type": "application/json", "retry-after": "0" }).end(JSON.stringify({ error: { code: "OVERLOADED", message: "Busy.", retryable: true } }));
        return true;
      }
      if (count === 2 && range === null) {
        response.writeHead(200, { "content-length": body.length });
        response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
        return true;
      }
      return false;
    };
    await player.play([track(stereo)]);
    expect(difference(await output.pull(), decodeOf(stereo, "160"))).toBeLessThanOrEqual(tolerance);
  });

  test("a refused signature is renewed once, then played", async () => {
    const before = Number(/\d+/.exec(server.grant("stereo").tiers["160"]?.query ?? "")?.[0]);
    const firstQuery = `?sig=${before + 1}`;
    server.fault = ({ query }, response) => {
      if (query !== firstQuery) return false;
      response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ error: { code: "EXPIRED", message: "The link has ended.", retryable: false } }));
      return true;
    };
    await player.play([track(stereo)]);
    expect(difference(await output.pull(), decodeOf(stereo, "160"))).toBeLessThanOrEqual(tolerance);
  });

  test("a grant about to end is renewed before it is used", async () => {
    let grants = 0;
    player = new Player({ output, changed: () => {}, grant: async (trackId) => server.grant(trackId, (grants += 1) === 1 ? 1_000 : 3_600_000) });
    player.setNormalised(false);
    await player.play([track(mono)]);
    const heard = await output.pull();
    expect(heard[0]).toHaveLength(mono.manifest.samples);
    expect(grants).toBe(2);
  });

  test("a missing chunk: what comes before is heard, then the error", async () => {
    server.fault = ({ path }, response) => {
      if (!path.endsWith("/1.ogg")) return false;
      response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ error: { code: "NOT_FOUND", message: "There is no such chunk.", retryable: false } }));
      return true;
    };
    await player.play([track(stereo)]);
    const [left] = await output.pull();
    expect(left).toHaveLength(5 * 44_100);
    expect(player.state.status).toBe("error");
    expect(player.state.error).toBeInstanceOf(PlaybackError);
    expect(player.state.error?.code).toBe("MISSING");
    // It is there again: the same click that plays tries again, where it stopped.
    server.fault = () => false;
    player.toggle();
    const [rest] = await output.pull();
    expect(rest.length).toBe(stereo.manifest.samples - 5 * 44_100);
  });

  test("damaged bytes are an error, not noise", async () => {
    server.fault = ({ path }, response, body) => {
      if (!path.endsWith("/0.ogg")) return false;
      const damaged = body.slice();
      damaged[Math.floor(body.length / 2)] = (damaged[Math.floor(body.length / 2)] ?? 0) ^ 0xff;
      response.writeHead(200, { "content-length": body.length }).end(damaged);
      return true;
    };
    await player.play([track(stereo)]);
    await output.pull();
    expect(player.state.error?.code).toBe("CORRUPT");
  });
});

describe("engine - a start at a time", () => {
  test("in the middle of a track, from exactly there, and on into the next", async () => {
    output.framesUntil = () => 512;
    player.startAt([item("a", stereo), item("b", second)], 0, 3_000, 0);
    const first = await output.pull(1);
    expect(player.sounding).toMatchObject({ itemId: "a" });
    const heard = joined(first, await output.pull());
    const whole = joined(decodeOf(stereo, "160", 3 * 44_100), decodeOf(second, "160"));
    expect(heard[0].length).toBe(whole[0].length);
    // It begins in the middle of the music: ramped in.
    expect(difference([heard[0].subarray(192), heard[1].subarray(192)], [whole[0].subarray(192), whole[1].subarray(192)])).toBeLessThanOrEqual(tolerance);
  });

  test("that has passed leaves out what the others have heard", async () => {
    output.framesUntil = () => -44_100;
    player.startAt([item("a", stereo)], 0, 0, 0);
    await output.pull(44_100);
    const [left] = await output.pull(44_100);
    const [whole] = decodeOf(stereo, "160");
    const at = output.heard().sample - left.length;
    expect(at).toBeGreaterThan(44_100);
    expect(difference([left, left], [whole.subarray(at, at + left.length), whole.subarray(at, at + left.length)])).toBeLessThanOrEqual(tolerance);
  });

  test("moves what sounds without fetching it again", async () => {
    await player.play([track(stereo)]);
    await output.pull(44_100);
    const { item: current } = player.state;
    if (current === null) throw new Error("nothing plays");
    const before = server.requests.length;
    const { sample } = output.heard();
    output.framesUntil = () => 0;
    player.startAt([current], 0, ((sample + 2_000) / 44_100) * 1_000, performance.now());
    await output.pull(128);
    expect(output.heard().sample).toBeGreaterThanOrEqual(sample + 2_000);
    expect(output.heard().sample).toBeLessThan(sample + 2_400);
    expect(server.requests.slice(before).filter(({ path }) => path.endsWith("/0.ogg"))).toEqual([]);
  });
});
