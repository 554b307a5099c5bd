/** The files beside the page, read back as others read them. */
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeFromCompressedBase64, HistogramLogReader, listTags, type Histogram } from "hdr-histogram-js";
import type { RunResult } from "../run/index.ts";
import { ReportError } from "./errors.ts";
import { hlogOf, tagOf } from "./hlog.ts";
import { bucketsOf, heatOf, opened, quantile, spectrum } from "./histograms.ts";
import { readRuns, resultJson, runsFrom, runsOf, statusOf } from "./runs.ts";
import { summaryOf } from "./summary.ts";
import { encoded, histogram, madeRun } from "./testing/runs.ts";
import { csvOf } from "./timeseries.ts";
import { writeReport } from "./write.ts";

let live: RunResult;
let model: RunResult;
let folder: string;

beforeAll(async () => {
  [live, model] = [madeRun({ durationS: 30, warmUpS: 5 }), madeRun({ durationS: 30, warmUpS: 5, backEnd: "model", plain: true })];
  folder = await mkdtemp(join(tmpdir(), "ensemble-report-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Sums of a log's lines, by tag. */
function summedLog(text: string): Map<string, { lines: number; sum: Histogram }> {
  const reader = new HistogramLogReader(text, 64);
  const tags = new Map<string, { lines: number; sum: Histogram }>();
  for (let one = reader.nextIntervalHistogram(); one !== null; one = reader.nextIntervalHistogram()) {
    const known = tags.get(one.tag) ?? { lines: 0, sum: histogram() };
    known.sum.add(one);
    tags.set(one.tag, { lines: known.lines + 1, sum: known.sum });
  }
  return tags;
}

/** RFC 4180, strictly: CRLF after each record, quotes doubled within quotes. */
function records(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    const [whole, quoted, bare = "", end = ""] = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y.exec(text.slice(at)) ?? [];
    if (whole === undefined) throw new Error(`no field at ${at}: ${text.slice(at, at + 40)}`);
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (end === "\r\n") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe("latency.hlog -", () => {
  test("is read back by the library's reader: a tag per operation, sums equal to the operation's histogram in every bucket", () => {
    const text = hlogOf(live);
    expect(text.split("\n")[0]).toBe("#[Histogram log format version 1.3]");
    expect(listTags(text).toSorted()).toEqual(["chunk", "play", "playlist%20edit", "search"]);
    const tags = summedLog(text);
    for (const [kind, operation] of Object.entries(live.operations)) {
      const { lines, sum } = tags.get(tagOf(kind)) ?? { lines: 0, sum: histogram() };
      expect(lines).toBe(25);
      expect(bucketsOf(sum)).toEqual(bucketsOf(decodeFromCompressedBase64(operation.histogram, 64)));
    }
  });

  test("intervals lie at the time of day at which they were measured", () => {
    const first = new HistogramLogReader(hlogOf(live), 64).nextIntervalHistogram();
    expect(first?.startTimeStampMsec).toBe(Date.parse(live.startedAt) + 5_000);
    expect(first?.endTimeStampMsec).toBe(Date.parse(live.startedAt) + 6_000);
  });

  test("without histograms of seconds, or with some that do not add up, one line holds the whole", () => {
    const [first, ...rest] = live.series.slice(5);
    if (first === undefined) throw new Error("no sample");
    const broken = { ...live, series: [{ ...first, operations: {} }, ...rest] };
    for (const run of [model, broken]) {
      const { lines, sum } = summedLog(hlogOf(run)).get("play") ?? { lines: 0, sum: histogram() };
      expect([lines, sum.totalCount]).toEqual([1, run.operations.play?.latency.count]);
    }
  });

  test("a histogram that is none is an error that names it", () => {
    const { play } = live.operations;
    if (play === undefined) throw new Error("no plays");
    expect(() => hlogOf({ ...live, series: [], operations: { play: { ...play, histogram: "nothing" } } })).toThrow(/operations\.play\.histogram is "nothing"; allowed: a compressed histogram/);
  });
});

describe("timeseries.csv -", () => {
  test("has a row for each second, and every figure comes back", () => {
    const [header = [], ...rows] = records(csvOf(live));
    expect(rows).toHaveLength(30);
    expect(rows.every((row) => row.length === header.length)).toBe(true);
    for (const [n, sample] of live.series.entries()) {
      const row = Object.fromEntries(header.map((name, at) => [name, rows[n]?.[at]]));
      expect(row.at_s).toBe(String(sample.atS));
      expect(Number(row["play: p99_ms"])).toBe(sample.operations.play?.p99Ms);
      expect(Number(row["node-1, event loop: utilisation"])).toBe(sample.resources["node-1, event loop"]?.utilisation);
      expect(Number(row["edge hit ratio"])).toBe(sample.gauges["edge hit ratio"]);
    }
  });

  test("names with commas, quotes and line breaks come back, and what a second lacks is empty", () => {
    const strange = 'a "gauge",\r\nin two lines';
    const series = [{ atS: 0, operations: {}, resources: {}, gauges: { [strange]: 1 } }, { atS: 1, operations: {}, resources: {}, gauges: { late: Number.NaN } }];
    expect(records(csvOf({ series }))).toEqual([["at_s", strange, "late"], ["0", "1", ""], ["1", "", ""]]);
  });
});

describe("summary.json -", () => {
  test("is laid out as k6 does: trends with p(99), rates, counters; ok is true where a threshold holds", () => {
    const { metrics } = summaryOf(live);
    const { play } = live.operations;
    expect(metrics.play_duration).toMatchObject({ type: "trend", contains: "time", values: { med: play?.latency.p50Ms, "p(99)": play?.latency.p99Ms, "p(99.9)": play?.latency.p999Ms, max: play?.latency.maxMs } });
    expect(metrics.play_done).toMatchObject({ type: "counter", values: { count: play?.done, rate: (play?.done ?? 0) / 25 } });
    expect(metrics.play_failed?.values.rate).toBe((play?.failed ?? 0) / (play?.offered ?? 1));
    expect(metrics.playlist_edit_duration?.values["p(95)"]).toBeGreaterThan(metrics.playlist_edit_duration?.values["p(90)"] ?? Infinity);
  });

  test.each([true, false])("a threshold that %p is under the metric that it is about", (ok) => {
    const thresholds = ["play.p99Ms < 200", "play.failed < 0.01", "edge hit ratio > 0.7", "playlist edit.done > 10"].map((rule) => ({ rule, value: 0.5, ok }));
    const { metrics } = summaryOf({ ...live, thresholds });
    expect(metrics.play_duration?.thresholds).toEqual({ "play.p99Ms < 200": { ok } });
    expect(metrics.play_failed?.thresholds).toEqual({ "play.failed < 0.01": { ok } });
    expect(metrics.edge_hit_ratio).toEqual({ type: "gauge", contains: "default", values: { value: 0.5 }, thresholds: { "edge hit ratio > 0.7": { ok } } });
    expect(metrics.playlist_edit_done?.thresholds).toEqual({ "playlist edit.done > 10": { ok } });
  });
});

describe("result.json -", () => {
  test("gives the runs back whole, infinite headroom included", () => {
    const idle = { ...live, resources: [{ ...live.resources[0], headroom: Infinity }] } as RunResult;
    expect(runsFrom(resultJson([idle, model]), "it")).toEqual([idle, model]);
  });

  test("what is no result is refused by the field at fault", () => {
    expect(() => runsFrom("{", "it")).toThrow(ReportError);
    expect(() => runsFrom('{"format":2,"runs":[]}', "it")).toThrow("it: format is 2; allowed: 1");
    expect(() => runsFrom('{"format":1,"runs":[{"scenario":"a","backEnd":"dream"}]}', "it")).toThrow('it: runs[0].backEnd is "dream"; allowed: live, model');
  });

  test("runs that do not belong together are refused", () => {
    expect(() => runsOf([])).toThrow("runs is 0");
    expect(() => runsOf([live, live])).toThrow("runs[1].backEnd");
    expect(() => runsOf([live, { ...model, scale: 1 }])).toThrow("runs[1].scale is 1; allowed: that of the other run, 0.0001");
    expect(runsOf([model, live])).toEqual({ main: live, predicted: model });
  });

  test("the exit status is that of the worst run", () => {
    const verdicts = [["pass"], ["pass", "fail"], ["fail", "invalid"]] as const;
    expect(verdicts.map((each) => statusOf(each.map((verdict) => ({ ...live, verdict }))))).toEqual([0, 99, 97]);
  });
});

describe("histograms -", () => {
  test("percentiles, spectrum and heat map agree with the library", () => {
    const one = histogram();
    for (let n = 1; n <= 1_000; n++) one.recordValue(n * 1_000);
    const buckets = bucketsOf(opened(encoded(one), "it"));
    for (const percentile of [1, 50, 99, 99.9, 100]) expect(quantile(buckets, percentile / 100)).toBe(one.getValueAtPercentile(percentile) / 1_000);
    expect(spectrum(buckets).at(-1)).toEqual({ nines: 3, ms: one.getValueAtPercentile(99.9) / 1_000 });
    const heat = heatOf([{ atS: 5, buckets }, { atS: 9, buckets }], 3, 10);
    expect(heat?.edgesS).toEqual([5, 7, 9, 11]);
    expect(heat?.counts.map((column) => column.reduce((sum, count) => sum + count, 0))).toEqual([1_000, 0, 1_000]);
  });
});

test("a report of a live run and its model has the files of both; the same runs give the same bytes", async () => {
  const paths = await writeReport(join(folder, "one"), [model, live]);
  await writeReport(join(folder, "two"), [model, live]);
  const names = await readdir(join(folder, "one"));
  expect(names.toSorted()).toEqual(["latency-model.hlog", "latency.hlog", "report.html", "result.json", "summary-model.json", "summary.json", "timeseries-model.csv", "timeseries.csv"]);
  expect(paths).toEqual({ html: join(folder, "one", "report.html"), summary: join(folder, "one", "summary.json") });
  for (const name of names) expect(await readFile(join(folder, "one", name), "utf8")).toBe(await readFile(join(folder, "two", name), "utf8"));
  expect((await readRuns(join(folder, "one", "result.json"))).map(({ backEnd }) => backEnd)).toEqual(["live", "model"]);
});
