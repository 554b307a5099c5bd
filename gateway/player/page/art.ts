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

/** Mean colour of an image as "r g b", darkened for white text to stand on; null when it cannot be read. */
export async function colourOf(api: ApiClient, imageId: string): Promise<string | null> {
  const image = new Image();
  image.src = api.imageUrl(imageId, 64);
  try {
    await image.decode();
  } catch {
    return null;
  }
  const canvas = el("canvas", { attrs: { width: "8", height: "8" } });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.drawImage(image, 0, 0, 8, 8);
  const { data } = context.getImageData(0, 0, 8, 8);
  let [r, g, b, weight] = [0, 0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    const [red = 0, green = 0, blue = 0] = data.subarray(i, i + 3);
    // Colourful pixels say more about a cover than its grey ones.
    const colourful = 8 + Math.max(red, green, blue) - Math.min(red, green, blue);
    r += red * colourful;
    g += green * colourful;
    b += blue * colourful;
    weight += colourful;
  }
  const scale = Math.min(1, 130 / Math.max(1, Math.max(r, g, b) / weight));
  return [r, g, b].map((sum) => Math.round((sum / weight) * scale)).join(" ");
}
