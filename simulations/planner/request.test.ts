import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { DescriptionError } from "../description/index.ts";
import { inputTables } from "./document.ts";
import { checkList } from "./contradictions.ts";
import { inputs } from "./inputs/index.ts";
import { graph } from "./plan.ts";
import { cells, quantities } from "./quantities/index.ts";
import { readRequest, requestSchema } from "./request.ts";

const fileOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

const problems = (document: unknown): readonly string[] => {
  try {
    readRequest(document);
  } catch (error) {
    if (error instanceof DescriptionError) return error.problems;
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
      'plan.popularity is "rock"; it must be one of seed, luminate-2023, zipf-ALPHA with ALPHA from 0 to 10, or an object',
      "plan.draws is 5; it must be a whole number from 512 up to 20000",
      "plan.inputs.load.concurrent is -1; it must be a number from 1 to 1e+18, or { low, mid, high } of such, rising",
    ]);
    expect(problems({ inputs: { "load.concurrent": { low: 3, mid: 2, high: 5 } } })).toEqual([expect.stringMatching(/^plan\.inputs\.load\.concurrent is .*"mid":2.* rising$/)]);
    expect(problems({ inputs: { "load.concurrent": { low: 0, mid: 2, high: 5 } } })).toEqual([expect.stringMatching(/^plan\.inputs\.load\.concurrent\.low is 0; it must be a number from 1/)]);
    expect(problems({ inputs: { "load.concurent": 5 } })).toEqual(["plan.inputs.load.concurent is 5; it must be left out: there is no such input"]);
    expect(problems({ inputs: { "load.concurrent": "80M" } })).toEqual([expect.stringMatching(/^plan\.inputs\.load\.concurrent is "80M"; it must be a number /)]);
    expect(problems({ popularity: { type: "zipf", tracks: 1e6, alpha: -1 } })).toEqual(["plan.popularity.alpha is -1; it must be a number from 0 up to 10"]);
    expect(problems({ popularity: "zipf-11" })).toHaveLength(1);
    expect(problems("80e6")).toHaveLength(1);
    expect(problems({ inputs: { "load.concurrent": NaN } })).toHaveLength(1);
  });

  test("the published schema is that of the code, and takes what the code takes", () => {
    expect(JSON.parse(fileOf("request.schema.json"))).toEqual(JSON.parse(JSON.stringify(requestSchema())));
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(fileOf("request.schema.json")));
    expect(validate({ popularity: "seed", inputs: { "load.concurrent": 5e6, "cpu.use": { low: 0.3, mid: 0.4, high: 0.5 } } })).toBe(true);
    expect(validate({ inputs: { "load.concurent": 5e6 } })).toBe(false);
    for (const popularity of ["zipf-0.9", "zipf-10", "luminate-2023", { type: "zipf", tracks: 1e6, alpha: 1 }]) {
      expect({ popularity, isValid: validate({ popularity }) }).toEqual({ popularity, isValid: true });
      expect(problems({ popularity })).toEqual([]);
    }
    for (const popularity of ["rock", "zipf-11", "zipf-", { type: "zipf", tracks: 1e6 }, {}]) {
      expect({ popularity, isValid: validate({ popularity }) }).toEqual({ popularity, isValid: false });
      expect(problems({ popularity })).toHaveLength(1);
    }
    expect(validate({ $schema: "request.schema.json" })).toBe(true);
    expect(readRequest({ $schema: "request.schema.json" })).toEqual(readRequest({}));
  });

  test("docs/planning.md has every input and formula as the code has it", () => {
    expect(fileOf("../../docs/planning.md")).toContain(inputTables());
  });
});
