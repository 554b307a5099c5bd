/** What a gateway says at its operations port of the chunks that it had in memory, asked each second as a monitoring system would. */
import { setTimeout as pause } from "node:timers/promises";
import type { CacheCounts } from "../../simulations/index.ts";

const everyMs = 1_000;
const line = /^ensemble_edge_requests_total\{cache="(hit|miss)"\} (\d+)$/gm;

/** Of the text of /metrics. */
export function cacheCounts(metrics: string): CacheCounts {
  const counts = { hit: 0, miss: 0 };
  for (const [, cache, count] of metrics.matchAll(line)) counts[cache as keyof typeof counts] = Number(count);
  return { hits: counts.hit, misses: counts.miss };
}

/** Tells until `signal`. A gateway that is full, stands still or is away answers late or not at all: then nothing is told. */
export async function watchCache(opsUrl: string, told: (counts: CacheCounts) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const answer = await fetch(`${opsUrl}/metrics`, { signal });
      if (answer.ok) told(cacheCounts(await answer.text()));
    } catch {
      // Asked again.
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
