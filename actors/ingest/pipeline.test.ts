import { beforeAll, describe, expect, test } from "@jest/globals";
import { appendFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertManifest, filePart, type TierName } from "../../audio/index.ts";
import { decode, ffmpeg, makeTestTrack } from "../../test/kit/audio.ts";
import { freshFolder } from "../../test/kit/index.ts";
import type { IngestedTrack } from "../catalog/ingested.ts";
import type { Tools } from "./box.ts";
import { audioMd5, encodeArgs, parseLoudness, planFor } from "./encode.ts";
import { findTools } from "./ffmpeg.ts";
import { Pipeline, type Host, type Verdict } from "./pipeline.ts";
import { parseProbe, probe } from "./probe.ts";
import { trackIdOf } from "./track-id.ts";

let tools: Tools;
let folder: string;
beforeAll(async () => {
  ({ tools } = await findTools());
  folder = await freshFolder("pipeline");
});

/** Keeps objects in memory and refuses other bytes under the same key, as the real store does. */
class Shelf implements Host {
  readonly objects = new Map<string, Uint8Array>();
  discarded = 0;
  answer: Verdict = { kind: "new" };

  verdict(): Promise<Verdict> {
    return Promise.resolve(this.answer);
  }

  put(key: string, body: Uint8Array): Promise<void> {
    const there = this.objects.get(key);
    if (there !== undefined && Buffer.compare(there, body) !== 0) return Promise.reject(Object.assign(new Error(key), { name: "ObjectConflict" }));
    this.objects.set(key, body.slice());
    return Promise.resolve();
  }

  discard(trackId: string): Promise<void> {
    this.discarded++;
    for (const key of this.objects.keys()) if (key.startsWith(`audio/${trackId}/`)) this.objects.delete(key);
    return Promise.resolve();
  }

  /** A tier as one file, from its chunks. */
  whole(track: IngestedTrack, tier: TierName): Buffer {
    const layout = track.layouts[tier];
    if (layout === undefined) throw new Error(`no tier ${tier}`);
    return Buffer.concat(
      layout.parts.map((_, index) => {
        const chunk = this.objects.get(`audio/${track.id}/${tier}/${index}.${tier === "flac" ? "flac" : "ogg"}`);
        if (chunk === undefined) throw new Error(`chunk ${index} of ${tier} is not stored`);
        return filePart({ manifest: track.manifest, tier, layout, index, chunk });
      }),
    );
  }
}

async function ingest(path: string, host: Host = new Shelf()): Promise<IngestedTrack> {
  const outcome = await new Pipeline(tools).run({ path, source: path, name: path, root: folder }, host);
  if (outcome.kind !== "imported") throw new Error(outcome.kind);
  assertManifest(outcome.track.manifest);
  return outcome.track;
}

const at = (name: string) => join(folder, name);

describe("a good file", () => {
  test("gives tiers that decode exactly like ffmpeg's whole encode, and a FLAC tier that is the source", async () => {
    const path = await makeTestTrack(at("Ann/Álbum/01 - Söng.wav"), { seconds: 12.345 });
    const shelf = new Shelf();
    const track = await ingest(path, shelf);
    expect(track).toMatchObject({ title: "Söng", artists: ["Ann"], album: "Álbum", number: 1, durationMs: 12_345 });
    expect(track.manifest).toMatchObject({ rate: 44_100, channels: 2, samples: 544_415, chunkSamples: 220_500 });

    const plan = planFor(await probe(tools, path, "wav"), "wav", { twoStages: false });
    const args = encodeArgs(plan, `file:${path}`, "file").map((word) => word.replace(/^pipe:(\d)$/, `file:${folder}/whole-$1`));
    await ffmpeg(args.slice(args.indexOf("-i")));
    for (const [i, tier] of (["96", "160", "320"] as const).entries()) {
      await writeFile(at(`${tier}.ogg`), shelf.whole(track, tier));
      const [ours, whole] = await Promise.all([decode(at(`${tier}.ogg`)), decode(at(`whole-${3 + i}`))]);
      expect(ours.length).toBe(2 * 544_415);
      expect(Buffer.compare(Buffer.from(ours.buffer), Buffer.from(whole.buffer))).toBe(0);
    }
    await writeFile(at("flac.flac"), shelf.whole(track, "flac"));
    const [lossless, source] = await Promise.all([decode(at("flac.flac")), decode(path)]);
    expect(Buffer.compare(Buffer.from(lossless.buffer), Buffer.from(source.buffer))).toBe(0);
  });

  test("gives the same objects and manifest when it is done again", async () => {
    const path = await makeTestTrack(at("again.flac"), { pitch: 300 });
    const shelf = new Shelf();
    const first = await ingest(path, shelf);
    expect(await ingest(path, shelf)).toEqual(first);
    expect(shelf.discarded).toBe(0);
  });

  test("replaces objects that an attempt with another encoder left behind", async () => {
    const path = await makeTestTrack(at("left.flac"), { pitch: 310 });
    const shelf = new Shelf();
    const track = await ingest(path, shelf);
    shelf.objects.set(`audio/${track.id}/160/0.ogg`, new Uint8Array([1]));
    expect(await ingest(path, shelf)).toEqual(track);
    expect(shelf.discarded).toBe(1);
  });

  test("24 bits stay 24 bits", async () => {
    const path = await makeTestTrack(at("deep.wav"), { rate: 48_000, options: ["-c:a", "pcm_s24le"], seconds: 5.5 });
    const shelf = new Shelf();
    const track = await ingest(path, shelf);
    expect(track.manifest.rate).toBe(48_000);
    await writeFile(at("deep-out.flac"), shelf.whole(track, "flac"));
    expect(Buffer.compare(Buffer.from((await decode(at("deep-out.flac"))).buffer), Buffer.from((await decode(path)).buffer))).toBe(0);
  });

  test.each([
    ["mono", { channels: 1 }, 44_100, 1, 264_600],
    ["8 kHz mono", { rate: 8000, channels: 1 }, 44_100, 1, 264_600],
    ["22 kHz", { rate: 22_050 }, 44_100, 2, 264_600],
    ["96 kHz", { rate: 96_000 }, 48_000, 2, 288_000],
    ["5.1", { channels: 6 }, 44_100, 2, 264_600],
    ["one sample", { seconds: 1 / 44_100 }, 44_100, 2, 1],
  ] as const)("%s takes its canonical form", async (name, options, rate, channels, samples) => {
    const track = await ingest(await makeTestTrack(at(`${name}.flac`), options));
    expect(track.manifest).toMatchObject({ rate, channels });
    expect(Math.abs(track.manifest.samples - samples)).toBeLessThanOrEqual(rate === 44_100 && !("rate" in options) ? 0 : 2);
    expect(Object.keys(track.manifest.tiers).toSorted()).toEqual(["160", "320", "96", "flac"]);
  });

  test.each([
    ["an MP3, whose header says how much padding to cut", "a.mp3", []],
    ["an MP4, whose edit list says so", "a.m4a", ["-c:a", "aac"]],
    ["Ogg Vorbis", "a.ogg", ["-c:a", "libvorbis"]],
    ["AIFF", "a.aiff", []],
  ])("%s keeps its exact length", async (_name, name, options) => {
    const track = await ingest(await makeTestTrack(at(`exact/${name}`), { seconds: 7, options }));
    expect(track.manifest.samples).toBe(7 * 44_100);
  });

  test("a picture in the file is its cover and not its video", async () => {
    await ffmpeg(["-f", "lavfi", "-i", "color=c=red:s=64x64", "-frames:v", "1", at("red.png")]);
    for (const name of ["pictured.mp3", "pictured.flac"]) {
      const shelf = new Shelf();
      const track = await ingest(await makeTestTrack(at(`art/${name}`), { picture: at("red.png"), tags: { title: "Red" } }), shelf);
      expect(track.image).toMatchObject({ width: 64, height: 64 });
      expect(shelf.objects.has(`image/${track.image?.id}`)).toBe(true);
      expect(track.manifest.samples).toBe(6 * 44_100);
    }
  });

  test("silence has no loudness, tempo, key or energy", async () => {
    const track = await ingest(await makeTestTrack(at("silence.flac"), { options: ["-af", "volume=0"], seconds: 8 }));
    expect(track).toMatchObject({ tempoBpm: null, musicKey: null, energy: null, manifest: { loudness: { lufs: null, truePeak: null } } });
  });
});

describe("a strange file", () => {
  test("a chained Ogg of one kind is one track", async () => {
    const [a, b] = await Promise.all(["c1.ogg", "c2.ogg"].map((name, i) => makeTestTrack(at(name), { pitch: 300 + i })));
    await writeFile(at("chain.ogg"), Buffer.concat([await readFile(a ?? ""), await readFile(b ?? "")]));
    expect(Math.abs((await ingest(at("chain.ogg"))).manifest.samples - 529_200)).toBeLessThan(1500);
  });

  test.each(["ogg", "mp3"])("a .%s that changes its rate and channels on the way goes through two stages, whole", async (kind) => {
    const options = kind === "mp3" ? ["-write_xing", "0", "-id3v2_version", "0"] : [];
    const first = await makeTestTrack(at(`m1.${kind}`), { options });
    const second = await makeTestTrack(at(`m2.${kind}`), { options, rate: 22_050, channels: 1 });
    await writeFile(at(`mixed.${kind}`), Buffer.concat([await readFile(first), await readFile(second)]));
    const shelf = new Shelf();
    const track = await ingest(at(`mixed.${kind}`), shelf);
    expect(Math.abs(track.manifest.samples - 529_200)).toBeLessThan(5000);
    await writeFile(at("mixed-out.ogg"), shelf.whole(track, "160"));
    expect((await decode(at("mixed-out.ogg"))).length).toBe(2 * track.manifest.samples);
  });

  test("an MP3 with a few damaged frames is imported, and they are counted", async () => {
    const bytes = await readFile(await makeTestTrack(at("scratched.mp3"), { seconds: 10 }));
    // Headers stay in place here and there; what lies between is noise.
    for (let i = 60_000; i < 62_000; i++) bytes[i] = (i * 7919) & 255;
    await writeFile(at("scratched.mp3"), bytes);
    const shelf = new Shelf();
    const outcome = await new Pipeline(tools).run({ path: at("scratched.mp3"), source: "s", name: "s.mp3", root: undefined }, shelf);
    if (outcome.kind !== "imported") throw new Error(outcome.kind);
    expect(outcome.decodeErrors).toBeGreaterThan(0);
    await writeFile(at("scratched-out.ogg"), shelf.whole(outcome.track, "96"));
    expect((await decode(at("scratched-out.ogg"))).length).toBe(2 * outcome.track.manifest.samples);
  });
});

const refusal = (path: string) => ingest(path).then(() => "imported", (error: { code?: string }) => error.code);

describe("refused", () => {
  test("no samples", async () => {
    expect(await refusal(await makeTestTrack(at("zero.wav"), { options: ["-t", "0"] }))).toBe("EMPTY");
  });

  test("half a file", async () => {
    await makeTestTrack(at("half.mp3"), { seconds: 10 });
    await truncate(at("half.mp3"), 80_000);
    expect(await refusal(at("half.mp3"))).toBe("TRUNCATED");
  });

  test("a FLAC whose sound is not the one its checksum was made of", async () => {
    const bytes = await readFile(await makeTestTrack(at("bad.flac"), { seconds: 10 }));
    for (let i = bytes.length >> 1; i < (bytes.length >> 1) + 20; i++) bytes[i] = (bytes[i] ?? 0) ^ 0x5a;
    await writeFile(at("bad.flac"), bytes);
    expect(await refusal(at("bad.flac"))).toBe("CORRUPT");
  });

  test.each([
    ["text", () => Buffer.from("all work and no play\n".repeat(5000)), "UNDECODABLE"],
    ["noise", () => Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 13) & 255)), "UNDECODABLE"],
    ["nothing", () => Buffer.alloc(0), "UNDECODABLE"],
    ["an Ogg page and noise", () => Buffer.concat([Buffer.from("OggS"), Buffer.alloc(5000, 7)]), "UNDECODABLE"],
  ])("%s called .mp3", async (name, bytes, code) => {
    await writeFile(at(`${name}.mp3`), bytes());
    expect(await refusal(at(`${name}.mp3`))).toBe(code);
  });

  test("a picture called .mp3, a folder, and nothing at all", async () => {
    await ffmpeg(["-f", "lavfi", "-i", "color=c=red:s=64x64", "-frames:v", "1", "-f", "image2", "-c:v", "png", at("picture.mp3")]);
    expect(await refusal(at("picture.mp3"))).toBe("NOT_AUDIO");
    await mkdir(at("folder.mp3"), { recursive: true });
    expect(await refusal(at("folder.mp3"))).toBe("UNREADABLE");
    await expect(ingest(at("nowhere.mp3"))).rejects.toThrow();
  });

  test("a film, whatever its sound", async () => {
    await ffmpeg(["-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "mpeg4", "-c:a", "aac", at("film.mp4")]);
    expect(await refusal(at("film.mp4"))).toBe("NOT_AUDIO");
  });

  test("what the store refuses, with the encoder ended", async () => {
    const path = await makeTestTrack(at("refused.flac"), { seconds: 30, pitch: 200 });
    const shelf = new Shelf();
    shelf.put = () => Promise.reject(Object.assign(new Error("down"), { name: "StorageUnavailable" }));
    await expect(ingest(path, shelf)).rejects.toThrow("down");
  });

  test("a stop, at once", async () => {
    const path = await makeTestTrack(at("stopped.flac"), { seconds: 60, pitch: 210 });
    const stop = new AbortController();
    const shelf = new Shelf();
    const put = shelf.put.bind(shelf);
    shelf.put = (key, body) => {
      stop.abort();
      return put(key, body);
    };
    await expect(new Pipeline(tools).run({ path, source: path, name: path, root: folder }, shelf, stop.signal)).rejects.toMatchObject({ code: "STOPPED" });
  });
});

test("new tags do not make a new track, new sound does", async () => {
  const path = await makeTestTrack(at("tagged.flac"), { pitch: 222, tags: { title: "Before" } });
  const before = await ingest(path);
  const shelf = new Shelf();
  shelf.answer = { kind: "retag", trackId: before.id, audioMd5: before.source.audioMd5 };
  await makeTestTrack(path, { pitch: 222, tags: { title: "After" } });
  const again = await new Pipeline(tools).run({ path, source: path, name: path, root: folder }, shelf);
  expect(again).toMatchObject({ kind: "retagged", trackId: before.id, naming: { title: "After" }, source: { audioMd5: before.source.audioMd5 } });
  expect(again.kind === "retagged" && again.source.sha256).not.toBe(before.source.sha256);
  expect([...shelf.objects.keys()].filter((key) => key.startsWith("audio/"))).toEqual([]);
  await makeTestTrack(path, { pitch: 223, tags: { title: "After" } });
  expect((await new Pipeline(tools).run({ path, source: path, name: path, root: folder }, shelf)).kind).toBe("imported");
});

test("a file that grows while it is imported is refused", async () => {
  const path = await makeTestTrack(at("growing.wav"), { seconds: 8, pitch: 230 });
  const shelf = new Shelf();
  const put = shelf.put.bind(shelf);
  shelf.put = async (key, body) => {
    await appendFile(path, "more");
    return put(key, body);
  };
  await expect(ingest(path, shelf)).rejects.toMatchObject({ code: "CHANGED" });
});

test("the MD5 of the sound is the one FLAC promises, and the same in both ways of asking", async () => {
  const path = await makeTestTrack(at("sum.flac"), { pitch: 240 });
  const plan = planFor(await probe(tools, path, "flac"), "flac", { twoStages: false });
  expect(await audioMd5(tools, path, plan)).toBe((await ingest(path)).source.audioMd5);
});

const summary = (lufs: string, peak: string) => `Summary:\n  Integrated loudness:\n    I:  ${lufs} LUFS\n  True peak:\n    Peak:  ${peak} dBFS\n`;

describe("what ffmpeg prints", () => {
  test.each([
    ["5.1", "  Stream #0:0[0x1](und): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, 5.1, fltp, 384 kb/s (default)", { codec: "aac", rate: 48_000, channels: 6, lossless: false }],
    ["4.1", "    Stream #0:0: Audio: flac, 96000 Hz, stereo, s32 (24 bit)", { codec: "flac", rate: 96_000, channels: 2, lossless: true, bits: 24 }],
    ["mono", "  Stream #0:0: Audio: pcm_u8 ([1][0][0][0] / 0x0001), 8000 Hz, 1 channels, u8, 64 kb/s", { channels: 1, bits: 16, lossless: true }],
  ])("is read: %s", (_name, text, expected) => {
    expect(parseProbe(`  Duration: 01:02:03.50, start: 0.0\n${text}\n`)).toMatchObject({ ...expected, seconds: 3723.5 });
  });

  test("a guessed duration counts as none, and a stream without a rate is no sound", () => {
    expect(parseProbe("Estimating duration from bitrate\n Duration: 00:00:10.00\n Stream #0:0: Audio: mp3, 44100 Hz, stereo, fltp")?.seconds).toBeUndefined();
    expect(parseProbe("  Stream #0:0: Audio: mp3, 0 channels, fltp")).toBeUndefined();
    expect(parseProbe("")).toBeUndefined();
  });

  test("the last summary is the loudness", () => {
    expect(parseLoudness(summary("-70.0", "-inf") + summary("-14.2", "-0.9"))).toEqual({ lufs: -14.2, truePeak: -0.9 });
    expect(parseLoudness(summary("-70.0", "-inf"))).toEqual({ lufs: null, truePeak: null });
    expect(parseLoudness("")).toEqual({ lufs: null, truePeak: null });
  });
});

test("track ids are 22 letters and digits, from the first 16 bytes of the hash", () => {
  expect(trackIdOf(new Uint8Array(32))).toBe("0".repeat(22));
  expect(trackIdOf(new Uint8Array(32).fill(255))).toBe("7n42DGM5Tflk9n8mt7Fhc7");
  expect(trackIdOf(Uint8Array.from({ length: 32 }, (_, i) => (i < 16 ? 0 : 255)))).toBe("0".repeat(22));
});
