import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import catalog from "../catalog/catalog.service.ts";
import search from "../search/search.service.ts";
import { admin, listener, premium, startTestNode, type TestNode } from "../testing/node.ts";
import { schemaErrors } from "../testing/schema.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import { rightsService } from "./rights.service.ts";
import type { Identity } from "../action.ts";

let wallMs = Date.UTC(2026, 0, 15);
let elapsedMs = 1_000;
let node: TestNode;
/** A node that gets no broadcasts: as if every message to it were lost. */
let deaf: TestNode;
beforeAll(async () => {
  node = await startTestNode([catalog, search, rightsService(() => wallMs)]);
  deaf = await startTestNode([rightsService(() => wallMs, () => elapsedMs)], { DATABASE_URL: node.config.DATABASE_URL });
});
afterAll(async () => {
  await deaf.stop();
  await node.stop();
});

async function ask<T>(action: string, params: object, user?: Identity): Promise<T> {
  const answer = await node.call<T>(action, params, user);
  expect(schemaErrors(node.broker, action, answer)).toEqual([]);
  return answer;
}

async function addedTrack(name: string): Promise<string> {
  const track = ingestedTrack(name);
  await node.call("catalog.add", { track });
  return track.id;
}

const check = (trackId: string, country = "SE", plan = "free") => ask("rights.check", { trackId, country, plan });
const set = (id: string, rights: object) => ask("rights.set", { id, ...rights }, admin);

describe("rights", () => {
  test("a track is open until rights are set, and what is set replaces what was", async () => {
    const id = await addedTrack("licensed");
    expect(await check(id)).toEqual({ granted: true, rule: "open" });
    expect(await ask("rights.get", { id }, admin)).toEqual({ id, allowCountries: null, denyCountries: [], plans: null, availableFrom: null, availableUntil: null });
    const rights = { allowCountries: ["de", "SE"], plans: ["premium"], availableFrom: "2026-01-01", availableUntil: "2026-02-01T00:00:00+01:00" };
    const stored = { id, allowCountries: ["DE", "SE"], denyCountries: [], plans: ["premium"], availableFrom: "2026-01-01T00:00:00.000Z", availableUntil: "2026-01-31T23:00:00.000Z" };
    expect(await set(id, rights)).toEqual(stored);
    expect(await ask("rights.get", { id }, admin)).toEqual(stored);
    expect(await check(id)).toMatchObject({ granted: false, rule: "plan" });
    expect(await check(id, "FR", "premium")).toMatchObject({ granted: false, rule: "territory-not-allowed" });
    expect(await check(id, "SE", "premium")).toEqual({ granted: true, rule: "licensed" });
    expect(await set(id, { denyCountries: ["SE"] })).toMatchObject({ allowCountries: null, plans: null, denyCountries: ["SE"] });
    expect(await check(id)).toMatchObject({ granted: false, rule: "territory-denied" });
  });

  test("a window opens and closes by the clock, while the rights are kept", async () => {
    const id = await addedTrack("windowed");
    await set(id, { availableFrom: "2026-01-20T00:00:00Z", availableUntil: "2026-01-21T00:00:00Z" });
    const verdicts: unknown[] = [];
    for (const time of ["2026-01-19T23:59:59.999Z", "2026-01-20T00:00:00.000Z", "2026-01-20T23:59:59.999Z", "2026-01-21T00:00:00.000Z"]) {
      wallMs = Date.parse(time);
      verdicts.push(((await check(id)) as { rule: string }).rule);
    }
    expect(verdicts).toEqual(["not-yet", "licensed", "licensed", "expired"]);
  });

  test("a node that misses the news of a revocation grants for 60 seconds at most", async () => {
    const id = await addedTrack("revoked");
    const grantedThere = async () => (await deaf.call<{ granted: boolean }>("rights.check", { trackId: id, country: "SE", plan: "free" })).granted;
    expect(await grantedThere()).toBe(true);
    await set(id, { allowCountries: [] });
    expect(await check(id)).toMatchObject({ granted: false });
    expect(await grantedThere()).toBe(true);
    elapsedMs += 60_000;
    expect(await grantedThere()).toBe(false);
  });

  test.each([
    { allowCountries: ["XX"] },
    { denyCountries: ["Sweden"] },
    { allowCountries: "SE" },
    { plans: ["gold"] },
    { availableFrom: "tomorrow" },
    { availableFrom: "2026-13-01" },
    { availableFrom: "1 January 2026 UTC" },
    { availableFrom: "2026-02-01", availableUntil: "2026-02-01" },
    { track_id: "x" },
    { denyCountries: Array.from({ length: 250 }, () => "SE") },
  ])("%j is refused and changes nothing", async (rights) => {
    const id = await addedTrack("unchanged");
    await expect(node.call("rights.set", { id, ...rights }, admin)).rejects.toMatchObject({ code: 422 });
    expect(await check(id)).toMatchObject({ rule: "open" });
  });

  test("what is answered can be set again as it is", async () => {
    const id = await addedTrack("again");
    await set(id, { allowCountries: ["SE"], availableFrom: "2026-01-01" });
    for (const rights of [await node.call<object>("rights.get", { id }, admin), { id, allowCountries: null, denyCountries: null, plans: null, availableFrom: null, availableUntil: null }]) {
      await node.call("rights.set", rights, admin);
    }
    expect(await check(id)).toMatchObject({ granted: true });
  });

  test("there are no rights of what is no track", async () => {
    await expect(node.call("rights.set", { id: "nothing" }, admin)).rejects.toMatchObject({ code: 404 });
    await expect(node.call("rights.get", { id: "nothing" }, admin)).rejects.toMatchObject({ code: 404 });
  });

  test.each(["rights.get", "rights.set"])("%s is for administrators", async (action) => {
    const id = await addedTrack("theirs");
    await expect(node.call(action, { id })).rejects.toMatchObject({ code: 401 });
    for (const user of [listener, premium]) await expect(node.call(action, { id }, user)).rejects.toMatchObject({ code: 403, type: "FORBIDDEN" });
    // The rule comes before the parameters: nobody learns them by trying.
    await expect(node.call(action, { nonsense: true }, listener)).rejects.toMatchObject({ code: 403 });
  });
});
