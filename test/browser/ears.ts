/** How a test hears a page that was opened with `?tap`: the frames its audio thread rendered, and what ffmpeg says they should be. */
import type { Page } from "playwright-core";
import { execFile } from "node:child_process";

export type Stereo = readonly [Float32Array, Float32Array];

export interface Sound {
  /** Rendered frames of music, in order; pauses and waits are left out. */
  readonly samples: Stereo;
  /** Position in its track of the first frame. */
  readonly firstSample: number;
  /** Times (performance.now() of the page) at which the first frame was known. */
  readonly firstAt: number;
  readonly starved: boolean;
}

interface Quantum {
  readonly heard: { readonly generation: number; readonly entry: string | null; readonly sample: number; readonly advancing: boolean; readonly phase: string };
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly at: number;
}

type Tapped = typeof globalThis & { readonly ensembleTap: Quantum[] };

/** Where the recording is now: pass it to `soundSince`. */
export function mark(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as Tapped).ensembleTap.length);
}

/** Resolves when the recording after `since` holds `frames` frames of the generation it ends with. */
export async function listen(page: Page, since: number, frames: number, withinMs: number): Promise<void> {
  await page.waitForFunction(
    ({ since, frames }) => {
      const tap = (globalThis as Tapped).ensembleTap;
      const generation = tap.at(-1)?.heard.generation;
      let heard = 0;
      for (let i = since; i < tap.length; i++) if (tap[i]?.heard.generation === generation && tap[i]?.heard.advancing === true) heard += 128;
      return heard >= frames;
    },
    { since, frames },
    { timeout: withinMs, polling: 100 },
  );
}

/** What was rendered after `since`, of the newest generation. */
export async function soundSince(page: Page, since: number): Promise<Sound> {
  const recorded = await page.evaluate((since) => {
    const tap = (globalThis as Tapped).ensembleTap.slice(since);
    const generation = tap.at(-1)?.heard.generation;
    const music = tap.filter(({ heard }) => heard.generation === generation && heard.advancing);
    const packed = (side: "left" | "right") => {
      const bytes = new Uint8Array(music.length * 512);
      for (const [i, quantum] of music.entries()) bytes.set(new Uint8Array(quantum[side].buffer), i * 512);
      let text = "";
      for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
      return btoa(text);
    };
    return { left: packed("left"), right: packed("right"), firstSample: music[0]?.heard.sample ?? -1, firstAt: music[0]?.at ?? NaN, starved: tap.some(({ heard }) => heard.generation === generation && heard.phase === "starved") };
  }, since);
  const { left, right, ...rest } = recorded;
  return { samples: [floats(left), floats(right)], ...rest };
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}

/** ffmpeg's decode of a track as the service streams it whole, as stereo. */
export async function decodeOf(origin: string, token: string, trackId: string, tier: string): Promise<Stereo> {
  const response = await fetch(`${origin}/v1/tracks/${trackId}/stream?tier=${tier}`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the stream answered ${response.status}: ${await response.text()}`);
  const file = Buffer.from(await response.arrayBuffer());
  const pcm = await new Promise<Buffer>((resolve, reject) => {
    const child = execFile("ffmpeg", ["-v", "error", "-nostdin", "-i", "pipe:0", "-f", "f32le", "-ac", "2", "pipe:1"], { encoding: "buffer", maxBuffer: 1 << 29 }, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
    child.stdin?.on("error", () => {});
    child.stdin?.end(file);
  });
  const interleaved = new Float32Array(Uint8Array.from(pcm).buffer);
  return [0, 1].map((channel) => Float32Array.from({ length: interleaved.length / 2 }, (_, i) => interleaved[i * 2 + channel] ?? 0)) as unknown as Stereo;
}

export function joined(...parts: readonly Stereo[]): Stereo {
  return [0, 1].map((channel) => {
    const out = new Float32Array(parts.reduce((sum, part) => sum + part[0].length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part[channel as 0 | 1], at);
      at += part[0].length;
    }
    return out;
  }) as unknown as Stereo;
}

/** Largest difference between `heard` and `expected` over `frames` frames from `heardFrom` and `expectedFrom`; Infinity when either ends before. */
export function difference(heard: Stereo, expected: Stereo, frames: number, { heardFrom = 0, expectedFrom = 0, gain = 1 } = {}): number {
  if (heard[0].length < heardFrom + frames || expected[0].length < expectedFrom + frames) return Infinity;
  let max = 0;
  for (const channel of [0, 1] as const) {
    for (let i = 0; i < frames; i++) max = Math.max(max, Math.abs((heard[channel][heardFrom + i] ?? NaN) - (expected[channel][expectedFrom + i] ?? NaN) * gain));
  }
  return max;
}
