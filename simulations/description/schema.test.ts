import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { readScenario, scenarioSchema } from "../scenario/index.ts";
import { scenarioDocuments } from "../scenario/shipped.ts";
import { readWorldDay, worldDayNames, worldDaySchema } from "../world/index.ts";
import { worldDayDocument } from "../world/shipped.ts";
import { DescriptionError } from "./index.ts";

const fileOf = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
const shown = (documents: readonly unknown[]): string[] => documents.map((document) => JSON.stringify(document));

/** The YAML of a page that describes something by name. */
const yamlIn = (path: string): unknown[] => [...fileOf(path).matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]): unknown => parse(text));

const scenario = { name: "s", about: "a", durationS: 60, warmUpS: 10, concurrent: 100 };
const day = { name: "d", about: "a" };
const fault = { atS: 5, forS: 5, what: "node", how: "kill" };
const poisson = { type: "poisson", ratePerS: 1 };

const kinds = [
  {
    name: "scenario",
    file: "../scenario/scenario.schema.json",
    write: "npm run -s simulate -- --schema",
    schema: scenarioSchema,
    read: readScenario,
    sound: [...scenarioDocuments, ...yamlIn("../../docs/simulations.md"), scenario, { $schema: "scenario.schema.json", ...scenario }],
    unsound: [
      5, {}, { ...scenario, colour: "red" }, { ...scenario, durationS: 0 }, { ...scenario, name: "" }, { ...scenario, concurrent: "80M" }, { ...scenario, cluster: { nodes: 1.5, gateways: 1 } },
      { ...scenario, visits: { type: "poison", ratePerS: 1 } }, { ...scenario, visits: { ...poisson, ratePerS: -1 } }, { ...scenario, visits: { ...poisson, rate: 1 } }, { ...scenario, visits: { type: "spike", base: { type: "mmpp" }, startMs: 0, tauMs: 1 } },
      { ...scenario, edits: { arrivals: { type: "mmpp", ratesPerS: [1], meanStayMs: [1, 1] }, playlists: 5 } }, { ...scenario, listener: "2015" }, { ...scenario, listener: { preset: "seed", skip: {} } }, { ...scenario, popularity: { type: "zipf", tracks: 10, alpha: 1, q: 2 } },
      { ...scenario, network: { traces: "5g" } }, { ...scenario, faults: [{ ...fault, how: "maim" }] }, { ...scenario, faults: [{ ...fault, what: "redis" }] }, { ...scenario, faults: [{ ...fault, forS: 0 }] }, { ...scenario, thresholds: ["play.p98 < 3"] },
    ],
    unruly: [
      { ...scenario, warmUpS: 61 }, { ...scenario, faults: [{ ...fault, atS: 61 }] }, { ...scenario, faults: [{ ...fault, forS: 61 }] }, { ...scenario, release: { tracks: 3 } }, { ...scenario, release: { tracks: 3 }, visits: poisson },
      { ...scenario, visits: { type: "piecewise", points: [{ atMs: 5, ratePerS: 1 }, { atMs: 4, ratePerS: 1 }] } }, { ...scenario, visits: { type: "piecewise", points: [{ atMs: 5, ratePerS: 1 }], repeatMs: 4 } },
      { ...scenario, listener: { trackS: [{ quantile: 0, lengthS: 30 }, { quantile: 0.5, lengthS: 60 }] } }, { ...scenario, popularity: { type: "counts", totalPlays: 1, headQ: 0, points: [{ rank: 4, plays: 1 }, { rank: 9, plays: 2 }] } },
    ],
  },
  {
    name: "day",
    file: "../world/day.schema.json",
    write: "npm run -s simulate -- day --schema",
    schema: worldDaySchema,
    read: readWorldDay,
    sound: [...worldDayNames.map(worldDayDocument), ...yamlIn("../../docs/world.md"), day, { $schema: "day.schema.json", ...day }],
    unsound: [
      5, {}, { ...day, when: 5 }, { ...day, hours: 73 }, { ...day, plan: { "load.plays": "many" } }, { ...day, plan: { "load.play": 1 } }, { ...day, chunkMs: { edge: 1, shield: 1 } }, { ...day, regions: [] }, { ...day, tiers: [{ rateKbps: 0, share: 1 }] },
      { ...day, happenings: [{ type: "flood" }] }, { ...day, happenings: [{ type: "celebrity", atHour: 1, minutes: 1 }] }, { ...day, happenings: [{ type: "synchronised", joinShare: 0.1, atHour: 1 }] },
    ],
    unruly: [
      { ...day, regions: [{ name: "a", share: 0.5, offsetHours: 0 }] }, { ...day, regions: [{ name: "a", share: 0.5, offsetHours: 0 }, { name: "a", share: 0.5, offsetHours: 1 }] }, { ...day, curve: [{ hour: 0, factor: 0 }] }, { ...day, tiers: [{ rateKbps: 1, share: 0.5 }] },
      { ...day, happenings: [{ type: "region-outage", region: "Mars", atHour: 1, minutes: 1 }] }, { ...day, hours: 2, happenings: [{ type: "celebrity", atHour: 3, minutes: 1, followers: 1 }] },
    ],
  },
] as const;

describe.each(kinds)("the schema of a $name -", ({ file, write, schema, read, sound, unsound, unruly }) => {
  const written: unknown = JSON.parse(fileOf(file));
  const validate = ajv.compile(written as object);
  const isRead = (document: unknown): boolean => {
    try {
      read(document);
      return true;
    } catch (error) {
      if (error instanceof DescriptionError) return false;
      throw error;
    }
  };

  test(`is that of the code (${write} > ${file.replace("..", "simulations")})`, () => {
    expect(written).toEqual(JSON.parse(JSON.stringify(schema())));
  });

  test("says what each field is", () => {
    expect(unsaid(written, "")).toEqual([]);
  });

  test("takes what the reader takes: all that is shipped, and what the documentation shows", () => {
    expect(sound.length).toBeGreaterThan(9);
    expect(shown(sound.filter((document) => !validate(document)))).toEqual([]);
    expect(shown(sound.filter((document) => !isRead(document)))).toEqual([]);
  });

  test("refuses what the reader refuses, but for rules over several fields", () => {
    expect(shown([...unsound, ...unruly].filter(isRead))).toEqual([]);
    expect(shown(unsound.filter((document) => validate(document)))).toEqual([]);
    expect(shown(unruly.filter((document) => !validate(document)))).toEqual([]);
  });

  test("refuses no document that the reader takes, whatever one of its fields is", () => {
    const strange = [null, -1, 0, 0.5, 1, 3, 1e4, 1e31, "", "seed", [], [1, 2], {}, { type: "poisson", ratePerS: 1 }];
    const changed = sound.flatMap((document) => pathsIn(document).flatMap((path) => strange.map((value) => replaced(document, path, value))));
    expect(changed.length).toBeGreaterThan(1_000);
    expect(shown(changed.filter((document) => isRead(document) && !validate(document)))).toEqual([]);
  });

  test("is told once: no part of what is read is the address of the schema", () => {
    expect(read(sound.at(-1))).not.toHaveProperty("$schema");
  });
});

const partsOf = (node: unknown): Readonly<Record<string, unknown>> => (typeof node === "object" && node !== null ? { ...node } : {});

/** Fields without a description. */
function unsaid(node: unknown, path: string): string[] {
  return Object.entries(partsOf(node)).flatMap(([name, part]) => {
    const isField = path.endsWith(".properties") && name !== "type";
    return [...(isField && !("description" in partsOf(part)) && !("$ref" in partsOf(part)) ? [`${path}.${name}`] : []), ...unsaid(part, `${path}.${name}`)];
  });
}

type Path = readonly (string | number)[];

function pathsIn(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [[]];
  const parts: (readonly [string | number, unknown])[] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[], ...parts.flatMap(([part, held]) => pathsIn(held).map((path) => [part, ...path]))];
}

function replaced(value: unknown, [part, ...rest]: Path, by: unknown): unknown {
  if (part === undefined || typeof value !== "object" || value === null) return by;
  const held: unknown = (value as Readonly<Record<string | number, unknown>>)[part];
  return Array.isArray(value) ? value.with(Number(part), replaced(held, rest, by)) : { ...value, [part]: replaced(held, rest, by) };
}
