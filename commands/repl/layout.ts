/** How answers look to people: tables and lists. */

/** What moleculer-repl hands to commands: the `table` package, so that our tables look like its own. */
export interface Helpers {
  table(rows: string[][], options: object): string;
  getBorderCharacters(name: string): Record<string, string>;
}

export type Cell = string | number | null;

/** A table with a header; columns of numbers to the right, "-" for null. */
export type TableOf = (header: readonly string[], rows: readonly (readonly Cell[])[]) => string;

export function tables({ table, getBorderCharacters }: Helpers): TableOf {
  return (header, rows) => {
    if (rows.length === 0) return "None.";
    const columns = header.map((_, at) => ({ alignment: rows.every((row) => typeof row[at] !== "string") ? "right" : "left" }));
    const lines = [[...header], ...rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))))];
    return table(lines, { border: getBorderCharacters("honeywell"), columns, drawHorizontalLine: (index: number, count: number) => index <= 1 || index === count }).trimEnd();
  };
}

/** Names and values, one a line; undefined ones are left out. */
export function listOf(pairs: readonly (readonly [name: string, value: Cell | undefined])[]): string {
  const shown = pairs.filter(([, value]) => value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value ?? "-"}`).join("\n");
}

/** Milliseconds since 1970 as people read it. */
export const when = (at: number): string => new Date(at).toISOString().replace("T", " ").replace("Z", "");

/** At most `length` characters. */
export const short = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 3)}...` : text);
