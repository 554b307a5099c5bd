/** The page in a real Chromium without any network: opened from its file, its plots are drawn, and nothing complains. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { chromium, type Browser, type Page } from "playwright-core";
import { madeRun } from "./testing/runs.ts";
import { writeReport } from "./write.ts";

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const flags = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking".split(" ");
const marker = `<img src=x onerror="document.title='hacked'">`;

let browser: Browser;
let folder: string;
let address: string;

beforeAll(async () => {
  if (chromiumPath === undefined) throw new Error("this test needs Chromium: apt-get install chromium");
  folder = await mkdtemp(join(tmpdir(), "ensemble-report-"));
  const live = { ...madeRun({ durationS: 60, warmUpS: 5 }), about: marker, reasons: [marker] };
  const { html } = await writeReport(folder, [live, madeRun({ durationS: 60, warmUpS: 5, backEnd: "model", plain: true })]);
  address = pathToFileURL(html).href;
  browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: flags });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

async function open(options: { readonly width: number; readonly colorScheme: "light" | "dark" }): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: options.width, height: 900 }, colorScheme: options.colorScheme, offline: true });
  const complaints: string[] = [];
  const requests: string[] = [];
  context.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("request", (request) => requests.push(request.url()));
  const page = await context.newPage();
  await page.goto(address);
  return { page, complaints, requests };
}

/** Of each plot: how many of its dots are not the ground, and how many colours they have. */
const drawnIn = (page: Page) => page.evaluate(() => [...document.querySelectorAll<HTMLCanvasElement>("[data-plot] canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: new Uint8ClampedArray() };
  const colours = new Set<number>();
  let dots = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 0) continue;
    dots++;
    colours.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
  }
  return { dots, colours: colours.size };
}));

test("opens offline: every plot is drawn, nothing but the file is asked for, nothing complains", async () => {
  const { page, complaints, requests } = await open({ width: 1_280, colorScheme: "light" });
  const plots = await page.locator("[data-plot]").count();
  const drawn = await drawnIn(page);
  expect(plots).toBeGreaterThan(10);
  expect(drawn).toHaveLength(plots);
  for (const { dots, colours } of drawn) {
    expect(dots).toBeGreaterThan(2_000);
    expect(colours).toBeGreaterThan(4);
  }
  expect(requests).toEqual([address]);
  expect(complaints).toEqual([]);
  expect([await page.title(), await page.locator("img").count()]).toEqual(["FAIL: release-spike", 0]);
  await page.context().close();
}, 60_000);

test.each([{ width: 360, colorScheme: "dark" }, { width: 1_280, colorScheme: "light" }] as const)("is no wider than $width px in $colorScheme", async (options) => {
  const { page } = await open(options);
  const { scrolls, ground } = await page.evaluate(() => ({ scrolls: document.documentElement.scrollWidth, ground: getComputedStyle(document.documentElement).backgroundColor }));
  expect(scrolls).toBe(options.width);
  expect(ground).toBe(options.colorScheme === "dark" ? "rgb(20, 23, 26)" : "rgb(255, 255, 255)");
  await page.context().close();
}, 60_000);

test("drawings by hand have lines where there is data, and a name that is read aloud", async () => {
  const { page } = await open({ width: 1_280, colorScheme: "light" });
  const names = await page.locator("svg[role=img]").evaluateAll((drawings) => drawings.map((one) => one.getAttribute("aria-label") ?? ""));
  expect(names).toHaveLength(8);
  expect(names[0]).toMatch(/^play: latency by percentile, measured p50 .* predicted p50/);
  const boxes = await page.locator("svg .line, svg .heat").evaluateAll((paths) => paths.map((path) => (path as SVGPathElement).getBBox().width));
  expect(boxes.filter((width) => width > 100).length).toBeGreaterThan(8);
  await page.context().close();
}, 60_000);

test("goes to paper in light colours, and plots fit their column", async () => {
  const { page, complaints } = await open({ width: 1_280, colorScheme: "dark" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 718, height: 1_000 });
  const seen = await page.evaluate(() => ({
    ground: getComputedStyle(document.documentElement).backgroundColor,
    over: [...document.querySelectorAll<HTMLElement>("[data-plot]")].filter((holder) => (holder.querySelector("canvas")?.clientWidth ?? Infinity) > holder.clientWidth).length,
    scrolls: document.documentElement.scrollWidth,
  }));
  expect(seen).toEqual({ ground: "rgb(255, 255, 255)", over: 0, scrolls: 718 });
  const pdf = await page.pdf({ format: "A4" });
  expect(pdf.subarray(0, 5).toString("latin1")).toBe("%PDF-");
  expect(complaints).toEqual([]);
  await page.context().close();
}, 60_000);
