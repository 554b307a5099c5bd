import { beforeAll, describe, expect, test } from "@jest/globals";
import { countries as assigned } from "../../actors/countries.ts";
import { playerAssets, type PlayerAsset } from "./index.ts";
import { leadingColour } from "./page/art.ts";
import { countryCodes, regionOf } from "./page/countries.ts";
import { hueOf, initials, lengthOf, qualityText, time } from "./page/format.ts";

let assets: Map<string, PlayerAsset>;

beforeAll(async () => {
  assets = await playerAssets();
});

describe("player assets", () => {
  test("the page names only files that are there, and those never change", () => {
    const html = assets.get("/")?.body.toString() ?? "";
    const named = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? "");
    expect(named.length).toBeGreaterThanOrEqual(3);
    for (const path of named) expect(assets.get(path)?.immutable).toBe(true);
    expect(assets.get("/")?.immutable).toBe(false);
    const app = [...assets].find(([path]) => path.startsWith("/assets/app-"))?.[1].body.toString() ?? "";
    for (const file of ["worker", "worklet"]) expect(assets.has(new RegExp(`/assets/${file}-[\\w-]+\\.js`).exec(app)?.[0] ?? "")).toBe(true);
  });

  test("nothing that the content security policy forbids: no inline script, style or handler", () => {
    const html = assets.get("/")?.body.toString() ?? "";
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i);
  });

  test("small: under 400 KB in all, decoders and socket included", () => {
    const bytes = [...assets.values()].reduce((sum, { body }) => sum + body.length, 0);
    expect(bytes).toBeLessThan(400_000);
  });
});

describe("player page - words and numbers", () => {
  test("times", () => {
    expect([0, 61_999, 3_723_000].map(time)).toEqual(["0:00", "1:01", "1:02:03"]);
    expect([20_000, 3_600_000 * 1.2].map(lengthOf)).toEqual(["1 min", "1 h 12 min"]);
  });

  test("quality with its real rate", () => {
    expect(qualityText("160", 131.4)).toBe("Vorbis 160 · 131 kbps");
    expect(qualityText("flac", 695)).toBe("Lossless FLAC · 695 kbps");
    expect(qualityText(null, null)).toBe("");
  });

  test("plates for art that is missing: any name gives initials and a hue", () => {
    expect(["The Tall Grass", "ødemark", "…", "", "𝔸 b"].map(initials)).toEqual(["TG", "Ø", "♪", "♪", "𝔸B"]);
    expect(hueOf("Ensemble")).toBe(hueOf("Ensemble"));
  });

  test("the countries offered are those the service accepts", () => {
    expect(new Set(countryCodes)).toEqual(new Set(assigned));
    expect([regionOf("sv"), regionOf("pt-BR"), regionOf("!")]).toEqual(["SE", "BR", undefined]);
  });
});

/** Opaque pixels: so many of each colour. */
const pixels = (...colours: readonly (readonly [number, number, number, number])[]) => colours.flatMap(([red, green, blue, times]) => Array.from({ length: times }, () => [red, green, blue, 255]).flat());

describe("player page - colour of a cover", () => {
  test("the leading hue, not the mean of all: a small orange sun in a blue night is a blue cover", () => {
    const [red = 0, , blue = 0] = leadingColour(pixels([28, 42, 74, 200], [232, 166, 120, 30])).split(" ").map(Number);
    expect(blue).toBeGreaterThan(red * 2);
  });

  test("white text stands on it, whatever the cover", () => {
    for (const cover of [pixels([255, 255, 255, 9]), pixels([0, 0, 0, 9]), pixels([255, 240, 0, 9])]) {
      for (const value of leadingColour(cover).split(" ").map(Number)) expect(value).toBeLessThanOrEqual(125);
    }
  });
});
