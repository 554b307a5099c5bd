/**
 * Numbers as a planner reads them, for pages, terminals and plots alike. What is no number is a dash, never "NaN". Runs in the
 * page too: nothing of Node's.
 */

const dash = "–";

/** Three significant digits, thousands parted: 0.123, 4.57, 1,234. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return dash;
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return String(Number(value.toPrecision(3)));
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return parted(value, digits);
}

/** With a letter from ten thousand on: 12.3K, 80M, 12.8T. */
export function short(value: number): string {
  const size = Math.abs(value);
  for (const [from, letter] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "K"]] as const) {
    if (size >= from) {
      const scaled = value / (letter === "K" ? 1e3 : from);
      return `${Number(scaled.toPrecision(3))}${letter}`;
    }
  }
  return number(value);
}

/** µs below 1 ms, s from 1 s on. */
export function ms(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return dash;
  if (value > 0 && value < 1) return `${number(Number((value * 1_000).toPrecision(3)))} µs`;
  return value >= 1_000 ? `${number(value / 1_000)} s` : `${number(value)} ms`;
}

/** Of a part of one: "83.1 %". */
export const percent = (part: number): string => (Number.isFinite(part) ? `${number(Number((part * 100).toPrecision(3)))} %` : dash);

/** With its sign, one decimal: "+2.4 %". Beyond 1,000 % by its multiple. */
export function difference(part: number): string {
  if (!Number.isFinite(part)) return dash;
  if (part > 10) return `${number(part + 1)} times`;
  const rounded = Math.round(part * 1_000) / 10;
  return `${rounded > 0 ? "+" : rounded < 0 ? "-" : "±"}${Math.abs(rounded).toFixed(1)} %`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** Of seconds: "4:05", "1:02:03". */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return dash;
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Of a time on an axis up to `lastS`: as a clock, without seconds where a day is looked at ("18:00"). */
export function timeOf(seconds: number, lastS: number): string {
  if (lastS < dayLikeS || !Number.isFinite(seconds)) return clock(seconds);
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
}

const dayLikeS = 6 * 3_600;

export const money = (value: number, currency: string): string => `${currency} ${short(value)}`;

/** "1 run", "2 runs". */
export const counted = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

function parted(value: number, digits: number): string {
  const [whole = "", fraction] = value.toFixed(digits).split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
