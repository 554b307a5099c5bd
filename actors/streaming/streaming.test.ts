import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import type { Identity } from "../action.ts";
import catalog from "../catalog/catalog.service.ts";
import rights from "../rights/rights.service.ts";
import search from "../search/search.service.ts";
import { admin, listener, premium, startTestNode, type TestNode } from "../testing/node.ts";
import { schemaErrors } from "../testing/schema.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import { streamingService } from "./streaming.service.ts";

interface Play {
  readonly playbackId: string;
  readonly trackId: string;
  readonly tier: string;
  readonly manifest: object;
  readonly tiers: Readonly<Record<string, { readonly url: string; readonly query: string }>>;
  readonly expiresAt: string;
}

let skewMs = 0;
let node: TestNode;
const full = ingestedTrack("full");
const lossy = ingestedTrack("lossy", {}, ["96", "160"]);
beforeAll(async () => {
  node = await startTestNode([catalog, rights, streamingService(() => Date.now() + skewMs), search]);
  for (const track of [full, lossy]) await node.call("catalog.add", { track });
});
afterAll(() => node.stop());

async function ask<T>(action: string, params: object, user: Identity): Promise<T> {
  const answer = await node.call<T>(action, params, user);
  expect(schemaErrors(node.broker, action, answer)).toEqual([]);
  return answer;
}

const play = (user: Identity, params: object = {}) => ask<Play>("streaming.play", { trackId: full.id, quality: "auto", deviceId: "phone", ...params }, user);

function verdictOf(query: string, prefix: string): string {
  const { exp = "", kid = "", sig = "" } = Object.fromEntries(new URLSearchParams(query));
  return resourcesOf(node.broker).keys.urls.verify(prefix, { exp, kid, sig }, Math.floor((Date.now() + skewMs) / 1000));
}

describe("streaming - play", () => {
  test("answers the manifest and every tier of the plan, each signed for itself", async () => {
    const answer = await play(listener);
    expect(answer).toMatchObject({ trackId: full.id, tier: "160", manifest: full.manifest });
    expect(Object.keys(answer.tiers).toSorted()).toEqual(["160", "96"]);
    expect(Object.keys((await play(premium)).tiers).toSorted()).toEqual(["160", "320", "96", "flac"]);
    for (const [tier, { url, query }] of Object.entries(answer.tiers)) {
      expect(url.endsWith(`/audio/${full.id}/${tier}`)).toBe(true);
      expect(verdictOf(query, `/audio/${full.id}/${tier}/`)).toBe("ok");
      expect(verdictOf(query, `/audio/${lossy.id}/${tier}/`)).toBe("bad-signature");
      expect(verdictOf(query, `/audio/${full.id}/320/`)).toBe("bad-signature");
    }
  });

  test("auto is the highest lossy tier; others come by name", async () => {
    expect((await play(premium)).tier).toBe("320");
    expect((await play(premium, { trackId: lossy.id })).tier).toBe("160");
    for (const quality of ["96", "160", "320", "flac"]) expect((await play(premium, { quality })).tier).toBe(quality);
  });

  test("a tier outside the plan is refused, also when the track has it not; one the track has not is not found", async () => {
    for (const quality of ["320", "flac"]) {
      for (const track of [full, lossy]) await expect(play(listener, { quality, trackId: track.id })).rejects.toMatchObject({ code: 403, type: "TIER_NOT_ALLOWED" });
      await expect(play(premium, { quality, trackId: lossy.id })).rejects.toMatchObject({ code: 404, type: "TIER_NOT_AVAILABLE", data: { tiers: ["96", "160"] } });
    }
  });

  test("plays have ids of their own, 128 bits that tell nothing", async () => {
    const ids = await Promise.all(Array.from({ length: 600 }, async () => (await node.call<Play>("streaming.play", { trackId: full.id, deviceId: "d" }, listener)).playbackId));
    expect(new Set(ids).size).toBe(600);
    for (const id of ids) expect(Buffer.from(id, "base64url")).toHaveLength(16);
  });

  test("every play is checked: a revocation shows at the next one, with the rule and no more", async () => {
    const track = ingestedTrack("soon revoked");
    await node.call("catalog.add", { track });
    await play(listener, { trackId: track.id });
    await node.call("rights.set", { id: track.id, denyCountries: ["SE"], plans: ["premium"], availableUntil: "2099-01-01" }, admin);
    const refusal = await play(listener, { trackId: track.id }).catch((error: { code: number; type: string; data: unknown }) => ({ code: error.code, type: error.type, data: error.data }));
    expect(refusal).toEqual({ code: 403, type: "RIGHTS_DENIED", data: { rule: "territory-denied" } });
    await expect(node.call("streaming.file", { trackId: track.id }, listener)).rejects.toMatchObject({ type: "RIGHTS_DENIED" });
    await play({ ...premium, country: "DE" }, { trackId: track.id });
    await expect(play({ ...listener, country: "DE" }, { trackId: track.id })).rejects.toMatchObject({ data: { rule: "plan" } });
  });

  test("signatures of another hour are made anew and hold for 23 to 24 hours", async () => {
    const first = await play(listener);
    skewMs += 3_600_000;
    const later = await play(listener);
    expect(later.tiers["96"]?.query).not.toBe(first.tiers["96"]?.query);
    const leftMs = Date.parse(later.expiresAt) - (Date.now() + skewMs);
    expect(leftMs).toBeGreaterThan(23 * 3_600_000 - 60_000);
    expect(leftMs).toBeLessThanOrEqual(24 * 3_600_000);
    expect(verdictOf(later.tiers["96"]?.query ?? "", `/audio/${full.id}/96/`)).toBe("ok");
  });

  test("URLs start where the client came from", async () => {
    const answer = await node.broker.call<Play, object>("streaming.play", { trackId: full.id, deviceId: "d" }, { meta: { user: listener, origin: "http://radio.example:3000" } });
    expect(answer.tiers["96"]?.url).toBe(`http://radio.example:3000/audio/${full.id}/96`);
  });

  test("another encode is played at once", async () => {
    const track = ingestedTrack("encoded twice");
    await node.call("catalog.add", { track });
    await play(listener, { trackId: track.id });
    const manifest = { ...track.manifest, media: "second" };
    await node.call("catalog.add", { track: { ...track, manifest } });
    expect((await play(listener, { trackId: track.id })).manifest).toMatchObject({ media: "second" });
  });

  test.each([
    [{ trackId: "nothing" }, 404],
    [{ trackId: "../x" }, 422],
    [{ trackId: "a\0" }, 422],
    [{ quality: "1000" }, 422],
    [{ quality: "flac -i x" }, 422],
    [{ quality: "" }, 422],
    [{ deviceId: "" }, 422],
    [{ deviceId: "d".repeat(129) }, 422],
    [{ country: "US" }, 422],
    [{ plan: "premium" }, 422],
  ] as const)("%j is answered with %i", async (params, code) => {
    await expect(play(listener, params)).rejects.toMatchObject({ code });
  });

  test("nobody plays without logging in", async () => {
    for (const action of ["streaming.play", "streaming.file"]) await expect(node.call(action, { trackId: full.id, deviceId: "d" })).rejects.toMatchObject({ code: 401, type: "UNAUTHORIZED" });
  });
});

describe("streaming - whole files", () => {
  test("have the layout and type of the tier, under the same rules", async () => {
    expect(await ask("streaming.file", { trackId: full.id }, listener)).toEqual({ trackId: full.id, tier: "160", contentType: "audio/ogg", layout: full.layouts["160"], manifest: full.manifest });
    expect(await ask("streaming.file", { trackId: full.id, tier: "flac" }, premium)).toMatchObject({ contentType: "audio/flac" });
    await expect(node.call("streaming.file", { trackId: full.id, tier: "flac" }, listener)).rejects.toMatchObject({ type: "TIER_NOT_ALLOWED" });
    await expect(node.call("streaming.file", { trackId: lossy.id, tier: "320" }, premium)).rejects.toMatchObject({ type: "TIER_NOT_AVAILABLE" });
    await expect(node.call("streaming.file", { trackId: "nothing" }, listener)).rejects.toMatchObject({ type: "NOT_FOUND" });
  });
});
