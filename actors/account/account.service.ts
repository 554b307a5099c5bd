/** The account service: register, log in, refresh, log out. Rules are in accounts.ts; this file declares and wires. */
import type { Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { action, callerOf } from "../action.ts";
import { id, paged } from "../params.ts";
import { NotFound, Unauthorized } from "../errors.ts";
import { whileRunning } from "../running.ts";
import { Accounts } from "./accounts.ts";
import { accountSchema, credentialsSchema, emptySchema, nameSchema, namesSchema, sessionSchema } from "./schemas.ts";

const sweepEveryMs = 10 * 60 * 1000;
/** Ids of one question for names: as many as a page of any list. */
const namesAsked = 1_000;

const { close, open, running } = whileRunning<{ accounts: Accounts; sweeper: NodeJS.Timeout }>("account");
const accountsOf = (service: Service): Accounts => running(service).accounts;

const refreshToken = { type: "string", min: 1, max: 128, description: "as the last login or refresh answered it" } as const;

/** `now` in ms since 1970; tests bring their own clock. */
export function accountService(now: () => number = Date.now): ServiceSchema {
  return {
    name: "account",

    actions: {
      register: action({
        access: "public",
        summary: "Create an account and log in",
        params: {
          username: { type: "string", min: 1, max: 128, description: "3 to 32 letters and digits, with single . _ - between them" },
          password: { type: "string", min: 1, max: 1024, description: "8 to 256 characters" },
          country: { type: "string", min: 2, max: 2, description: "ISO 3166-1 alpha-2" },
          birthYear: { type: "number", integer: true, optional: true },
        },
        returns: sessionSchema,
        handler(ctx) {
          return accountsOf(this).register(ctx.params);
        },
      }),

      login: action({
        access: "public",
        summary: "Log in",
        // What cannot be a name or a password is answered like a wrong one, not like a malformed request: nobody
        // learns the rules by trying. The bounds here only keep absurd sizes out.
        params: {
          username: { type: "string", max: 2 ** 21 },
          password: { type: "string", max: 2 ** 21 },
        },
        returns: sessionSchema,
        handler(ctx) {
          return accountsOf(this).login(ctx.params.username, ctx.params.password);
        },
      }),

      refresh: action({
        access: "public",
        summary: "Exchange a refresh token for new tokens",
        params: { refreshToken },
        returns: sessionSchema,
        handler(ctx) {
          return accountsOf(this).refresh(ctx.params.refreshToken);
        },
      }),

      logout: action({
        access: "public",
        summary: "End the session that a refresh token belongs to",
        params: { refreshToken },
        returns: emptySchema,
        async handler(ctx) {
          await accountsOf(this).logout(ctx.params.refreshToken);
          return {};
        },
      }),

      me: action({
        access: "listener",
        summary: "The account of the caller",
        params: {},
        returns: accountSchema,
        async handler(ctx) {
          const account = ctx.meta.user === undefined ? undefined : await accountsOf(this).byId(ctx.meta.user.id);
          if (account === undefined) throw new Unauthorized();
          return account;
        },
      }),

      changePassword: action({
        access: "listener",
        summary: "Change the caller's password. Every session of the account ends; the answer begins a new one",
        params: {
          currentPassword: { type: "string", max: 2 ** 21 },
          newPassword: { type: "string", min: 1, max: 1024, description: "8 to 256 characters" },
        },
        returns: sessionSchema,
        handler(ctx) {
          const caller = callerOf(ctx);
          return accountsOf(this).changePassword(caller.id, ctx.params.currentPassword, ctx.params.newPassword);
        },
      }),

      resetPassword: action({
        access: "internal",
        summary: "Give an account a random password and end its sessions; the accounts command calls it",
        params: { username: { type: "string", min: 1, max: 128 } },
        returns: credentialsSchema,
        handler(ctx) {
          return accountsOf(this).resetPassword(ctx.params.username);
        },
      }),

      byName: action({
        access: "internal",
        summary: "The account of a name",
        params: { username: { type: "string", min: 1, max: 128 } },
        returns: accountSchema,
        handler(ctx) {
          return accountsOf(this).byName(ctx.params.username);
        },
      }),

      find: action({
        access: "listener",
        summary: "The account of a name, to follow it: nothing of it but that",
        params: { username: { type: "string", min: 1, max: 128, description: "however it is spelled" } },
        returns: nameSchema,
        async handler(ctx) {
          const { id: found, username } = await accountsOf(this).byName(ctx.params.username);
          return { id: found, username };
        },
      }),

      name: action({
        access: "listener",
        summary: "How an account is called, for a link that names it",
        params: { id },
        returns: nameSchema,
        async handler(ctx) {
          const [found] = await accountsOf(this).names([ctx.params.id]);
          if (found === undefined) throw new NotFound("account", ctx.params.id);
          return found;
        },
      }),

      names: action({
        access: "internal",
        summary: "Names of accounts by id; what is none is left out",
        params: { ids: { type: "array", items: id, max: namesAsked } },
        returns: namesSchema,
        async handler(ctx) {
          return { accounts: await accountsOf(this).names(ctx.params.ids) };
        },
      }),

      list: action({
        access: "internal",
        summary: "Accounts by name",
        params: paged,
        returns: {
          title: "Accounts",
          type: "object",
          additionalProperties: false,
          required: ["items", "nextCursor"],
          properties: { items: { type: "array", items: accountSchema }, nextCursor: { type: ["string", "null"] } },
        },
        handler(ctx) {
          return accountsOf(this).list(ctx.params.limit, ctx.params.cursor);
        },
      }),

      setPlan: action({
        access: "admin",
        summary: "Change the plan of an account",
        params: { id, plan: { type: "enum", values: ["free", "premium"] } },
        returns: accountSchema,
        handler(ctx) {
          return accountsOf(this).setPlan(ctx.params.id, ctx.params.plan);
        },
      }),

      ensureAdmin: action({
        access: "internal",
        summary: "Create the first administrator when there is none",
        params: {},
        returns: {
          anyOf: [{ type: "null" }, credentialsSchema],
        },
        handler() {
          return accountsOf(this).ensureAdmin();
        },
      }),
    },

    async started() {
      const { ports, keys } = resourcesOf(this.broker);
      const accounts = new Accounts({ database: ports.database, cache: ports.cache, signingKey: keys.tokens.privateKey, now });
      await accounts.warm();
      const sweep = () => accounts.sweep().catch((error: unknown) => this.logger.warn("ended sessions were not deleted; trying again later", error));
      const sweeper = setInterval(() => void sweep(), sweepEveryMs);
      sweeper.unref();
      open(this, { accounts, sweeper });
    },

    async stopped() {
      clearInterval(close(this)?.sweeper);
    },
  };
}

export default accountService();
