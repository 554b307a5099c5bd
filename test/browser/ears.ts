/** How a test hears a page that was opened with `?tap`: the frames its audio thread rendered, and what ffmpeg says they should be. */
import type { Page } from "playwright-core";
import { ffmpeg } from "../kit/audio.ts";

export type Stereo = readonly [Float32Array, Float32Array];

export interface Sound {
  /** Rendered frames of music, in order; pauses and waits are left out. */
  readonly samples: Stereo;
  /** Position in its track of the first frame. */
  readonly firstSample: number;
  /** Times (performance.now() of the page) at which the first frame was known. */
  readonly firstAt: number;
  /** Frames from which on the queue flowed again after it had run dry, as happens on a busy machine: ramped in there. */
  readonly recoveries: readonly number[];
  /** Position of the first frame known to be of another tier than the first one; within a quantum of the change. */
  readonly otherTierSample: number;
}

interface Quantum {
  readonly heard: { readonly generation: number; readonly entry: string | null; readonly tier: string | null; readonly sample: number; readonly advancing: boolean; readonly phase: string };
  readonly music: number;
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly at: number;
}

type Tapped = typeof globalThis & { readonly ensembleTap: Quantum[] };

/** Where the recording is now: pass it to `soundSince`. */
export function mark(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as Tapped).ensembleTap.length);
}

/**
 * Waits until the recording after `since` holds `frames` frames of the generation it ends with, then pauses: the page
 * does both, so that the music does not run away from a test on a busy machine.
 */
export async function listen(page: Page, since: number, frames: number, withinMs: number): Promise<void> {
  await page.waitForFunction(
    ({ since, frames }) => {
      const tap = (globalThis as Tapped).ensembleTap;
      const generation = tap.at(-1)?.heard.generation;
      let heard = 0;
      for (let i = since; i < tap.length; i++) if (tap[i]?.heard.generation === generation) heard += tap[i]?.music ?? 0;
      if (heard < frames) return false;
      document.querySelector<HTMLButtonElement>(".toggle")?.click();
      return true;
    },
    { since, frames },
    { timeout: withinMs, polling: 50 },
  );
  await page.locator('.bar[data-status="paused"]').waitFor();
}

/** What was rendered after `since`, of the newest generation. */
export async function soundSince(page: Page, since: number): Promise<Sound> {
  const recorded = await page.evaluate((since) => {
    const tap = (globalThis as Tapped).ensembleTap.slice(since);
    const generation = tap.at(-1)?.heard.generation;
    const music = tap.filter(({ heard, music }) => heard.generation === generation && music > 0);
    const packed = (side: "left" | "right") => {
      const frames = new Float32Array(music.reduce((sum, quantum) => sum + quantum.music, 0));
      let at = 0;
      for (const quantum of music) {
        frames.set(quantum[side].subarray(0, quantum.music), at);
        at += quantum.music;
      }
      const bytes = new Uint8Array(frames.buffer);
      let text = "";
      for (let from = 0; from < bytes.length; from += 8_192) text += String.fromCharCode(...bytes.subarray(from, from + 8_192));
      return btoa(text);
    };
    const recoveries: number[] = [];
    let frames = 0;
    let dry = false;
    for (const { heard, music: count } of tap) {
      if (heard.generation !== generation) continue;
      if (heard.phase === "starved") dry = true;
      else if (count > 0 && dry) {
        recoveries.push(frames);
        dry = false;
      }
      frames += count;
    }
    return { left: packed("left"), right: packed("right"), recoveries, firstSample: music[0]?.heard.sample ?? -1, firstAt: music[0]?.at ?? NaN, otherTierSample: music.find(({ heard }) => heard.tier !== music[0]?.heard.tier)?.heard.sample ?? NaN };
  }, since);
  const { left, right, ...rest } = recorded;
  if (rest.recoveries.length > 0) console.warn(`this machine is busy: the queue ran dry before frame ${rest.recoveries.join(", ")}`);
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
  const pcm = await ffmpeg(["-i", "pipe:0", "-f", "f32le", "-ac", "2", "pipe:1"], file);
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

const recoveryRamp = 64;

/**
 * Largest difference between what was heard and what is expected over `frames` frames from `heardFrom` and
 * `expectedFrom`, without the ramps after a queue that ran dry; Infinity when either ends before.
 */
export function difference({ samples, recoveries }: Sound, expected: Stereo, frames: number, { heardFrom = 0, expectedFrom = 0, gain = 1 } = {}): number {
  if (samples[0].length < heardFrom + frames || expected[0].length < expectedFrom + frames) return Infinity;
  let max = 0;
  for (let i = 0; i < frames; i++) {
    if (recoveries.some((at) => heardFrom + i >= at && heardFrom + i < at + recoveryRamp)) continue;
    for (const channel of [0, 1] as const) max = Math.max(max, Math.abs((samples[channel][heardFrom + i] ?? NaN) - (expected[channel][expectedFrom + i] ?? NaN) * gain));
  }
  return max;
}

/** Where the music of a page is. */
export interface Place {
  /** Ms since 1970 by the machine's clock, the same for all pages of a browser. */
  readonly at: number;
  /** Of the current track, at `at`; NaN before anything sounded. */
  readonly positionMs: number;
  /** Whether it goes on. */
  readonly isAdvancing: boolean;
  /** Quanta with music that were rendered since the page was opened. */
  readonly trackEntries: number;
}

/**
 * Where the audio thread is. A page learns of each quantum a little late, and of some on a busy machine much later: of the last two
 * seconds the one that came soonest counts.
 */
export function placeOf(page: Page): Promise<Place> {
  return page.evaluate(() => {
    const tap = (globalThis as Tapped).ensembleTap;
    const now = performance.now();
    const last = tap.at(-1);
    const recent = tap.slice(-800).filter(({ heard, music, at }) => music > 0 && heard.generation === last?.heard.generation && heard.entry === last.heard.entry && at > now - 2_000);
    const rate = 44_100;
    const ahead = Math.max(...recent.map(({ heard, at }) => (heard.sample / rate) * 1_000 - at));
    const isAdvancing = last !== undefined && last.music > 0 && now - last.at < 500;
    return { at: performance.timeOrigin + now, positionMs: recent.length === 0 ? ((last?.heard.sample ?? NaN) / rate) * 1_000 : isAdvancing ? ahead + now : ((last?.heard.sample ?? NaN) / rate) * 1_000, isAdvancing, trackEntries: tap.filter(({ music }) => music > 0).length };
  });
}
