import { describe, expect, test } from "@jest/globals";
import { checkList, contradictionsOf } from "./contradictions.ts";
import { evaluateAt } from "./plan.ts";
import { readRequest } from "./request.ts";

/** Numbers that agree: plays as long as Little's law says, events for each of them, users who listen as long as their sessions, an edge as good as it is called. */
const agreeing = {
  "play.heard": 160,
  "load.events": 1_142_500,
  "load.eventsDaily": (1_142_500 * 86_400) / 1.5,
  "load.dau": 860e6,
  "load.mau": 1.5e9,
  "edge.bytes": 50e12,
  "cell.stated": 30,
};

const found = (changed: Readonly<Record<string, number>> = {}) => contradictionsOf(evaluateAt(readRequest({ inputs: changed })));
const names = (changed: Readonly<Record<string, number>> = {}) => found(changed).map(({ name }) => name);

describe("contradictions -", () => {
  test("the seed's are all told, with what is implied (traffic.md 4.1)", () => {
    expect(Object.fromEntries(found().map(({ name, statedValue, impliedValue }) => [name, [statedValue, Number(impliedValue.toPrecision(4))]]))).toEqual({
      little: [80e6, 63e6],
      "events-of-plays": [300e3, 1.143e6],
      "events-of-day": [300e3, 347_200],
      "plays-of-day": [500e3, 152e3],
      "streams-of-day": [80e6, 24.31e6],
      "daily-hours": [1.5, 6.4],
      "edge-hit": [0.8, 0.7496],
      "cell-size": [1, 20],
      heartbeats: [400e3, 23.7e6],
    });
  });

  test("inputs that agree have none", () => {
    expect(names(agreeing)).toEqual([]);
  });

  test.each([
    ["little", { "play.heard": 126 }],
    ["bandwidth", { "load.bandwidth": 10e12 }],
    ["tiers", { "rate.mean": 184 }],
    ["events-of-plays", { "load.events": 300e3 }],
    ["events-of-day", { "load.eventsDaily": 90e9 }],
    ["plays-of-day", { "load.eventsDaily": 20e9 }],
    ["streams-of-day", { "load.eventsDaily": 20e9 }],
    ["daily-hours", { "load.dau": 200e6 }],
    ["users", { "load.mau": 500e6 }],
    ["edits", { "load.edits": 200e3 }],
    ["storage", { "catalog.stated": 2e15 }],
    ["edge-hit", { "edge.bytes": 15e12 }],
    ["popularity", { "edge.stated": 0.7 }],
    ["cell-size", { "cell.stated": 1 }],
    ["heartbeats", { "cell.stated": 2 }],
  ])("%s appears when that one input disagrees", (name, changed) => {
    expect(names({ ...agreeing, ...changed })).toContain(name);
  });

  test("a curve that ends before the catalogue does", () => {
    const request = readRequest({ popularity: "luminate-2023", inputs: { "catalog.tracks": 184e6 } });
    expect(contradictionsOf(evaluateAt(request)).find(({ name }) => name === "played-tracks")).toMatchObject({ statedValue: 184e6, impliedValue: 138.4e6 });
    expect(contradictionsOf(evaluateAt(readRequest({ popularity: "luminate-2023" }))).map(({ name }) => name)).not.toContain("played-tracks");
  });

  test("each check says what the plan counts with, and none is left without a test", () => {
    expect(checkList.every(({ because, uses }) => because !== "" && uses !== "")).toBe(true);
    expect(checkList).toHaveLength(16);
  });
});
