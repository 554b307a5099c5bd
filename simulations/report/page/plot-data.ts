/** What the page's script draws: made when the page is written, read from it when it opens. */

export type PlotUnit = "perS" | "ms" | "part" | "count" | "plain";

export interface PlotLine {
  readonly label: string;
  /** Null where there was nothing. */
  readonly values: readonly (number | null)[];
  /** One of eight of the style sheet. */
  readonly colour: number;
  /** Lengths of strokes and gaps; none for a whole line. */
  readonly dash: readonly number[];
  readonly width: number;
}

export interface PlotMark {
  readonly atS: number;
  readonly untilS?: number | undefined;
  readonly letter: string;
}

export interface PlotData {
  readonly id: string;
  readonly unit: PlotUnit;
  /** Logarithmic; values are above 0 then. */
  readonly log: boolean;
  readonly atS: readonly number[];
  readonly series: readonly PlotLine[];
  readonly marks: readonly PlotMark[];
}
