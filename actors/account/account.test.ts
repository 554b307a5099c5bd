import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { jwtVerify, decodeProtectedHeader } from "jose";
import { resourcesOf } from "../../resources.ts";
import type { Database } from "../../storage/index.ts";
import type { Identity } from "../action.ts";
import { admin, listener, startTestNode, type TestNode } from "../testing/node.ts";
import { schemaErrors } from "../testing/schema.ts";
import { accountService } from "./account.service.ts";
import type { LoginSession } from "./accounts.ts";
import { freeAttempts } from "./throttle.ts";

const password = "correct horse battery";
let skewMs = 0;
let node: TestNode;
let database: Database;
let names = 0;
beforeAll(async () => {
  node = await startTestNode([accountService(() => Date.now() + skewMs)]);
  ({ database } = resourcesOf(node.broker).ports);
});
afterAll(() => node.stop());

const freshName = () => `user${++names}`;

async function ask<T>(action: string, params: object = {}, user?: Identity): Promise<T> {
  const answer = await node.call<T>(action, params, user);
  expect(schemaErrors(node.broker, action, answer)).toEqual([]);
  return answer;
}

const register = (overrides: object = {}) => ask<LoginSession>("account.register", { username: freshName(), password, country: "SE", ...overrides });
const login = (username: string, password: string) => ask<LoginSession>("account.login", { username, password });
const refresh = (refreshToken: string) => ask<LoginSession>("account.refresh", { refreshToken });
const change = (user: Identity, currentPassword: string, newPassword: string) => ask<LoginSession>("account.changePassword", { currentPassword, newPassword }, user);
const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

/** Ms that a refused login takes. */
async function timed(username: string): Promise<number> {
  const before = performance.now();
  await login(username, "a wrong password").catch(() => undefined);
  return performance.now() - before;
}

const wrong = { code: 401, type: "UNAUTHORIZED" };

describe("account - registration", () => {
  test("gives tokens that say who it is, signed with our key for 15 minutes", async () => {
    const session = await register({ username: "Ada.Lovelace", country: "gb", birthYear: 1990 });
    expect(session.account).toMatchObject({ username: "Ada.Lovelace", plan: "free", role: "listener", country: "GB" });
    const { payload } = await jwtVerify(session.accessToken, resourcesOf(node.broker).keys.tokens.publicKey, { issuer: "ensemble", audience: "ensemble", algorithms: ["EdDSA"] });
    const { id, ...claims } = session.account;
    expect(payload).toMatchObject({ sub: id, ...claims });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(15 * 60);
    expect(Date.parse(session.expiresAt)).toBe((payload.exp ?? 0) * 1000);
    expect(decodeProtectedHeader(session.accessToken)).toEqual({ alg: "EdDSA", typ: "JWT", kid: "t1" });
    expect(await ask("account.me", {}, session.account)).toEqual(session.account);
  });

  test("a name that reads like a taken one is refused, also when both come at once", async () => {
    const name = freshName();
    const both = await Promise.allSettled([register({ username: name }), register({ username: name.toUpperCase() })]);
    expect(both.map((outcome) => outcome.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(register({ username: `${name.slice(0, -1)}${name.at(-1)?.normalize("NFKC")}` })).rejects.toMatchObject({ code: 409, type: "USERNAME_TAKEN" });
  });

  test.each<[string, object]>([
    ["a short password", { password: "1234567" }],
    ["a long password", { password: "x".repeat(257) }],
    ["a huge password", { password: "x".repeat(2 ** 20) }],
    ["an impossible name", { username: "a b" }],
    ["an unassigned country", { country: "XX" }],
    ["a birth year to come", { birthYear: 2100 }],
    ["a birth year of nobody alive", { birthYear: 1850 }],
    ["a birth year that is no number", { birthYear: Number.NaN }],
    ["a role", { role: "admin" }],
    ["a plan", { plan: "premium" }],
    ["an id", { id: "me" }],
  ])("%s is refused", async (_, params) => {
    const username = freshName();
    await expect(node.call("account.register", { username, password, country: "SE", ...params })).rejects.toMatchObject({ code: 422 });
    expect(await database.query(`select 1 as one from account where username = $1`, [username])).toEqual([]);
  });

  test("nothing usable is stored: passwords as argon2id with 19 MiB, tokens as hashes", async () => {
    const session = await register();
    const [row] = await database.query<{ password_hash: string }>(`select password_hash from account where id = $1`, [session.account.id]);
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const [dump] = await database.query<{ all: string }>(`select string_agg(to_jsonb(r)::text, ' ') as all from refresh_token r`);
    expect(dump?.all).not.toContain(session.refreshToken);
    expect(dump?.all).not.toContain(Buffer.from(session.refreshToken, "base64url").toString("hex"));
  });
});

describe("account - login", () => {
  test("the right password opens the account under every spelling of its name that is one", async () => {
    const { account } = await register({ username: "Zoë.K" });
    for (const name of ["Zoë.K", "zoe.k", "ＺＯＥ.K"]) expect((await login(name, password)).account).toEqual(account);
  });

  test("a password typed composed or decomposed is the same", async () => {
    const { account } = await register({ password: "caf\u00e9 caf\u00e9" });
    expect((await login(account.username, "cafe\u0301 cafe\u0301")).account.id).toBe(account.id);
  });

  test("every wrong combination gets one answer", async () => {
    const { account } = await register();
    const answers: unknown[] = [];
    for (const [name, tried] of [
      [account.username, "wrong password"],
      [account.username, ""],
      [account.username, "x".repeat(2 ** 20)],
      [freshName(), password],
      ["%", password],
      ["_", password],
      ["' or 1=1 --", password],
      ["", ""],
      ["x".repeat(2 ** 20), password],
    ]) {
      answers.push(await node.call("account.login", { username: name, password: tried }).catch((error: { code: number; type: string; message: string; data: unknown }) => ({ code: error.code, type: error.type, message: error.message, data: error.data })));
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject(wrong);
  });

  test("an account without a usable hash opens to nobody", async () => {
    const { account } = await register();
    await database.query(`update account set password_hash = '' where id = $1`, [account.id]);
    await expect(login(account.username, "")).rejects.toMatchObject(wrong);
    await expect(login(account.username, password)).rejects.toMatchObject(wrong);
  });

  test("an unknown name takes as long as a wrong password", async () => {
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 9; round++) {
      const { account } = await register();
      known.push(await timed(account.username));
      unknown.push(await timed(freshName()));
    }
    // A hash is nine tenths of either; a missing one would show as a ratio of ten or more.
    expect(median(unknown) / median(known)).toBeGreaterThan(0.6);
    expect(median(unknown) / median(known)).toBeLessThan(1.6);
  });

  test("after some wrong passwords the name must wait, with the time to wait; the right password does not help", async () => {
    const { account } = await register();
    for (let tries = 0; tries < freeAttempts; tries++) await expect(login(account.username, "not this one")).rejects.toMatchObject(wrong);
    await expect(login(account.username, password)).rejects.toMatchObject({ code: 429, type: "RATE_LIMITED", retryable: true, data: { retryAfterMs: expect.any(Number) as unknown } });
    skewMs += 10_000;
    await login(account.username, password);
    await login(account.username, password);
  });

  test("a flood is refused at a bound instead of queueing", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 120 }, () => node.call("account.login", { username: freshName(), password })));
    const codes = outcomes.map((outcome) => (outcome.status === "rejected" ? (outcome.reason as { code: number }).code : 200));
    expect(new Set(codes)).toEqual(new Set([401, 503]));
    const refused = outcomes.find((outcome) => outcome.status === "rejected" && (outcome.reason as { code: number }).code === 503);
    expect(refused).toMatchObject({ reason: { type: "OVERLOADED", retryable: true, data: { retryAfterMs: expect.any(Number) as unknown } } });
  });
});

describe("account - refresh", () => {
  test("a token is good once; its second use ends every token of the login", async () => {
    const first = await register();
    const second = await refresh(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.account).toEqual(first.account);
    const third = await refresh(second.refreshToken);
    await expect(refresh(first.refreshToken)).rejects.toMatchObject(wrong);
    await expect(refresh(third.refreshToken)).rejects.toMatchObject(wrong);
  });

  test("another login of the account goes on", async () => {
    const one = await register();
    const other = await login(one.account.username, password);
    await refresh(one.refreshToken);
    await expect(refresh(one.refreshToken)).rejects.toMatchObject(wrong);
    await refresh(other.refreshToken);
  });

  test("of twenty uses at once one wins, and the family is gone, however the rotations interleave", async () => {
    for (let round = 0; round < 10; round++) {
      const { account } = await login("Zoë.K", password);
      const { refreshToken } = await login(account.username, password);
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => node.call<LoginSession>("account.refresh", { refreshToken })));
      const won = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      expect(won).toHaveLength(1);
      // The winner goes on while the losers revoke: nothing of the family may survive.
      await expect(refresh(won[0]?.refreshToken ?? "")).rejects.toMatchObject(wrong);
      const [{ live } = { live: -1 }] = await database.query<{ live: number }>(
        `select count(*)::int as live from refresh_token where family = (select family from refresh_token where hash = sha256($1::bytea)) and revoked_at is null`,
        [Buffer.from(refreshToken)],
      );
      expect(live).toBe(0);
    }
  });

  test("a chain of rotations racing a reuse never leaves a live token", async () => {
    for (let round = 0; round < 10; round++) {
      const stolen = (await login("Zoë.K", password)).refreshToken;
      const { refreshToken } = await refresh(stolen);
      const chain = (async () => {
        let token = refreshToken;
        for (;;) token = (await node.call<LoginSession>("account.refresh", { refreshToken: token })).refreshToken;
      })();
      await expect(refresh(stolen)).rejects.toMatchObject(wrong);
      await expect(chain).rejects.toMatchObject(wrong);
      const [{ live } = { live: -1 }] = await database.query<{ live: number }>(
        `select count(*)::int as live from refresh_token where family = (select family from refresh_token where hash = sha256($1::bytea)) and revoked_at is null`,
        [Buffer.from(stolen)],
      );
      expect(live).toBe(0);
    }
  });

  test("a refresh that fails on the way uses nothing up", async () => {
    const { refreshToken } = await register();
    // Whatever reads the account fails: the client is told to try again, and must be able to.
    await database.query(`alter table account rename column country to nation`);
    try {
      await expect(node.call("account.refresh", { refreshToken })).rejects.toThrow();
    } finally {
      await database.query(`alter table account rename column nation to country`);
    }
    await refresh(refreshToken);
  });

  test("logging out ends the login and can be repeated; unknown tokens change nothing", async () => {
    const session = await register();
    for (const _ of [1, 2]) expect(await ask("account.logout", { refreshToken: session.refreshToken })).toEqual({});
    await expect(refresh(session.refreshToken)).rejects.toMatchObject(wrong);
    expect(await ask("account.logout", { refreshToken: randomBytes(32).toString("base64url") })).toEqual({});
  });

  test("after 30 days a token is refused, and swept away", async () => {
    const session = await register();
    skewMs += 30 * 24 * 3_600_000 + 1_000;
    try {
      await expect(refresh(session.refreshToken)).rejects.toMatchObject(wrong);
    } finally {
      skewMs -= 30 * 24 * 3_600_000 + 1_000;
    }
  });

  test.each(["", "x", "%", "' or ''='", "\0", "x".repeat(129)])("%j is no token", async (refreshToken) => {
    const { code } = await node.call("account.refresh", { refreshToken }).then(() => ({ code: 200 }), (error: { code: number }) => error);
    expect([401, 422]).toContain(code);
  });
});

describe("account - password", () => {
  test("a change ends every session but the one it answers, and only the new password opens", async () => {
    const first = await register();
    const other = await login(first.account.username, password);
    const changed = await change(first.account, password, "another horse battery");
    expect(changed.account).toEqual(first.account);
    for (const { refreshToken } of [first, other]) await expect(refresh(refreshToken)).rejects.toMatchObject(wrong);
    await refresh(changed.refreshToken);
    await expect(login(first.account.username, password)).rejects.toMatchObject(wrong);
    await login(first.account.username, "another horse battery");
  });

  test("it takes the current password, and a new one that may be one; guesses are slowed down as at the login", async () => {
    const { account, refreshToken } = await register();
    for (const bad of ["short", "x".repeat(257)]) await expect(change(account, password, bad)).rejects.toMatchObject({ code: 422 });
    await expect(node.call("account.changePassword", { currentPassword: password, newPassword: password })).rejects.toMatchObject(wrong);
    await expect(change(listener, password, "another horse battery")).rejects.toMatchObject(wrong);
    for (let tries = 0; tries < freeAttempts; tries++) await expect(change(account, "not this one", "another horse battery")).rejects.toMatchObject({ code: 403, type: "WRONG_PASSWORD" });
    await expect(change(account, password, "another horse battery")).rejects.toMatchObject({ code: 429 });
    await refresh(refreshToken);
  });

  test("logins and rotations that race a change leave no session of the old password", async () => {
    for (let round = 0; round < 6; round++) {
      const { account, refreshToken } = await register();
      const logins = Array.from({ length: 4 }, () => node.call<LoginSession>("account.login", { username: account.username, password }));
      const rotation = node.call<LoginSession>("account.refresh", { refreshToken });
      const changed = await change(account, password, "another horse battery");
      const raced = await Promise.allSettled([...logins, rotation]);
      for (const outcome of raced) if (outcome.status === "fulfilled") await expect(refresh(outcome.value.refreshToken)).rejects.toMatchObject(wrong);
      await refresh(changed.refreshToken);
    }
  });

  test("an operator's reset gives a password that opens, and ends the sessions", async () => {
    const { account, refreshToken } = await register();
    const made = await ask<{ username: string; password: string }>("account.resetPassword", { username: account.username.toUpperCase() });
    expect(made.username).toBe(account.username);
    await expect(refresh(refreshToken)).rejects.toMatchObject(wrong);
    await expect(login(account.username, password)).rejects.toMatchObject(wrong);
    await login(account.username, made.password);
    await expect(ask("account.resetPassword", { username: "nobody-here" })).rejects.toMatchObject({ code: 404 });
  });

  test("every account is listed once", async () => {
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: Identity[]; nextCursor: string | null } = await ask("account.list", { limit: 7, ...(cursor === null ? {} : { cursor }) });
      listed.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const [{ all } = { all: -1 }] = await database.query<{ all: number }>(`select count(*)::int as all from account`);
    expect(all).toBeGreaterThan(14);
    expect(new Set(listed).size).toBe(all);
    expect(listed).toHaveLength(all);
  });
});

describe("account - names of others", () => {
  test("somebody who is to be followed is found by his name, however it is spelled, and by his id", async () => {
    const { account: { id, username } } = await register();
    expect(await ask("account.find", { username: username.toUpperCase() }, listener)).toEqual({ id, username });
    expect(await ask("account.name", { id }, listener)).toEqual({ id, username });
    await expect(node.call("account.find", { username: "nobody.at.all" }, listener)).rejects.toMatchObject({ code: 404 });
    await expect(node.call("account.name", { id: "nobody" }, listener)).rejects.toMatchObject({ code: 404 });
    await expect(node.call("account.find", { username })).rejects.toMatchObject(wrong);
  });

  test("are answered by id, without anything else; what is no account is left out", async () => {
    const [one, other] = [await register(), await register()];
    const { accounts } = await ask<{ accounts: { id: string; username: string }[] }>("account.names", { ids: [one.account.id, "nobody", other.account.id] });
    expect(accounts.toSorted((a, b) => (a.username < b.username ? -1 : 1))).toEqual([one, other].map(({ account: { id, username } }) => ({ id, username })).toSorted((a, b) => (a.username < b.username ? -1 : 1)));
  });
});

describe("account - who may", () => {
  test("nobody reads an account without a token, or one that is gone", async () => {
    await expect(node.call("account.me")).rejects.toMatchObject(wrong);
    await expect(node.call("account.me", {}, listener)).rejects.toMatchObject(wrong);
    await expect(node.call("account.me", { id: admin.id }, listener)).rejects.toMatchObject({ code: 422 });
  });

  test("only administrators set plans; a refresh then says the new one", async () => {
    const session = await register();
    const params = { id: session.account.id, plan: "premium" };
    await expect(node.call("account.setPlan", params)).rejects.toMatchObject(wrong);
    await expect(node.call("account.setPlan", params, session.account)).rejects.toMatchObject({ code: 403 });
    expect(await ask("account.setPlan", params, admin)).toMatchObject({ plan: "premium" });
    expect((await refresh(session.refreshToken)).account.plan).toBe("premium");
    await expect(node.call("account.setPlan", { id: "nobody", plan: "free" }, admin)).rejects.toMatchObject({ code: 404 });
    await expect(node.call("account.setPlan", { ...params, role: "admin" }, admin)).rejects.toMatchObject({ code: 422 });
  });

  test("of many nodes that start at once one makes the first administrator, who can log in", async () => {
    await register({ username: "admin" });
    const nodes = [node, ...(await Promise.all(Array.from({ length: 3 }, () => startTestNode([accountService()], { DATABASE_URL: node.config.DATABASE_URL }))))];
    let first: { username: string; password: string } | undefined;
    try {
      for (let round = 0; round < 6; round++) {
        await database.query(`delete from account where role = 'admin'`);
        const made = (await Promise.all(nodes.map(({ call }) => call<typeof first | null>("account.ensureAdmin")))).filter((one) => one !== null);
        expect(made).toHaveLength(1);
        [first] = made;
      }
    } finally {
      await Promise.all(nodes.slice(1).map((one) => one.stop()));
    }
    expect((await login(first?.username ?? "", first?.password ?? "")).account).toMatchObject({ role: "admin", plan: "premium" });
    expect(await ask("account.ensureAdmin")).toBeNull();
  });
});
