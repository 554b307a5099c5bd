/** The page as text: whole, in order, without addresses, and with nothing of a scenario in it but text. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { RunResult } from "../../run/index.ts";
import { raw, escape, html, jsonFor } from "../html.ts";
import { madeRun } from "../testing/runs.ts";
import { reportFiles } from "../write.ts";
import { assets, type Assets } from "./assets.ts";

const pageOf = (runs: readonly RunResult[], known: Assets): string => reportFiles(runs, known).get("report.html") ?? "";

/** Before the data and the script. */
const bodyOf = (text: string): string => text.slice(text.indexOf("<body"), text.indexOf('<script type="application/json"'));

let known: Assets;
let live: RunResult;
let model: RunResult;
let page: string;

beforeAll(async () => {
  known = await assets();
  [live, model] = [madeRun({ durationS: 40, warmUpS: 5 }), madeRun({ durationS: 40, warmUpS: 5, backEnd: "model", plain: true })];
  page = pageOf([live, model], known);
});

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const bare = new Set(["meta", "link", "br", "img", "path", "rect", "circle"]);

/** Start tags in order. Throws where the page is not well formed: a tag that is not closed, text that holds a "<". */
function parsed(text: string): Tag[] {
  const tags: Tag[] = [];
  const open: string[] = [];
  const token = /<!doctype html>|<\/([a-z0-9]+)>|<([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"]*")?)*)\s*(\/?)>|([^<]+)/gy;
  while (token.lastIndex < text.length) {
    const from = token.lastIndex;
    const found = token.exec(text);
    if (found === null) throw new Error(`not well formed at ${from}: ${text.slice(from, from + 80)}`);
    const [, end, name, attributes = "", closed] = found;
    if (end !== undefined && open.pop() !== end) throw new Error(`</${end}> closes another at ${from}`);
    if (name === undefined) continue;
    tags.push({ name, attributes: new Map([...attributes.matchAll(/([a-zA-Z-]+)(?:="([^"]*)")?/g)].map(([, key = "", value = ""]) => [key, value])) });
    if (name === "script" || name === "style") {
      token.lastIndex = text.indexOf(`</${name}>`, token.lastIndex) + name.length + 3;
      continue;
    }
    if (closed !== "/" && !bare.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(" ")}`);
  return tags;
}

describe("report.html -", () => {
  test("is well formed, and each id is there once", () => {
    const ids = parsed(page).flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
    expect(() => parsed("<p>a < b</p>")).toThrow("not well formed");
    expect(() => parsed("<p><b></p></b>")).toThrow("closes another");
  });

  test("names no address: nothing is loaded, and links lead to files beside it and to places in it", () => {
    const tags = parsed(page);
    const addresses = tags.flatMap(({ attributes }) => ["src", "href", "srcset", "action", "data", "poster"].flatMap((name) => attributes.get(name) ?? []));
    expect(addresses.length).toBeGreaterThan(10);
    expect(addresses.filter((address) => !/^(#[\w-]+|[\w.-]+\.(json|csv|hlog))$/.test(address))).toEqual([]);
    expect(tags.filter(({ name }) => ["link", "img", "iframe", "object", "base", "form"].includes(name))).toEqual([]);
    expect(known.css).not.toMatch(/url\(|@import/);
    expect(known.script).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|import\(|sendBeacon/);
    expect(page.match(/https?:\/\//g) ?? []).toEqual([]);
    expect(page).toContain("Content-Security-Policy\" content=\"default-src 'none'");
  });

  test("every place that is linked to is there", () => {
    for (const text of [page, pageOf([emptied(live)], known)]) {
      const tags = parsed(text);
      const ids = new Set(tags.map(({ attributes }) => attributes.get("id")));
      const links = tags.flatMap(({ attributes }) => attributes.get("href") ?? []).filter((address) => address.startsWith("#"));
      expect(links.length).toBeGreaterThan(5);
      for (const link of links) expect(ids).toContain(link.slice(1));
    }
  });

  test("reads in the order in which a planner asks", () => {
    const asked = ["FAIL", "Thresholds", "What breaks first", "Operations", "Offered and served", "Latency over time", "Latency by percentile", "Latency over time, all of it", "Utilisation and queues", "Gauges", "Cost a month", "Generator", "Inputs", "To have it again"];
    const headings = [...page.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, text]) => text);
    expect(headings.filter((text) => asked.includes(text ?? ""))).toEqual(asked.slice(1));
    expect(page.indexOf("FAIL</strong>")).toBeLessThan(page.indexOf("<h2"));
  });

  test("says what repeats it: command, seed, version, host, inputs, contradictions", () => {
    for (const text of [live.command, model.command, live.version, live.host?.cpu ?? "", "luminate-2023", "105M concurrent streams", "node-2 is away"]) expect(page).toContain(escape(text));
  });

  test("sets predicted beside measured and says by how much it is off", () => {
    expect(page).toMatch(/<small>[^<]+<\/small><small>[+±-]\d+\.\d % [✓✕]<\/small>/);
    expect(page).toContain('class="line predicted"');
    expect(pageOf([live], known)).not.toContain('class="line predicted"');
  });

  test("behind each plot there is a table", () => {
    const plots = page.match(/data-plot="/g)?.length ?? 0;
    expect(plots).toBeGreaterThan(10);
    expect(page.match(/<figure>/g)).toHaveLength(page.match(/<summary>The numbers as a table/g)?.length ?? 0);
  });

  test("a run that measured nothing says so before all else", () => {
    const invalid = pageOf([{ ...live, verdict: "invalid", reasons: ["the host was 99 % busy"] }, { ...model, verdict: "pass", reasons: [] }], known);
    expect(invalid).toMatch(/<title>INVALID/);
    expect(invalid).toContain("! INVALID</strong>");
    expect(invalid).toContain("measured: the host was 99 % busy");
  });

  test("a run with nothing in it is still a page", () => {
    const text = pageOf([emptied(model)], known);
    expect(() => parsed(text)).not.toThrow();
    expect(text).toContain("No resource was observed.");
    expect(bodyOf(text)).not.toMatch(/NaN|undefined|\[object/);
  });

  test("a curve of load shows the knee and the fitted law", () => {
    const curve = { unit: "plays/s", points: [{ load: 100, servedPerS: 98, p99Ms: 20, ok: true }, { load: 200, servedPerS: 180, p99Ms: 400, ok: false }], fit: { lambda: 1, sigma: 0.0003, kappa: 1e-6 }, knee: { load: 150, low: 140, high: 165 } };
    const text = pageOf([{ ...live, curve }], known);
    expect(bodyOf(text)).not.toMatch(/NaN|undefined|\[object/);
    expect(text).toContain("Throughput by load");
    expect(text).toContain("<strong>150 plays/s</strong> (95 %: 140 to 165)");
    expect(() => parsed(text)).not.toThrow();
  });

  test("a search says what gave way, what is full there, and what the law says; one without an answer says at least how much", () => {
    const points = [{ load: 100, servedPerS: 98, p99Ms: 20, lowMs: 18, highMs: 25, ok: true }, { load: 200, servedPerS: 180, p99Ms: Number.NaN, ok: false }];
    const curve = { unit: "listeners", points, latencyOf: "play, p99", boundMs: 200, law: "No scalability law was fitted: 2 points.", gaveWay: "play.p99Ms < 200", knee: { load: 150, low: 140, high: 165 }, filling: [{ name: "gateway-1", utilisation: 0.93, fullAt: 161 }, { name: "redis", utilisation: 0.1, fullAt: null }] };
    const text = pageOf([{ ...live, curve }], known);
    for (const part of ["What gives way first: play.p99Ms &#60; 200", "<strong>gateway-1</strong>, 93 % in use, and would be full at 161 listeners; then redis, 10 %", "No scalability law was fitted: 2 points.", "200 ms allowed", "18 ms to 25 ms"]) expect(text).toContain(part);
    expect(bodyOf(text)).not.toMatch(/NaN|undefined|\[object/);
    const { knee: _, ...open } = curve;
    expect(pageOf([{ ...live, verdict: "invalid", curve: { ...open, atLeast: 100 } }], known)).toContain("<strong>At least 100 listeners</strong>");
  });

  test("a long run stays a small page", () => {
    const [sample] = model.series.slice(-1);
    if (sample === undefined) throw new Error("no sample");
    const series = Array.from({ length: 8_000 }, (_, atS) => ({ ...sample, atS }));
    const text = pageOf([{ ...model, series, durationS: 8_000 }], known);
    expect(text.length).toBeLessThan(1_000_000);
    expect(text).toContain("Each point is the worst second of 7 s.");
  });

  test("a day with a sample a minute is drawn by the minute, its hours in the tables", () => {
    const [sample] = model.series.slice(-1);
    if (sample === undefined) throw new Error("no sample");
    const series = Array.from({ length: 1_440 }, (_, n) => ({ ...sample, atS: (n + 1) * 60 }));
    const text = pageOf([{ ...model, series, durationS: 86_400 }], known);
    expect(text).not.toContain("Each point is");
    expect(text).toContain("worst sample of each 3,600 s");
    expect(text).toContain("<th scope=\"row\">18:00");
    const data = JSON.parse(/<script type="application\/json" id="plots">(.*?)<\/script>/s.exec(text)?.[1] ?? "[]") as { atS: number[] }[];
    expect(data[0]?.atS).toHaveLength(1_440);
  });
});

/** As a run that ended before its first second, of a scenario that has no plan. */
function emptied(run: RunResult): RunResult {
  const bare = { ...run, about: "", operations: {}, series: [], resources: [], marks: [], thresholds: [], inputs: null };
  for (const member of ["costs", "contradictions", "tables", "curve"] as const) delete (bare as { -readonly [K in keyof RunResult]: RunResult[K] })[member];
  return bare;
}

/** Every string of it, keys of records too. */
function evilly<T>(value: T, evil: (text: string) => string): T {
  if (typeof value === "string") return evil(value) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => evilly(one, evil)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, ["backEnd", "verdict", "kind", "histogram", "startedAt"].includes(key) ? one as unknown : evilly<unknown>(one, evil)])) as T;
}

describe("escaping -", () => {
  const marker = `"'><script>document.title="hacked"</script><img src=x onerror=alert(1)>&amp;</style><!--`;

  test("whatever text a scenario has, it stays text", () => {
    const named = Object.fromEntries(Object.entries(live.operations).map(([kind, one]) => [marker + kind, one]));
    const series = live.series.map((sample) => ({ ...sample, operations: Object.fromEntries(Object.entries(sample.operations).map(([kind, one]) => [marker + kind, one])), gauges: { [marker]: 1 }, resources: Object.fromEntries(Object.entries(sample.resources).map(([name, one]) => [marker + name, one])) }));
    const evil = evilly({ ...live, operations: named, series }, (text) => marker + text);
    const text = pageOf([evil], known);
    const [tags, honest] = [parsed(text), parsed(pageOf([live], known))];
    expect(tags.filter(({ name }) => name === "img")).toEqual([]);
    expect(tags.filter(({ name }) => name === "script")).toHaveLength(honest.filter(({ name }) => name === "script").length);
    expect([...new Set(tags.flatMap(({ attributes }) => [...attributes.keys()]))].filter((name) => name.startsWith("on"))).toEqual([]);
    const data = /<script type="application\/json" id="plots">(.*?)<\/script>/s.exec(text)?.[1] ?? "";
    expect(data).not.toContain("<");
    expect(JSON.stringify(JSON.parse(data))).toContain(JSON.stringify(marker).slice(1, -1));
  });

  test("the template escapes all but its own", () => {
    expect(html`<a title="${marker}">${[marker.slice(0, 3), html`<b>${1}</b>`, null, false, undefined]}</a>`.text).not.toMatch(/<script|<img/);
    expect(html`${raw("<i>")}${"<i>"}`.text).toBe("<i>&#60;i&#62;");
    expect(jsonFor({ a: "</script>\u2028" }).text).toBe('{"a":"\\u003c/script>\\u2028"}');
  });
});
