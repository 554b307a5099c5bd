/** The catalog's actions as ingest calls them. */
import type { ServiceBroker } from "moleculer";
import type { FileLayouts, Manifest } from "../../audio/index.ts";
import type { Estimate, IngestedTrack } from "../catalog/ingested.ts";
import type { Catalog } from "./library.ts";

/** Nobody waits at a screen for these; a busy database may take its time. */
const timeoutMs = 60_000;

interface TrackAnswer {
  readonly durationMs: number;
  readonly analysis: { tempoBpm: number | null; tempoConfidence: number | null; key: string | null; keyConfidence: number | null; energy: number | null; energyConfidence: number | null };
}

export function catalogClient(broker: ServiceBroker): Catalog {
  const call = <T>(action: string, params: object) => broker.call<T, object>(`catalog.${action}`, params, { timeout: timeoutMs });
  return {
    add: (track: IngestedTrack) => call("add", { track }),
    known: (paths) => call("known", { paths }),
    bySha256: (sha256) => call("bySha256", { sha256 }),
    byPath: (path) => call("byPath", { path }),
    // The catalog keeps no MD5 for a copy: a later change of its tags makes it a file of its own.
    link: (trackId, source) => call("link", { trackId, source: { ...source, audioMd5: "" } }),
    manifest: (trackId) => unlessMissing(call<{ manifest: Manifest; layouts: FileLayouts }>("manifest", { trackId })),
    async analysis(trackId) {
      const track = await unlessMissing(call<TrackAnswer>("track", { id: trackId }));
      if (track === null) return null;
      const { analysis } = track;
      return {
        durationMs: track.durationMs,
        tempoBpm: estimate(analysis.tempoBpm, analysis.tempoConfidence),
        musicKey: estimate(analysis.key, analysis.keyConfidence),
        energy: estimate(analysis.energy, analysis.energyConfidence),
      };
    },
  };
}

/** What was asked for, or null when there is none. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && (error as { type?: string }).type === "NOT_FOUND") return null;
    throw error;
  }
}

function estimate<T>(value: T | null, confidence: number | null): Estimate<T> | null {
  return value === null ? null : { value, confidence: confidence ?? 0 };
}
