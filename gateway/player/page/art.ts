/** Cover art: the image when there is one, else a plate made from the name. Colours are set through the CSSOM, which the CSP allows. */
import type { ApiClient } from "../../../client/index.ts";
import { el } from "./dom.ts";
import { hueOf, initials } from "./format.ts";

export interface ArtOptions {
  readonly imageId: string | null;
  /** What it is the art of: makes the plate. */
  readonly name: string;
  /** Width on the page, CSS pixels. */
  readonly size: number;
  readonly round?: boolean;
}

const offered = [64, 128, 256, 512, 1_000];

export function art(api: ApiClient, { imageId, name, size, round = false }: ArtOptions): HTMLElement {
  const plate = el("div", { class: `art${round ? " round" : ""}`, attrs: { "aria-hidden": "true" } }, el("span", { class: "initials", text: initials(name) }));
  plate.style.setProperty("--hue", String(hueOf(name)));
  if (imageId === null) return plate;
  const wanted = size * Math.min(2, Math.ceil(devicePixelRatio));
  const image = el("img", { attrs: { src: api.imageUrl(imageId, offered.find((width) => width >= wanted) ?? 1_000), alt: "", loading: size > 100 ? "lazy" : "eager", decoding: "async" } });
  image.addEventListener("error", () => image.remove());
  plate.append(image);
  return plate;
}

/** The leading colour of an image as "r g b", darkened for white text to stand on; null when it cannot be read. */
export async function colourOf(api: ApiClient, imageId: string): Promise<string | null> {
  const image = new Image();
  image.src = api.imageUrl(imageId, 64);
  try {
    await image.decode();
  } catch {
    return null;
  }
  const canvas = el("canvas", { attrs: { width: "16", height: "16" } });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(image, 0, 0, 16, 16);
  return leadingColour(context.getImageData(0, 0, 16, 16).data);
}

const brightest = 125;
const hueSteps = 12;

/** The mean of the most frequent hue, colourful pixels counting more: the mean of all of a cover's colours is grey. */
export function leadingColour(rgba: ArrayLike<number>): string {
  const sums = Array.from({ length: hueSteps }, () => [0, 0, 0, 0] as [number, number, number, number]);
  for (let i = 0; i + 3 < rgba.length; i += 4) {
    const [red, green, blue] = [rgba[i] ?? 0, rgba[i + 1] ?? 0, rgba[i + 2] ?? 0];
    const weight = 4 + Math.max(red, green, blue) - Math.min(red, green, blue);
    const sum = sums[hueStep(red, green, blue)];
    if (sum === undefined) continue;
    sum[0] += red * weight;
    sum[1] += green * weight;
    sum[2] += blue * weight;
    sum[3] += weight;
  }
  const [r, g, b, weight] = sums.reduce((best, sum) => (sum[3] > best[3] ? sum : best));
  const mean = [r, g, b].map((sum) => sum / Math.max(1, weight));
  // Dark covers are lifted as well, to stand off the page's ground.
  const scale = brightest / Math.max(24, ...mean);
  return mean.map((value) => Math.round(Math.min(brightest, value * Math.min(scale, 1.7)))).join(" ");
}

function hueStep(red: number, green: number, blue: number): number {
  const max = Math.max(red, green, blue);
  const range = max - Math.min(red, green, blue);
  if (range === 0) return 0;
  const sixth = max === red ? ((green - blue) / range + 6) % 6 : max === green ? (blue - red) / range + 2 : (red - green) / range + 4;
  return Math.floor((sixth / 6) * hueSteps) % hueSteps;
}
