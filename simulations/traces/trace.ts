/**
 * A network trace: how fast a real link was, row after row, and a link that plays it. README.md in this folder says where the traces
 * come from and what a row means. A link starts anywhere in its trace and wraps round at the end; a rate of 0 is an outage. Rates are in
 * kbit/s with 1 kbit = 1000 bit, so they are bits per millisecond too.
 */

export interface Trace {
  readonly name: string;
  /** When each row begins, ms from the start of the trace. */
  readonly startsMs: Float64Array;
  readonly rateKbps: Float64Array;
  readonly latencyMs: Float64Array;
  readonly lengthMs: number;
  /** What the whole trace delivers. */
  readonly bits: number;
}

export class TraceError extends Error {
  override readonly name = "TraceError";
  readonly trace: string;
  readonly field: string;

  constructor(trace: string, field: string, found: string, allowed: string) {
    super(`trace ${trace}: ${field} is ${found}; ${allowed}`);
    this.trace = trace;
    this.field = field;
  }
}

const header = "duration_ms,bandwidth_kbps,latency_ms";
const columns = [
  { field: "duration_ms", least: 1, most: 3_600_000 },
  { field: "bandwidth_kbps", least: 0, most: 10_000_000 },
  { field: "latency_ms", least: 0, most: 60_000 },
] as const;
const mostRows = 100_000;

/** Reads the text of a trace. Throws TraceError with the line and the column of the first mistake. */
export function parseTrace(name: string, text: string): Trace {
  const [first, ...lines] = text.trimEnd().split(/\r?\n/);
  if (first !== header) throw new TraceError(name, "the first line", JSON.stringify(first ?? ""), `it must be "${header}"`);
  if (lines.length === 0 || lines.length > mostRows) throw new TraceError(name, "the number of rows", String(lines.length), `1 to ${mostRows} are allowed`);
  const rows = lines.map((line, n) => {
    const cells = line.split(",");
    if (cells.length !== columns.length) throw new TraceError(name, `line ${n + 2}`, JSON.stringify(line), `${columns.length} columns are needed`);
    return columns.map(({ field, least, most }, column) => {
      const cell = cells[column] ?? "";
      const value = cell.trim() === "" ? Number.NaN : Number(cell);
      if (!(value >= least && value <= most)) throw new TraceError(name, `${field} in line ${n + 2}`, JSON.stringify(cell), `a number from ${least} to ${most} is allowed`);
      return value;
    });
  });
  return traceOf(name, rows.map(([durationMs = 0, rateKbps = 0, latencyMs = 0]) => ({ durationMs, rateKbps, latencyMs })));
}

/** A link that never changes. */
export const steadyTrace = (rateKbps: number, latencyMs: number): Trace => traceOf(`steady ${rateKbps} kbps`, [{ durationMs: 60_000, rateKbps, latencyMs }]);

export function traceOf(name: string, rows: readonly { readonly durationMs: number; readonly rateKbps: number; readonly latencyMs: number }[]): Trace {
  let lengthMs = 0;
  let bits = 0;
  const startsMs = Float64Array.from(rows, ({ durationMs, rateKbps }) => {
    const startMs = lengthMs;
    lengthMs += durationMs;
    bits += durationMs * rateKbps;
    return startMs;
  });
  // A download over it would never end.
  if (!(bits > 0)) throw new TraceError(name, "bandwidth_kbps", "0 in every row", "at least one row must deliver something");
  return { name, startsMs, rateKbps: Float64Array.from(rows, (row) => row.rateKbps), latencyMs: Float64Array.from(rows, (row) => row.latencyMs), lengthMs, bits };
}

export interface LinkOptions {
  /** Where in the trace the link's time 0 lies. */
  readonly offsetMs?: number;
  /** Every rate is multiplied by this: 0.5 makes the 3G traces what the slowest listeners have. */
  readonly scale?: number;
}

/** One listener's link. Times are ms since the link's time 0. */
export class Link {
  readonly trace: Trace;
  readonly #offsetMs: number;
  readonly #scale: number;

  constructor(trace: Trace, { offsetMs = 0, scale = 1 }: LinkOptions = {}) {
    if (!(scale > 0 && Number.isFinite(scale))) throw new TraceError(trace.name, "scale", String(scale), "a number above 0 is allowed");
    if (!(offsetMs >= 0 && Number.isFinite(offsetMs))) throw new TraceError(trace.name, "offsetMs", String(offsetMs), "a number from 0 is allowed");
    this.trace = trace;
    this.#offsetMs = offsetMs;
    this.#scale = scale;
  }

  /** One round trip at this moment. */
  latencyAt(atMs: number): number {
    return this.trace.latencyMs[this.#row(this.#phase(atMs))] ?? 0;
  }

  /** When `bits` that begin to flow at `fromMs` have all arrived. */
  arrival(fromMs: number, bits: number): number {
    const { startsMs, rateKbps, lengthMs } = this.trace;
    const rounds = Math.floor(bits / (this.trace.bits * this.#scale));
    let left = bits - rounds * this.trace.bits * this.#scale;
    let atMs = fromMs + rounds * lengthMs;
    let phaseMs = this.#phase(fromMs);
    // Less than a round is left, so this ends within two; a round's rounding error may leave a few rows more.
    for (let row = this.#row(phaseMs); left > 0; row = (row + 1) % startsMs.length) {
      const restMs = (startsMs[row + 1] ?? lengthMs) - phaseMs;
      const rate = (rateKbps[row] ?? 0) * this.#scale;
      if (rate * restMs >= left) return atMs + left / rate;
      left -= rate * restMs;
      atMs += restMs;
      phaseMs = startsMs[(row + 1) % startsMs.length] ?? 0;
    }
    return atMs;
  }

  /** Bits that flow from `fromMs` until `toMs`. */
  delivered(fromMs: number, toMs: number): number {
    return toMs <= fromMs ? 0 : this.#until(toMs) - this.#until(fromMs);
  }

  /** Bits from the start of the trace to this moment. */
  #until(atMs: number): number {
    const { startsMs, rateKbps, lengthMs, bits } = this.trace;
    const at = atMs + this.#offsetMs;
    const phaseMs = this.#phase(atMs);
    const row = this.#row(phaseMs);
    let sum = Math.floor(at / lengthMs) * bits + (rateKbps[row] ?? 0) * (phaseMs - (startsMs[row] ?? 0));
    for (let before = 0; before < row; before++) sum += (rateKbps[before] ?? 0) * ((startsMs[before + 1] ?? lengthMs) - (startsMs[before] ?? 0));
    return sum * this.#scale;
  }

  #phase(atMs: number): number {
    return (atMs + this.#offsetMs) % this.trace.lengthMs;
  }

  #row(phaseMs: number): number {
    const { startsMs } = this.trace;
    let low = 0;
    for (let high = startsMs.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if ((startsMs[middle] ?? 0) <= phaseMs) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
