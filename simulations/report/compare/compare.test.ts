import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { RunResult } from "../../run/index.ts";
import { resultJson } from "../runs.ts";
import { madeRun, type Recipe } from "../testing/runs.ts";
import { writeComparison } from "../write.ts";
import { compare, compareFiles, type Comparison } from "./compare.ts";
import { comparisonPage, comparisonText } from "./shown.ts";

const short: Recipe = { durationS: 50, warmUpS: 10 };
const quick = { resamples: 100 };
const base = madeRun(short);
const changes = ({ operations }: Comparison) => Object.fromEntries(operations.flatMap(({ kind, differences }) => differences.map(({ measure, change }) => [`${kind} ${measure}`, change])));

test("a run is the same as itself", () => {
  const found = compare(base, base, quick);
  expect(new Set(Object.values(changes(found)))).toEqual(new Set(["same"]));
  expect([found.verdict, found.exitStatus, found.notes]).toEqual(["pass", 0, []]);
});

test("seeds alone make nothing worse", () => {
  const verdicts = [2, 3, 4, 5, 6].map((seed) => compare(base, madeRun({ ...short, seed }), quick).verdict);
  expect(new Set(verdicts)).toEqual(new Set(["pass"]));
});

test("what is slower by more than is tolerated is worse and leaves 99; the other way round it is better", () => {
  const slow = madeRun({ ...short, seed: 2, slower: 1.25 });
  const found = compare(base, slow, quick);
  expect(changes(found)).toMatchObject({ "play p50Ms": "worse", "chunk p50Ms": "worse", "play servedPerS": expect.stringMatching(/same|unclear/) });
  expect([found.verdict, found.exitStatus]).toEqual(["fail", 99]);
  expect(changes(compare(slow, base, quick))).toMatchObject({ "play p50Ms": "better", "chunk p50Ms": "better" });
});

test("a wider tolerance lets the same pass", () => {
  const found = compare(base, madeRun({ ...short, slower: 1.25 }), { ...quick, tolerance: { p50Ms: 0.5, p99Ms: 0.5 } });
  expect(found.verdict).toBe("pass");
});

test("fewer served and more failures are worse", () => {
  const found = changes(compare(base, madeRun({ ...short, seed: 2, failing: 0.2 }), quick));
  expect(found).toMatchObject({ "play errors": "worse", "play servedPerS": "worse" });
});

test("without a histogram for each second intervals come from the whole, and it is said", () => {
  const found = compare(base, madeRun({ ...short, seed: 2, slower: 1.25, plain: true }), quick);
  expect(new Set(found.operations.map(({ method }) => method))).toEqual(new Set(["independent"]));
  expect(changes(found)["chunk p50Ms"]).toBe("worse");
  expect(comparisonText(found)).toContain("too narrow");
});

test("the same runs and seed give the same comparison", () => {
  const other = madeRun({ ...short, seed: 2 });
  expect(compare(base, other, quick)).toEqual(compare(base, other, quick));
});

test("an operation that is gone is worse; other inputs, rates and an invalid run are pointed out", () => {
  const { play, ...operations } = base.operations;
  const gone: RunResult = { ...base, operations, inputs: {}, seed: 9 };
  const found = compare(base, gone, quick);
  expect([found.verdict, play === undefined]).toEqual(["fail", false]);
  expect(found.notes).toEqual(expect.arrayContaining(["The second run has no play.", "seed: 1 and 9.", "The inputs are not the same."]));
  const invalid = compare(base, { ...base, verdict: "invalid", reasons: ["the host was full"] }, quick);
  expect([invalid.verdict, invalid.exitStatus]).toEqual(["invalid", 97]);
  expect(compare(base, madeRun({ ...short, busier: 1.2 }), quick).notes.join()).toMatch(/play: the second run was offered \d+\.\d % more/);
});

test("wrong options and unlike runs are refused by name", () => {
  expect(() => compare(base, base, { tolerance: { p50Ms: -1 } })).toThrow("tolerance.p50Ms is -1; allowed: 0 or more");
  expect(() => compare(base, base, { resamples: 3 })).toThrow("resamples is 3");
  expect(() => compare(base, { ...base, backEnd: "model" })).toThrow('b.backEnd is "model"');
});

test("the text says in words what changed, on a terminal of 100 columns", () => {
  const text = comparisonText(compare(base, madeRun({ ...short, seed: 2, slower: 1.25 }), quick));
  expect(text).toMatch(/^worse: +play p50 \+\d+\.\d %, chunk p50 \+/m);
  expect(text).toMatch(/^unclear: +play \(p99/m);
  expect(text).not.toMatch(/^better/m);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(comparisonText(compare(base, base, quick))).toMatch(/^worse: +nothing\nno difference: play \(p50, p99, served, errors\)/m);
});

test("from files, as text, JSON and a page", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-compare-"));
  try {
    const paths = [join(folder, "a.json"), join(folder, "b.json")] as const;
    await writeFile(paths[0], resultJson([base]));
    await writeFile(paths[1], resultJson([madeRun({ ...short, slower: 1.4 }), madeRun({ ...short, backEnd: "model" })]));
    const found = await compareFiles(...paths, quick);
    expect(comparisonText(found)).toMatch(/^FAIL \(exit 99\) {2}release-spike/);
    const written = await writeComparison(folder, found);
    expect(JSON.parse(await readFile(written.json, "utf8"))).toEqual(found);
    expect(await readFile(written.html, "utf8")).toContain("✕ worse");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a name cannot break the page", () => {
  const evil = "</h1><script>x()</script>";
  const text = comparisonPage(compare({ ...base, scenario: evil, command: evil }, { ...base, scenario: evil, version: evil }, quick), { css: "" });
  expect(text).not.toContain("<script");
  expect(text.match(/<\/h1>/g)).toHaveLength(1);
});
