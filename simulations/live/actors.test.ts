/** What actors are asked for, as the gateway would ask: on a broker whose services note it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Errors, ServiceBroker, type Context } from "moleculer";
import { identityOf, serviceByActors } from "./actors.ts";

const user = { id: "listener7", username: "somebody", plan: "free", role: "listener", country: "SE" };
const token = ["e30", Buffer.from(JSON.stringify({ sub: user.id, ...user, id: undefined, iss: "ensemble" })).toString("base64url"), "signature"].join(".");
const visitor = { user: 7, token };
const asked: { readonly action: string; readonly params: unknown; readonly user: unknown }[] = [];
const noted = (answer: unknown) => (ctx: Context<object, { user?: unknown }>) => {
  asked.push({ action: ctx.action?.name ?? "", params: ctx.params, user: ctx.meta.user });
  return answer;
};
const broker = new ServiceBroker({ logger: false });

beforeAll(async () => {
  broker.createService({ name: "streaming", actions: { play: noted({ playbackId: "p1", tier: "160", tiers: { "160": { url: "/audio/t/160", query: "exp=1" } } }) } });
  broker.createService({ name: "search", actions: { query: noted({}) } });
  broker.createService({ name: "playlist", actions: { apply: noted({}) } });
  broker.createService({ name: "session", actions: {
    report: noted({}),
    event() {
      throw new Errors.MoleculerError("too much", 503, "OVERLOADED");
    },
  } });
  await broker.start();
});
afterAll(() => broker.stop());

describe("listening straight to actors -", () => {
  const service = serviceByActors(broker, { wall: (ms) => ms + 1_000.4, unwall: (ms) => ms - 1_000.4 }, { terms: ["one", "two"], oneTerm: "new", trackIds: ["t1"], playlists: [{ id: "l0", user: 7, token }] });

  test("a play is asked for in the name of the token's user, and grants what it signed", async () => {
    const heard = await new Promise((resolve) => service.play(visitor, "t", (outcome, grant) => resolve({ outcome, grant })));
    expect(heard).toEqual({ outcome: "ok", grant: { playbackId: "p1", tiers: { "160": { url: "/audio/t/160", query: "exp=1" } } } });
    expect(asked.at(-1)).toEqual({ action: "streaming.play", params: { trackId: "t", quality: "auto", deviceId: "d7" }, user });
  });

  test("a report is the device's; chunks are there where nobody serves them, but not before the call returns", async () => {
    expect(await new Promise((resolve) => service.report(visitor, { playbackId: "p1", trackId: "t", positionMs: 5 }, resolve))).toBe("ok");
    expect(asked.at(-1)?.params).toEqual({ deviceId: "d7", trackId: "t", playbackId: "p1", isPlaying: true, positionMs: 5 });
    let given: unknown;
    service.chunk(visitor, { playbackId: "p1", tiers: {} }, "160", 0, (outcome) => (given = outcome));
    expect(given).toBeUndefined();
    await new Promise(setImmediate);
    expect(given).toBe("ok");
  });

  test("searches ask for what a term stands for; edits add, and take back what they added last", async () => {
    await new Promise((resolve) => service.search(visitor, 3, resolve));
    expect(asked.at(-1)).toMatchObject({ action: "search.query", params: { q: "two" } });
    await new Promise((resolve) => service.search(visitor, -1, resolve));
    expect(asked.at(-1)).toMatchObject({ params: { q: "new" } });
    for (const id of ["e1", "e2", "e3", "e4"]) await new Promise((resolve) => service.edit(visitor, 0, id, resolve));
    expect(asked.slice(-2).map(({ action, params }) => [action, params])).toEqual([
      ["playlist.apply", { playlistId: "l0", ops: [{ opId: "e3", type: "add", trackId: "t1", itemId: "e3" }] }],
      ["playlist.apply", { playlistId: "l0", ops: [{ opId: "e4", type: "remove", itemId: "e3" }] }],
    ]);
  });

  test("a refusal is an outcome, by the status a gateway would answer with", async () => {
    expect(await new Promise((resolve) => service.event(visitor, { type: "start", playbackId: "p1", trackId: "t", positionMs: 0, heardMs: 0, atMs: 1 }, resolve))).toBe("503");
  });

  test("a token says who it is for", () => expect(identityOf(token)).toEqual(user));
});
