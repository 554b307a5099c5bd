/** Times and names as people read them. Pure. */
import type { TierName } from "../../../audio/index.ts";

/** "3:07", "1:02:03". */
export function time(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** "about 48 min", "1 h 12 min". */
export function lengthOf(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "just now", "4 min ago", "3 h ago", "2 d ago". */
export function ago(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1_440)} d ago`;
}

export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Tier and the real mean bit rate: tier names are nominal. */
export function qualityText(tier: TierName | null, kbps: number | null): string {
  if (tier === null) return "";
  const rate = kbps === null ? "" : ` · ${Math.round(kbps)} kbps`;
  return tier === "flac" ? `Lossless FLAC${rate}` : `Vorbis ${tier}${rate}`;
}

/** Up to two initials, for art that is not there. */
export function initials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = initial(words[0]) ?? "♪";
  const last = words.length > 1 ? (initial(words.at(-1)) ?? "") : "";
  return `${first}${last}`.toLocaleUpperCase();
}

function initial(word: string | undefined): string | undefined {
  return /[\p{L}\p{N}]/u.exec(word ?? "")?.[0];
}

/** A hue from 0 to 359 that a name always gets. FNV-1a. */
export function hueOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const code of new TextEncoder().encode(name)) hash = Math.imul(hash ^ code, 0x01000193) >>> 0;
  return hash % 360;
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
