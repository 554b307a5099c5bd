/** A frame with axes for drawings made by hand. Sizes in the units of the view box, which is about as wide as half the page. */
import { html, type Html } from "../html.ts";

export const size = { width: 520, height: 290, left: 62, right: 14, top: 12, bottom: 44 } as const;

export type Scale = (value: number) => number;

export const linear = (low: number, high: number, from: number, to: number): Scale => (value) => from + ((value - low) / (high - low || 1)) * (to - from);
export const logarithmic = (low: number, high: number, from: number, to: number): Scale => {
  const scale = linear(Math.log(low), Math.log(high), from, to);
  return (value) => scale(Math.log(Math.max(low, value)));
};
export const across = { from: size.left, to: size.width - size.right } as const;
export const up = { from: size.height - size.bottom, to: size.top } as const;

/** 1, 2, 5 of each decade between the two; fewer when they are many. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 5 ? [1] : decades > 3 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  return Array.from({ length: Math.ceil(decades) + 2 }, (_, n) => steps.map((step) => Number((step * 10 ** (first + n)).toPrecision(6)))).flat().filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/** Round steps, about `wanted` of them. */
export function linearTicks(low: number, high: number, wanted = 6, steps: readonly number[] = [1, 2, 5]): number[] {
  const rough = (high - low) / wanted || 1;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [...steps.map((one) => one * decade), 10 * decade].find((one) => one >= rough) ?? rough;
  return Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, n) => (Math.ceil(low / step) + n) * step);
}

/** Steps of a clock. */
export function timeTicks(low: number, high: number, wanted = 7): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];
  const step = steps.find((one) => one >= (high - low) / wanted) ?? 86_400;
  return Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, n) => (Math.ceil(low / step) + n) * step);
}

export interface Axis {
  readonly title: string;
  readonly scale: Scale;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

const at = (value: number) => value.toFixed(1);

/** `name` is read aloud; the drawing's numbers are in a table beside it. */
export function frame(name: string, x: Axis, y: Axis, content: Html): Html {
  return html`<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${name}">
<g aria-hidden="true">${y.ticks.map(({ at: value, text }) => html`<path class="grid-line" d="M${across.from} ${at(y.scale(value))}H${across.to}"/><text class="axis" x="${across.from - 7}" y="${at(y.scale(value) + 4)}" text-anchor="end">${text}</text>`)}
${x.ticks.map(({ at: value, text }) => html`<path class="grid-line" d="M${at(x.scale(value))} ${up.to}V${up.from}"/><text class="axis" x="${at(x.scale(value))}" y="${up.from + 17}" text-anchor="middle">${text}</text>`)}
<text class="axis" x="${(across.from + across.to) / 2}" y="${size.height - 6}" text-anchor="middle">${x.title}</text>
${y.title !== "" && html`<text class="axis" transform="translate(13 ${(up.from + up.to) / 2}) rotate(-90)" text-anchor="middle">${y.title}</text>`}
${content}</g></svg>`;
}

export const pathOf = (points: readonly (readonly [number, number])[]): string => points.map(([x, y], n) => `${n === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
