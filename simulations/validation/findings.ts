/** What the parts of a validation found, in plain data: the command measures, `documentOf` makes a page of it. */
import type { Rankable, RunResult } from "../run/index.ts";
import type { Cell } from "./cells.ts";

/** What the machine did meanwhile. */
export interface Watched {
  /** Why the part is invalid; empty when it is not. */
  readonly invalid: readonly string[];
  readonly sendLagP99Ms: number;
  /** Means over the part: part of all cores in use, and cores of programs that are not of it. */
  readonly hostShare: number;
  readonly othersCores: number;
}

export interface CalibrationFound {
  /** By load: samples of service times, and their mean. */
  readonly levels: readonly { readonly load: number; readonly samples: number; readonly meanMs: number }[];
  /** Of a message's way to a node and back, the median. */
  readonly tripP50Ms: number;
  readonly watched: Watched;
}

export interface CellsFound {
  /** Systems of one size at one load, taken together; the largest part of the actors that one node had. */
  readonly runs: readonly { readonly nodes: number; readonly load: number; readonly systems: number; readonly calls: number; readonly failed: number; readonly largestShare: number }[];
  readonly cells: readonly Cell[];
  /** Times that systems were started and measured side by side. */
  readonly batches: number;
  readonly watched: Watched;
}

export interface SpikeFound {
  readonly samples: number;
  readonly cells: readonly Cell[];
  readonly failed: number;
  /** The longest latency. */
  readonly longestMs: number;
  readonly watched: Watched;
}

export interface KillFound {
  readonly cells: readonly Cell[];
  /** By system, ms. */
  readonly windowsMs: readonly number[];
  readonly failed: number;
  readonly watched: Watched;
}

export interface BottleneckFound {
  readonly what: string;
  /** What the first resource's name must contain. */
  readonly expected: string;
  readonly ranking: readonly Rankable[];
  readonly isFirst: boolean;
  readonly answered: number;
  readonly sent: number;
}

/** The same short run, alone and beside programs that use every core. */
export interface HogFound {
  readonly alone: Watched;
  readonly beside: Watched;
}

/** `at`: when it was measured, ISO 8601. */
export interface Part<Found> {
  readonly at: string;
  readonly isQuick: boolean;
  readonly found: Found;
}

export interface Findings {
  readonly command: string;
  readonly version: string;
  readonly seed: number;
  readonly host: RunResult["host"];
  readonly calibration?: Part<CalibrationFound>;
  readonly cells?: Part<CellsFound>;
  readonly spike?: Part<SpikeFound>;
  readonly kill?: Part<KillFound>;
  readonly bottlenecks?: Part<readonly BottleneckFound[]>;
  readonly hog?: Part<HogFound>;
}
