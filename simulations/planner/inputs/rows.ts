/** Inputs as their tables write them: a name, a unit, a value or [low, mid, high], and what it says with its source. */
import type { Input, Origin } from "../graph.ts";

export interface InputRow {
  readonly name: string;
  readonly unit: string;
  readonly value: number | readonly [low: number, mid: number, high: number];
  readonly source: string;
  /** 0 when left out. */
  readonly least?: number;
  readonly most?: number;
  readonly scales?: boolean;
}

/** The largest input: bytes and requests of a year of the whole world stay far below. */
const largest = 1e18;

export function inputsOf(origin: Origin, rows: readonly InputRow[]): Input[] {
  return rows.map(({ name, unit, value, source, least = 0, most = unit === "share" ? 1 : largest, scales = false }) => {
    const [low, mid, high] = typeof value === "number" ? [value, value, value] : value;
    return { name, unit, value: { low, mid, high }, origin, source, least, most, scales };
  });
}
