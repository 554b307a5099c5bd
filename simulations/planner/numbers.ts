/** Numbers as people read them: three or four digits, thousands separated, large ones with their unit's prefix. */

const prefixes = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "K"]] as const;
const scaled: ReadonlySet<string> = new Set(["B", "bit/s", "streams", "sockets", "B/month", "GB/month", "tracks", "users", "edits", "lists", "B/track", "tracks/day"]);

/** "12.8 Tbit/s", "1,610 nodes", "74.1 %", "$14.6 M/month". */
export function shown(value: number, unit: string): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "-" : "without bound";
  if (unit === "share") return `${digits(value * 100)} %`;
  if (unit.startsWith("$")) return `${value < 0 ? "-" : ""}$${withPrefix(Math.abs(value))}${unit.slice(1)}`;
  if (unit.startsWith("1/")) return `${withPrefix(value)}${unit.slice(1)}`;
  if (value === 1 && /^[a-z]{2,}s$/.test(unit)) return `1 ${unit.slice(0, -1)}`;
  if (scaled.has(unit) && Math.abs(value) >= 10_000) {
    const text = withPrefix(value);
    return /[A-Z]$/.test(text) && /^(B|bit)/.test(unit) ? text.replace(/ ?([A-Z])$/, ` $1${unit}`) : `${text} ${unit}`;
  }
  return `${digits(value)} ${unit}`;
}

function withPrefix(value: number): string {
  const [size, prefix] = prefixes.find(([size]) => Math.abs(value) >= size && size > 1e3) ?? (Math.abs(value) >= 10_000 ? [1e3, "K"] as const : [1, ""] as const);
  return `${digits(value / size)}${prefix === "" ? "" : ` ${prefix}`}`;
}

/** Four digits; whole numbers as they are. */
function digits(value: number): string {
  if (value === 0) return "0";
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  const places = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value))) - (Math.abs(value) >= 1 ? 1 : 0));
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.min(places, 8) });
}
