/** What the listener set on this device: volume, quality, loudness. Anything unreadable is as if never set. */
import type { Quality } from "../../../client/index.ts";

export interface Settings {
  readonly volume: number;
  readonly quality: Quality;
  readonly normalised: boolean;
}

const name = "ensemble.settings";
const initial: Settings = { volume: 1, quality: "auto", normalised: true };
const qualities: readonly string[] = ["auto", "96", "160", "320", "flac"];

export function loadSettings(): Settings {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? "{}") as Partial<Record<keyof Settings, unknown>>;
    return {
      volume: typeof kept.volume === "number" && kept.volume >= 0 && kept.volume <= 1 ? kept.volume : initial.volume,
      quality: typeof kept.quality === "string" && qualities.includes(kept.quality) ? (kept.quality as Quality) : initial.quality,
      normalised: typeof kept.normalised === "boolean" ? kept.normalised : initial.normalised,
    };
  } catch {
    return initial;
  }
}

export function saveSettings(settings: Settings): void {
  localStorage.setItem(name, JSON.stringify(settings));
}
