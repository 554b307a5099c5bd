/**
 * What one generator saw: for each kind of operation how many were meant to begin, how they ended, and how long they took from the
 * moment at which they were meant to begin. A generator that falls behind shows that as latency and as send lag; nothing is left
 * out because the answer before it was late (coordinated omission).
 *
 *   begin(kind, intended) -> sent() -> end(code)      every second: a window; at the end: the totals after the warm-up
 */
import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";

/** Values in microseconds, up to a minute, three digits. */
const shape = { lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3, useWebAssembly: false } as const;
export const emptyHistogram = (): Histogram => build({ ...shape, bitBucketSize: 32 });

/** How an operation ended: "ok", the code of a refusal, or what failed. */
export type Outcome = "ok" | (string & {});

interface Window {
  offered: number;
  done: number;
  failed: number;
  refused: number;
  readonly latency: Histogram;
}

interface Kind {
  window: Window;
  readonly total: Window;
  readonly codes: Map<string, number>;
  inFlight: number;
}

/** One kind in one second, or in all, as plain data. */
export interface Counted {
  readonly offered: number;
  readonly done: number;
  readonly failed: number;
  readonly refused: number;
  readonly inFlight: number;
  /** hdr-histogram's compressed form, base64. */
  readonly latency: string;
}

export interface Recorded {
  readonly kinds: Readonly<Record<string, Counted & { readonly codes: Readonly<Record<string, number>> }>>;
  readonly sendLag: string;
}

/** Codes by which a service says that it has too much to do: not failures of what was asked. */
const refusals: ReadonlySet<string> = new Set(["429", "503"]);
/** Codes kept apart for each kind; the others are "other". */
const codesKept = 50;

export interface Operation {
  /** It leaves now. */
  sent(): void;
  /** Once. */
  end(outcome: Outcome): void;
}

export class Recorder {
  readonly #now: () => number;
  /** Operations meant to begin before are not in the totals. Ms, as `now`. */
  readonly #warmUntil: number;
  readonly #kinds = new Map<string, Kind>();
  readonly #sendLag = emptyHistogram();

  /** `now`: monotonic, ms. */
  constructor(now: () => number, warmUntil: number) {
    this.#now = now;
    this.#warmUntil = warmUntil;
  }

  /** `intended`: when it was meant to begin, as `now`. */
  begin(name: string, intended: number): Operation {
    const kind = this.#kindOf(name);
    const counts = intended >= this.#warmUntil;
    kind.inFlight += 1;
    kind.window.offered += 1;
    if (counts) kind.total.offered += 1;
    let isOver = false;
    return {
      sent: () => {
        if (counts) this.#sendLag.recordValue(micros(this.#now() - intended));
      },
      end: (outcome) => {
        if (isOver) throw new Error(`an operation (${name}) ended twice`);
        isOver = true;
        kind.inFlight -= 1;
        const value = micros(this.#now() - intended);
        const how = outcome === "ok" ? "done" : refusals.has(outcome) ? "refused" : "failed";
        kind.window[how] += 1;
        if (how === "done") kind.window.latency.recordValue(value);
        if (!counts) return;
        kind.total[how] += 1;
        if (how === "done") kind.total.latency.recordValue(value);
        else {
          const code = kind.codes.has(outcome) || kind.codes.size < codesKept ? outcome : "other";
          kind.codes.set(code, (kind.codes.get(code) ?? 0) + 1);
        }
      },
    };
  }

  /** Begins and leaves at once. */
  leave(name: string, intended: number): Operation {
    const operation = this.begin(name, intended);
    operation.sent();
    return operation;
  }

  get inFlight(): number {
    let sum = 0;
    for (const kind of this.#kinds.values()) sum += kind.inFlight;
    return sum;
  }

  /** What happened since it was asked last. */
  second(): Readonly<Record<string, Counted>> {
    return Object.fromEntries([...this.#kinds].map(([name, kind]) => {
      const { window } = kind;
      kind.window = newWindow();
      return [name, counted(window, kind.inFlight)];
    }));
  }

  total(): Recorded {
    const kinds = Object.fromEntries([...this.#kinds].map(([name, { total, codes, inFlight }]) => [name, { ...counted(total, inFlight), codes: Object.fromEntries(codes) }]));
    return { kinds, sendLag: encodeIntoCompressedBase64(this.#sendLag) };
  }

  #kindOf(name: string): Kind {
    let kind = this.#kinds.get(name);
    if (kind === undefined) this.#kinds.set(name, (kind = { window: newWindow(), total: newWindow(), codes: new Map(), inFlight: 0 }));
    return kind;
  }
}

const newWindow = (): Window => ({ offered: 0, done: 0, failed: 0, refused: 0, latency: emptyHistogram() });
const micros = (ms: number): number => Math.min(shape.highestTrackableValue, Math.max(1, Math.round(ms * 1_000)));
const counted = ({ latency, ...counts }: Window, inFlight: number): Counted => ({ ...counts, inFlight, latency: encodeIntoCompressedBase64(latency) });
