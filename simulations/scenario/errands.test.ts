import { describe, expect, test } from "@jest/globals";
import { readScenario } from "./description.ts";
import { errandsOf, playlistsAt, type Errand } from "./errands.ts";
import { visitsOf } from "./visits.ts";

const spike = { type: "spike", base: { type: "poisson", ratePerS: 10_000 }, startMs: 60_000, rampMs: 1_000, holdMs: 30_000, tauMs: 100, amplitude: 2 };
const written = {
  name: "s", about: "a test", durationS: 100, warmUpS: 10, concurrent: 0,
  searches: { arrivals: spike, oneTerm: 0.5 },
  edits: { arrivals: { type: "poisson", ratePerS: 20_000 }, playlists: 50_000, hottest: 0.1 },
  returns: { arrivals: { type: "constant", ratePerS: 1_000 }, events: 3, edits: 0.5, playlists: 1 },
};
const scenario = readScenario(written);
const errands = (options: Partial<Parameters<typeof errandsOf>[1]> = {}) => [...errandsOf(scenario, { seed: 1, scale: 1e-3, ...options })];
const ofKind = <Kind extends Errand["kind"]>(all: readonly Errand[], kind: Kind) => all.filter((each): each is Extract<Errand, { kind: Kind }> => each.kind === kind);
const key = ({ kind, number }: Errand): string => `${kind} ${number}`;

describe("errands -", () => {
  const all = errands();

  test("come in order of time, as many as the scenario says", () => {
    const times = all.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    // 20/s for 100 s, of a Poisson number; 1/s exactly.
    expect(Math.abs(ofKind(all, "edit").length - 2_000)).toBeLessThan(200);
    expect(Math.abs(ofKind(all, "return").length - 100)).toBeLessThan(2);
  });

  test("a spike's searches are for one title as often as it says", () => {
    const searches = ofKind(all, "search");
    const during = searches.filter(({ atMs }) => atMs > 61_000 && atMs < 91_000);
    expect(Math.abs(during.length / 30 - 30)).toBeLessThan(5);
    // Two of three are the spike's, half of these for the title.
    expect(Math.abs(during.filter(({ term }) => term === -1).length / during.length - 1 / 3)).toBeLessThan(0.07);
    expect(searches.filter(({ atMs, term }) => atMs < 60_000 && term === -1)).toEqual([]);
  });

  test("edits go to one playlist as often as it says, and to the others alike", () => {
    expect(playlistsAt(scenario, 1e-3)).toBe(50);
    const edits = ofKind(all, "edit");
    expect(Math.abs(edits.filter(({ playlist }) => playlist === 0).length / edits.length - 0.118)).toBeLessThan(0.03);
    expect(new Set(edits.map(({ playlist }) => playlist)).size).toBe(50);
  });

  test("are the same for the same seed, and shared out without a change", () => {
    expect(errands()).toEqual(all);
    expect(errands({ seed: 2 })).not.toEqual(all);
    const parts = [0, 1, 2].flatMap((index) => errands({ share: { index, of: 3 } }));
    expect(parts.map(key).toSorted()).toEqual(all.map(key).toSorted());
  });

  test("of nobody are none", () => expect([...visitsOf(scenario, { seed: 1, scale: 1 })]).toEqual([]));

  test("what is wrong in a fault, a network or a release is named", () => {
    const wrong = (fields: object) => () => readScenario({ ...written, ...fields });
    expect(wrong({ faults: [{ atS: 5, forS: 5, what: "redis", how: "kill" }] })).toThrow(/faults\[0\]\.how is "kill"/);
    expect(wrong({ faults: [{ atS: 500, forS: 5, what: "node", how: "kill" }] })).toThrow(/faults\[0\]\.atS is 500/);
    expect(wrong({ network: { traces: "5g" } })).toThrow(/network\.traces is "5g"; it must be one of 3g-hsdpa/);
    expect(wrong({ release: { tracks: 2 } })).toThrow(/release is .* beside visits of type spike/);
    expect(wrong({ edits: { ...written.edits, hottest: 2 } })).toThrow(/edits\.hottest is 2/);
    expect(wrong({ searches: { arrivals: { type: "poisson" } } })).toThrow(/searches\.arrivals\.ratePerS/);
  });
});
