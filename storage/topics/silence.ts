/**
 * What a publisher knows of topics that nobody listens to. The bus says so when a message that asks for it (a probe) reaches
 * nobody; then nothing more is made for that topic until somebody is expected there, or the knowledge has grown old.
 *
 * It is void in another term: a publisher that was not always the one whom listeners announce themselves to counts one up.
 */
import { topicProbeMs, topicsProbed } from "../limits.ts";

interface Known {
  readonly term: number;
  /** The last probe, and when it was made. */
  probe: number | undefined;
  probedMs: number;
  isSilent: boolean;
}

export class Silence {
  readonly #known = new Map<string, Known>();
  readonly #probes = new Map<number, string>();
  #last = 0;

  mayBeHeard(topic: string, term: number, nowMs: number): boolean {
    const known = this.#known.get(topic);
    if (known?.term === term) return !known.isSilent || nowMs - known.probedMs >= topicProbeMs;
    this.#forget(topic);
    this.#known.set(topic, { term, probe: undefined, probedMs: Number.NEGATIVE_INFINITY, isSilent: false });
    for (const [oldest] of this.#known) {
      if (this.#known.size <= topicsProbed) break;
      this.#forget(oldest);
    }
    return true;
  }

  /** Number of the probe that the next message is to be; undefined when the topic is not watched, or was probed a moment ago. */
  probe(topic: string, nowMs: number): number | undefined {
    const known = this.#known.get(topic);
    if (known === undefined || nowMs - known.probedMs < topicProbeMs) return undefined;
    if (known.probe !== undefined) this.#probes.delete(known.probe);
    known.probe = ++this.#last;
    known.probedMs = nowMs;
    known.isSilent = false;
    this.#probes.set(known.probe, topic);
    return known.probe;
  }

  /** The bus says that a probe reached nobody. */
  silent(probe: number): void {
    const known = this.#known.get(this.#probes.get(probe) ?? "");
    if (known?.probe === probe) known.isSilent = true;
    this.#probes.delete(probe);
  }

  /** Somebody listens, or is about to: probes under way say nothing any more. */
  expect(topic: string): void {
    this.#forget(topic);
  }

  clear(): void {
    this.#known.clear();
    this.#probes.clear();
  }

  #forget(topic: string): void {
    const probe = this.#known.get(topic)?.probe;
    if (probe !== undefined) this.#probes.delete(probe);
    this.#known.delete(topic);
  }
}
