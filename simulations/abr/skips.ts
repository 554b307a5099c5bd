/**
 * When listeners skip. The curve: of all plays 24.14 % are skipped within 5 s, 28.97 % within 10 s, 35.05 % within 30 s and 48.6 % before
 * the end (Lamere, Music Machinery, 2014, over "billions of plays"); between these points the share grows evenly. Of 210 s tracks 126 s
 * are heard then. 80 M streams at 500 K plays/s mean 160 s per play, which the same curve gives when it is scaled by 0.598.
 */
import type { Stream } from "../random/index.ts";
import type { Play } from "./session.ts";

export const skips2014 = 1;
export const skipsOfTheSeed = 0.598;

const trackMs = 210_000;
const curve: readonly { readonly atMs: number; readonly skipped: number }[] = [
  { atMs: 0, skipped: 0 },
  { atMs: 5_000, skipped: 0.2414 },
  { atMs: 10_000, skipped: 0.2897 },
  { atMs: 30_000, skipped: 0.3505 },
  { atMs: trackMs, skipped: 0.486 },
];

/** How long a play of a 210 s track is heard when `share` (0 to 1) of the listeners have left it before. */
export function heardMsAt(share: number, scale: number): number {
  const at = curve.findIndex(({ skipped }) => share < skipped * scale);
  const from = curve[at - 1];
  const to = curve[at];
  if (from === undefined || to === undefined) return trackMs;
  return Math.max(1, from.atMs + ((to.atMs - from.atMs) * (share / scale - from.skipped)) / (to.skipped - from.skipped));
}

/** Plays that are heard for `heardMs` in all, each to its end or until it is skipped. */
export function skippingPlays(stream: Stream, heardMs: number, scale: number): Play[] {
  const plays: Play[] = [];
  for (let leftMs = heardMs; leftMs > 0; leftMs -= plays.at(-1)?.heardMs ?? leftMs) plays.push({ trackMs, heardMs: heardMsAt(stream.next(), scale) });
  return plays;
}

/** Plays that are heard whole for `heardMs`; the last one is cut off there, with nothing after it. */
export function wholePlays(heardMs: number): Play[] {
  const plays: Play[] = [];
  for (let leftMs = heardMs; leftMs > 0; leftMs -= trackMs) plays.push({ trackMs: Math.min(trackMs, leftMs), heardMs: Math.min(trackMs, leftMs) });
  return plays;
}
