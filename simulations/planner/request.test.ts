import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { inputTables } from "./document.ts";
import { checkList } from "./contradictions.ts";
import { inputs } from "./inputs/index.ts";
import { graph } from "./plan.ts";
import { cells, quantities } from "./quantities/index.ts";
import { PlanRequestError, readRequest, requestSchema } from "./request.ts";

const fileOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

const problems = (document: unknown): readonly string[] => {
  try {
    readRequest(document);
  } catch (error) {
    if (error instanceof PlanRequestError) return error.problems;
  }
  return [];
};

describe("request -", () => {
  test("nothing given is the seed's numbers, each input with a unit, an origin and a source", () => {
    const request = readRequest({});
    expect(request).toMatchObject({ popularity: "seed", seed: 1, draws: 512 });
    expect(inputs.filter(({ unit, source, value, least, most }) => unit === "" || source === "" || !(least <= value.low && value.low <= value.mid && value.mid <= value.high && value.high <= most))).toEqual([]);
    expect(request.inputs.find(({ name }) => name === "load.concurrent")).toMatchObject({ value: { low: 80e6, mid: 80e6, high: 80e6 }, origin: "seed" });
  });

  test("every input is read by some formula", () => {
    const read = new Set([...quantities.flatMap(({ name }) => graph.readsOf(name)), cells.bound]);
    expect(inputs.filter(({ name }) => !read.has(name) && !checkList.some(({ stated }) => stated === name)).map(({ name }) => name)).toEqual([]);
  });

  test("a value or an interval takes the default's place and says that it was given; the scale multiplies the load", () => {
    const { inputs } = readRequest({ scale: 0.5, inputs: { "load.concurrent": 10e6, "cpu.use": { low: 0.3, mid: 0.4, high: 0.5 } } });
    expect(inputs.find(({ name }) => name === "load.concurrent")).toMatchObject({ value: { low: 5e6, mid: 5e6, high: 5e6 }, origin: "given" });
    expect(inputs.find(({ name }) => name === "cpu.use")).toMatchObject({ value: { low: 0.3, mid: 0.4, high: 0.5 }, origin: "given" });
    expect(inputs.find(({ name }) => name === "load.plays")).toMatchObject({ value: { mid: 250e3 }, origin: "seed" });
  });

  test("every mistake is told, with its field and what is allowed", () => {
    expect(problems({ draws: 5, popularity: "rock", inputs: { "load.concurrent": -1 } })).toEqual([
      expect.stringMatching(/^popularity is "?rock"?; .*seed.*luminate-2023/),
      expect.stringMatching(/^draws .*512.*5/),
      expect.stringMatching(/^inputs: load\.concurrent must be a number from 1 to 1e\+18.*-1/),
    ]);
    expect(problems({ inputs: { "load.concurrent": { low: 3, mid: 2, high: 5 } } })).toEqual([expect.stringMatching(/load\.concurrent must be .*rising .*"mid":2/)]);
    expect(problems({ inputs: { "load.concurent": 5 } })).toEqual([expect.stringContaining("load.concurent")]);
    expect(problems({ inputs: { "load.concurrent": "80M" } })).toEqual([expect.stringMatching(/load\.concurrent must be a number .*"80M"/)]);
    expect(problems("80e6")).toHaveLength(1);
    expect(problems({ inputs: { "load.concurrent": NaN } })).toHaveLength(1);
  });

  test("the published schema is that of the code, and takes what the code takes", () => {
    expect(JSON.parse(fileOf("request.schema.json"))).toEqual(JSON.parse(JSON.stringify(requestSchema())));
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(fileOf("request.schema.json")));
    expect(validate({ popularity: "seed", inputs: { "load.concurrent": 5e6, "cpu.use": { low: 0.3, mid: 0.4, high: 0.5 } } })).toBe(true);
    expect(validate({ inputs: { "load.concurent": 5e6 } })).toBe(false);
    expect(validate({ $schema: "request.schema.json" })).toBe(true);
    expect(readRequest({ $schema: "request.schema.json" })).toEqual(readRequest({}));
  });

  test("docs/planning.md has every input and formula as the code has it", () => {
    expect(fileOf("../../docs/planning.md")).toContain(inputTables());
  });
});
