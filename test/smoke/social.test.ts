/** Friends by HTTP: what the client's calls do, and what nobody may: see another without following, or be another. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { existingTracks } from "../../actors/playlist/testing/lists.ts";
import { ApiClient, memoryTokenStore } from "../../client/index.ts";
import { routes } from "../../gateway/index.ts";
import { ask, startGateway, type TestGateway } from "../../gateway/testing/gateway.ts";

let gateway: TestGateway;
let track: string;

const plenty = { points: 1_000_000, seconds: 60 };
beforeAll(async () => {
  gateway = await startGateway(["catalog", "search", "account", "presence"], { rates: { address: plenty, account: plenty, credentials: plenty } });
  [track] = (await existingTracks(gateway.broker, 1)) as [string];
}, 30_000);
afterAll(() => gateway?.stop(), 30_000);

async function registered(username: string): Promise<{ api: ApiClient; id: string }> {
  const api = new ApiClient({ baseUrl: gateway.url, tokens: memoryTokenStore() });
  return { api, id: (await api.register({ username, password: "correct horse battery", country: "SE" })).id };
}

const own = routes.filter(({ action }) => action.startsWith("presence."));

test("who is followed is seen playing until that is switched off, or he is followed no more", async () => {
  const [me, friend] = await Promise.all([registered("ada"), registered("bodil")]);
  expect(await me.api.social.follow(friend.id)).toEqual({ userId: friend.id, following: true });
  expect(await me.api.social.follow(friend.id)).toEqual({ userId: friend.id, following: true });
  expect((await friend.api.social.followers()).items).toMatchObject([{ userId: me.id, username: "ada" }]);
  // As the session of that account does.
  const word = { trackId: track, positionMs: 10, at: Date.now(), durationMs: 1_000 };
  await gateway.broker.call("presence.playing", { userId: friend.id, playing: word, private: false, stamp: [1, 1] });
  const seen = { userId: friend.id, username: "bodil", isKnown: true, popular: false, nowPlaying: { trackId: track, title: "T", artists: [], imageId: null, positionMs: 10, at: word.at, durationMs: 1_000 } };
  expect(await me.api.social.friends()).toMatchObject({ items: [seen], nextCursor: null });
  expect(await friend.api.social.setSharing({ share: false })).toEqual({ share: false, privateUntil: null, followers: 1 });
  expect((await me.api.social.friends()).items).toMatchObject([{ nowPlaying: null }]);
  expect(await friend.api.social.setSharing({ share: true })).toEqual(await friend.api.social.sharing());
  expect((await me.api.social.friends({ limit: 1 })).items).toMatchObject([seen]);
  expect(await me.api.social.unfollow(friend.id)).toEqual({ userId: friend.id, following: false });
  expect(await me.api.social.friends()).toEqual({ items: [], nextCursor: null });
  expect((await me.api.social.following()).items).toEqual([]);
  await expect(me.api.social.follow("nobody-at-all")).rejects.toMatchObject({ status: 404, code: "NOT_FOUND" });
  await expect(me.api.social.follow(me.id)).rejects.toMatchObject({ status: 422 });
  await expect(me.api.social.friends({ limit: 201 })).rejects.toMatchObject({ status: 422 });
});

test("every route asks for an account, and takes no other than the caller's", async () => {
  const victim = await registered("victim");
  const stranger = await registered("stranger");
  const headers = { Authorization: `Bearer ${await stranger.api.accessToken()}`, "Content-Type": "application/json" };
  expect(own.map(({ action }) => action).toSorted()).toEqual(["presence.follow", "presence.followers", "presence.following", "presence.friends", "presence.setSharing", "presence.sharing", "presence.unfollow"]);
  for (const { method, path } of own) {
    const place = gateway.url + path.replace(":userId", victim.id);
    const body = method === "PUT" ? { body: JSON.stringify({ share: true }) } : {};
    expect((await ask(place, { method, headers: { "Content-Type": "application/json" }, ...body })).status).toBe(401);
    if (path.includes(":userId")) continue;
    const named = await ask(`${place}?userId=${victim.id}`, { method, headers, ...(method === "PUT" ? { body: JSON.stringify({ share: false, userId: victim.id }) } : {}) });
    expect([path, named.status]).toEqual([path, 422]);
  }
  expect(await victim.api.social.sharing()).toMatchObject({ share: true });
});
