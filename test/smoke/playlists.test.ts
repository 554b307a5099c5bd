/** Who may do what with a playlist: every route of playlists, for everybody, by HTTP. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Identity } from "../../actors/index.ts";
import { existingTracks } from "../../actors/playlist/testing/lists.ts";
import { ApiClient, memoryTokenStore } from "../../client/index.ts";
import { ask, listener, startGateway, type Answer, type TestGateway } from "../../gateway/testing/gateway.ts";
import { routes } from "../../gateway/index.ts";

let gateway: TestGateway;
let track: string;

const plenty = { points: 1_000_000, seconds: 60 };
beforeAll(async () => {
  gateway = await startGateway(["catalog", "search", "playlist", "account"], { rates: { address: plenty, account: plenty } });
  [track] = (await existingTracks(gateway.broker, 1)) as [string];
}, 30_000);
afterAll(() => gateway.stop(), 30_000);

const identity = (n: number): Identity => ({ ...listener, id: n.toString(16).padStart(32, "0") });
const people = { owner: identity(1), collaborator: identity(2), joined: identity(3), stranger: identity(4), nobody: undefined } as const;
type Who = keyof typeof people;
/** Whom more is allowed comes later: what he changes is in nobody's way. */
const everybody: readonly Who[] = ["nobody", "stranger", "joined", "collaborator", "owner"];

async function call(who: Who, method: string, path: string, body?: object): Promise<Answer> {
  const user = people[who];
  const headers = user === undefined ? {} : await gateway.as(user);
  return ask(`${gateway.url}${path}`, { method, headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

interface Made {
  readonly id: string;
  readonly token: string;
}

/** A playlist with a collaborator and somebody who came by a link. */
async function made(kind: object): Promise<Made> {
  const created = await call("owner", "POST", "/v1/playlists", { name: "mix" });
  expect(created.status).toBe(201);
  const id = String(created.body["id"]);
  const path = `/v1/playlists/${id}`;
  expect((await call("owner", "PUT", `${path}/collaborators/${people.collaborator.id}`)).status).toBe(200);
  const token = String((await call("owner", "POST", `${path}/share`)).body["token"]);
  expect((await call("joined", "POST", "/v1/playlists/join", { token })).status).toBe(200);
  expect((await call("owner", "PATCH", path, kind)).status).toBe(200);
  return { id, token };
}

const kinds = { private: { public: false }, public: { public: true }, "public and collaborative": { public: true, collaborative: true } } as const;
type Kind = keyof typeof kinds;

/** Status of an answer, and of a refused op in it. */
function outcome({ status, body }: Answer): number {
  const [result] = (body["results"] ?? []) as { error?: { code: number } }[];
  return result?.error?.code ?? status;
}

const needs = {
  own: (who: Who, kind: Kind) => (who === "nobody" ? 401 : who === "owner" ? 200 : reads(who, kind) ? 403 : 404),
  edit: (who: Who, kind: Kind) => (who === "nobody" ? 401 : !reads(who, kind) ? 404 : who === "owner" || who === "collaborator" || kind === "public and collaborative" ? 200 : 403),
  read: (who: Who, kind: Kind) => (reads(who, kind) ? 200 : 404),
  readAs: (who: Who, kind: Kind) => (who === "nobody" ? 401 : reads(who, kind) ? 200 : 404),
  account: (who: Who) => (who === "nobody" ? 401 : 200),
} as const;
const reads = (who: Who, kind: Kind) => kind !== "private" || who === "owner" || who === "collaborator" || who === "joined";

interface Rule {
  readonly body?: (made: Made) => object;
  readonly expected: (who: Who, kind: Kind) => number;
}

const some = identity(9).id;
/** By method and path; what a route needs and what is sent to it. */
const rules: Readonly<Record<string, Rule>> = {
  "POST /v1/playlists": { body: () => ({ name: "new" }), expected: (who) => (who === "nobody" ? 401 : 201) },
  "POST /v1/playlists/join": { body: ({ token }) => ({ token }), expected: needs.account },
  "GET /v1/playlists/:playlistId": { expected: needs.read },
  "PATCH /v1/playlists/:playlistId": { body: () => ({ name: "renamed" }), expected: needs.own },
  "DELETE /v1/playlists/:playlistId": { expected: needs.own },
  "POST /v1/playlists/:playlistId/ops": { body: () => ({ ops: [{ opId: randomUUID(), type: "add", trackId: track }] }), expected: needs.edit },
  "GET /v1/playlists/:playlistId/ops": { expected: needs.read },
  // There is nothing to undo.
  "POST /v1/playlists/:playlistId/undo": { body: () => ({}), expected: (who, kind) => (needs.edit(who, kind) === 200 && who !== "owner" ? 409 : needs.edit(who, kind)) },
  "PUT /v1/playlists/:playlistId/collaborators/:userId": { body: () => ({}), expected: needs.own },
  "DELETE /v1/playlists/:playlistId/collaborators/:userId": { expected: needs.own },
  "POST /v1/playlists/:playlistId/share": { body: () => ({}), expected: needs.own },
  "DELETE /v1/playlists/:playlistId/share/:token": { expected: needs.own },
  "PUT /v1/playlists/:playlistId/followers/me": { body: () => ({}), expected: needs.readAs },
  "DELETE /v1/playlists/:playlistId/followers/me": { expected: needs.readAs },
  "GET /v1/me/playlists": { expected: needs.account },
};

describe("rights -", () => {
  test("each route of playlists has its rule here", () => {
    expect(routes.filter(({ tag }) => tag === "playlists").map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(Object.keys(rules).toSorted());
  });

  const cells = Object.keys(rules).flatMap((route) => (Object.keys(kinds) as Kind[]).map((kind) => [route, kind] as const));
  test.each(cells)("%s of a playlist that is %s", async (route, kind) => {
    const [method = "", template = ""] = route.split(" ");
    const { body, expected } = rules[route] as Rule;
    const playlist = await made({ ...kinds[kind], description: "of its owner" });
    for (const who of everybody) {
      const path = template.replace(":playlistId", playlist.id).replace(":userId", some).replace(":token", playlist.token);
      const before = await call("owner", "GET", `/v1/playlists/${playlist.id}`);
      const answer = await call(who, method, path, body?.(playlist));
      expect([who, outcome(answer)]).toEqual([who, expected(who, kind)]);
      // Who was refused changed nothing.
      if (outcome(answer) >= 400) expect((await call("owner", "GET", `/v1/playlists/${playlist.id}`)).body).toEqual(before.body);
    }
  }, 30_000);
});

describe("by HTTP -", () => {
  test("a playlist is made, edited, read and deleted; a client without opId gets one, one with it the first answer", async () => {
    const opId = randomUUID();
    const first = await call("owner", "POST", "/v1/playlists", { name: "twice", opId });
    const again = await call("owner", "POST", "/v1/playlists", { name: "twice", opId });
    expect([first.status, again.status, again.body["id"]]).toEqual([201, 201, first.body["id"]]);
    const path = `/v1/playlists/${String(first.body["id"])}`;
    const ops = [{ opId: "a", type: "add", trackId: track, after: null }, { opId: "b", type: "add", trackId: track }];
    expect((await call("owner", "POST", `${path}/ops`, { ops, clock: { phone: 3 }, device: "phone" })).body).toMatchObject({ version: 3 });
    expect((await call("owner", "GET", `${path}/ops?since=1&limit=1`)).body).toMatchObject({ version: 2, more: true, ops: [{ opId: "a" }] });
    expect((await call("owner", "GET", `${path}?sinceVersion=3`)).body).toEqual({ version: 3, unchanged: true });
    expect((await call("owner", "DELETE", `${path}?opId=gone`)).status).toBe(200);
    expect((await call("owner", "DELETE", `${path}?opId=gone`)).status).toBe(200);
    expect((await call("owner", "DELETE", path)).status).toBe(404);
  });

  test("a body over the bound, and ops without end, are refused whole", async () => {
    const { id } = await made({ public: false });
    const ops = Array.from({ length: 101 }, (_, n) => ({ opId: `o${n}`, type: "add", trackId: track }));
    expect((await call("owner", "POST", `/v1/playlists/${id}/ops`, { ops })).status).toBe(422);
    const large = Array.from({ length: 100 }, (_, n) => ({ opId: `o${n}`, type: "addMany", trackIds: Array.from({ length: 20 }, () => track) }));
    expect(JSON.stringify({ ops: large }).length).toBeGreaterThan(64 * 1024);
    expect((await call("owner", "POST", `/v1/playlists/${id}/ops`, { ops: large })).status).toBe(413);
    expect((await call("owner", "GET", `/v1/playlists/${id}`)).body["itemCount"]).toBe(0);
  });

  test("the client does all of it", async () => {
    const [me, friend] = await Promise.all(["mia", "tom"].map(async (username) => {
      const api = new ApiClient({ baseUrl: gateway.url, tokens: memoryTokenStore() });
      await api.register({ username: `${username}${randomUUID().slice(0, 8)}`, password: "a long password", country: "SE" });
      return api;
    })) as [ApiClient, ApiClient];
    const { id } = await me.playlists.create({ name: "ours", description: "d" });
    expect((await me.playlists.apply(id, [{ opId: "a", type: "addMany", trackIds: [track, track] }, { opId: "b", type: "remove", itemId: "a-0" }])).results.map(({ status }) => status)).toEqual(["applied", "applied"]);
    expect(await me.playlists.undo(id)).toEqual({ version: 4, of: 3 });
    expect((await me.playlists.get(id)).items).toHaveLength(2);
    expect(await me.playlists.getSince(id, 4)).toBeNull();
    expect((await me.playlists.getSince(id, 3))?.version).toBe(4);
    await expect(friend.playlists.get(id)).rejects.toMatchObject({ status: 404 });
    const { token } = await me.playlists.share(id, { validMs: 60_000 });
    expect(await friend.playlists.join(token)).toMatchObject({ playlistId: id });
    await me.playlists.revokeShare(id, token);
    await me.playlists.addCollaborator(id, friend.account?.id ?? "");
    expect((await friend.playlists.mine()).items).toMatchObject([{ id, role: "collaborator", itemCount: 2 }]);
    await me.playlists.removeCollaborator(id, friend.account?.id ?? "");
    await me.playlists.update(id, { public: true });
    await friend.playlists.follow(id);
    expect((await friend.playlists.mine({ limit: 1 })).items).toMatchObject([{ id, role: "follower" }]);
    await friend.playlists.unfollow(id);
    expect((await friend.playlists.mine()).items).toEqual([]);
    expect((await new ApiClient({ baseUrl: gateway.url, tokens: memoryTokenStore() }).playlists.get(id)).name).toBe("ours");
    const page = await friend.playlists.ops(id, 1, { limit: 2 });
    expect([page.version, page.more, page.ops.map(({ type }) => type)]).toEqual([3, true, ["add", "remove"]]);
    await me.playlists.delete(id);
    await expect(me.playlists.get(id)).rejects.toMatchObject({ status: 404 });
  });

  test("the lag of the lists is on /metrics", async () => {
    const text = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
    expect(text).toMatch(/^ensemble_playlist_projection_lag_seconds \d/m);
  });
});
