/** The simulated mirror: a map that takes what is later and may be emptied, behind each process's way to it. */
import { actorName } from "../../../actors/runtime/placement.ts";
import { checkMirrored } from "../../../storage/event-checks.ts";
import type { Mirror, MirrorEntry } from "../../../storage/ports.ts";
import type { Calls } from "../calls.ts";
import type { SimProcess } from "../process.ts";
import type { Timeline } from "../timeline.ts";
import { meter } from "./actor.ts";
import { bodyOf, type SoftRecord } from "./record.ts";

/** What it does at once, when it is asked. */
export interface MirrorCore {
  save(entries: readonly MirrorEntry[]): void;
  load(actor: string): MirrorEntry | undefined;
  clear(): void;
}

export function memoryMirror(): MirrorCore {
  const kept = new Map<string, MirrorEntry>();
  return {
    save(entries) {
      for (const entry of entries) {
        const before = kept.get(entry.actor);
        if (before !== undefined && (before.epoch > entry.epoch || (before.epoch === entry.epoch && (before.n > entry.n || (before.n === entry.n && before.body === null))))) continue;
        kept.set(entry.actor, entry);
      }
    },
    load: (actor) => kept.get(actor),
    clear: () => kept.clear(),
  };
}

export class SimMirror {
  readonly calls: Calls;
  readonly core: MirrorCore;
  readonly #record: SoftRecord;
  readonly #timeline: Timeline;

  constructor(core: MirrorCore, record: SoftRecord, timeline: Timeline, calls: Calls) {
    this.core = core;
    this.#record = record;
    this.#timeline = timeline;
    this.calls = calls;
  }

  /** Whatever was kept is gone. */
  flush(): void {
    this.core.clear();
    this.#record.flushes.push(this.#timeline.now);
  }

  /** The mirror as one process sees it. */
  of(process: SimProcess): Mirror {
    const { core, calls } = this;
    const record = this.#record;
    const now = () => this.#timeline.now;
    return {
      async save(entries) {
        checkMirrored(entries);
        const saved = record.saves(now(), process, entries);
        try {
          await calls.call(process, "save", async () => {
            core.save(entries);
            for (const one of saved) {
              const has = core.load(actorName(meter.type, one.key));
              if (has?.epoch === one.epoch && has.n === one.n) one.effectAt = now();
            }
          });
          for (const one of saved) one.is = "done";
        } catch (error) {
          for (const one of saved) one.is = "failed";
          throw error;
        } finally {
          for (const one of saved) one.endedAt = now();
        }
      },
      async load(actor) {
        const load = record.loads(now(), process, actor);
        const found = await calls.call(process, "load", async () => {
          load.at = now();
          return core.load(actor);
        });
        if (found === undefined || found.body === null) {
          load.is = "nothing";
          return undefined;
        }
        const { epoch, n, body } = found;
        load.is = "found";
        load.remembered = (bodyOf(body).o ?? []).map(([opId]) => opId);
        load.by = meter.unpack(bodyOf(body).s, 1).by;
        return { epoch, n, body };
      },
      clear: () => Promise.reject(new Error("not simulated")),
    };
  }
}
