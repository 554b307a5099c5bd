/** Accounts: who may log in, and what that gives them. The rules behind the account actions; account.service.ts calls them. */
import { randomBytes, type KeyObject } from "node:crypto";
import type { Cache, Database } from "../../storage/index.ts";
import type { Identity, Plan } from "../action.ts";
import { newId } from "../id.ts";
import { Conflict, Forbidden, InvalidInput, NotFound, Unauthorized } from "../errors.ts";
import { countryCode } from "../countries.ts";
import { TokenFamilies } from "./families.ts";
import { normalizePassword, passwordLength, PasswordHasher } from "./passwords.ts";
import { LoginThrottle } from "./throttle.ts";
import { accessToken } from "./tokens.ts";
import { parseUsername, usernameLength } from "./username.ts";

export interface LoginSession {
  readonly account: Identity;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: string;
}

export interface Registration {
  readonly username: string;
  readonly password: string;
  readonly country: string;
  readonly birthYear?: number;
}

const columns = "id, username, plan, role, country";
/** Sweeping stops after this many batches and goes on at the next tick of the timer. */
const sweepBatches = 50;

export class Accounts {
  readonly #database: Database;
  readonly #signingKey: KeyObject;
  readonly #now: () => number;
  readonly #hasher = new PasswordHasher();
  readonly #throttle: LoginThrottle;
  readonly #families: TokenFamilies;

  constructor(parts: { database: Database; cache: Cache; signingKey: KeyObject; now: () => number }) {
    this.#database = parts.database;
    this.#signingKey = parts.signingKey;
    this.#now = parts.now;
    this.#throttle = new LoginThrottle(parts.cache, parts.now);
    this.#families = new TokenFamilies(parts.database, parts.now);
  }

  /** Resolves when the first login takes as long as every other. */
  async warm(): Promise<void> {
    await this.#hasher.dummy();
  }

  /** Throws InvalidInput, Conflict (USERNAME_TAKEN), Overloaded. */
  async register(registration: Registration): Promise<LoginSession> {
    const { username, key, country } = validName(registration.username, registration.country);
    const password = validPassword(registration.password, "password");
    const birthYear = plausibleBirthYear(registration.birthYear, this.#now());
    // Asked before the hash is paid for; the unique key below decides.
    if ((await this.#byKey(key)) !== undefined) throw taken();
    const hash = await this.#hasher.hash(password);
    const account = await this.#insert({ username, key, hash, country, birthYear, role: "listener" });
    if (account === undefined) throw taken();
    return this.#session(account, await this.#families.begin(account.id));
  }

  /** Throws Unauthorized for every wrong combination alike, in the same time; RateLimited; Overloaded. */
  async login(username: string, password: string): Promise<LoginSession> {
    const name = parseUsername(username);
    if (name !== undefined) await this.#throttle.charge(name.key);
    const known = name === undefined ? undefined : await this.#byKey(name.key);
    const matches = await this.#hasher.verify(known?.password_hash, normalizePassword(password));
    if (!matches || known === undefined || name === undefined) throw new Unauthorized("The username or the password is wrong.");
    await this.#throttle.forgive(name.key);
    return this.#session(known, await this.#beginWith(known.id, known.password_hash));
  }

  /**
   * Sets another password, ends every session of the account, and begins one for the caller. Throws Forbidden
   * (WRONG_PASSWORD), InvalidInput, RateLimited, Overloaded; Unauthorized when the account is gone or was changed meanwhile.
   */
  async changePassword(id: string, currentPassword: string, newPassword: string): Promise<LoginSession> {
    const password = validPassword(newPassword, "newPassword");
    const [known] = await this.#database.prepared<KnownAccount>(`select ${columns}, username_key, password_hash from account where id = $1`, [id]);
    if (known === undefined) throw new Unauthorized();
    // Whoever found an open session guesses no faster here than at the login.
    await this.#throttle.charge(known.username_key);
    if (!(await this.#hasher.verify(known.password_hash, normalizePassword(currentPassword)))) throw new Forbidden("WRONG_PASSWORD", "The current password is wrong.");
    await this.#throttle.forgive(known.username_key);
    const hash = await this.#hasher.hash(password);
    const refreshToken = await this.#database.transaction(async (transaction) => {
      const changed = await transaction.prepared(`update account set password_hash = $2 where id = $1 and password_hash = $3 returning 1 as one`, [id, hash, known.password_hash]);
      if (changed.length === 0) throw new Unauthorized();
      await this.#families.endAll(transaction, id);
      return this.#families.begin(id, transaction);
    });
    return this.#session(known, refreshToken);
  }

  /** Gives an account a random password and ends its sessions, for an operator. The password is answered once and kept nowhere. Throws NotFound. */
  async resetPassword(username: string): Promise<{ username: string; password: string }> {
    const key = parseUsername(username)?.key ?? "";
    const password = randomPassword();
    const hash = await this.#hasher.hash(password);
    const account = await this.#database.transaction(async (transaction) => {
      const [changed] = await transaction.prepared<Identity>(`update account set password_hash = $2 where username_key = $1 returning ${columns}`, [key, hash]);
      if (changed !== undefined) await this.#families.endAll(transaction, changed.id);
      return changed;
    });
    if (account === undefined) throw new NotFound("account", username);
    await this.#throttle.forgive(key);
    return { username: account.username, password };
  }

  /** The account of a name, however it is spelled. Throws NotFound. */
  async byName(username: string): Promise<Identity> {
    const key = parseUsername(username)?.key ?? "";
    const [row] = await this.#database.prepared<Identity>(`select ${columns} from account where username_key = $1`, [key]);
    if (row === undefined) throw new NotFound("account", username);
    return row;
  }

  /** Accounts by name, after the name key `cursor`. */
  async list(limit: number, cursor: string | undefined): Promise<{ items: Identity[]; nextCursor: string | null }> {
    const rows = await this.#database.prepared<Identity & { username_key: string }>(
      `select ${columns}, username_key from account where username_key > $1 order by username_key limit $2`,
      [cursor ?? "", limit + 1],
    );
    const items = rows.slice(0, limit).map(({ id, username, plan, role, country }) => ({ id, username, plan, role, country }));
    return { items, nextCursor: rows.length > limit ? (rows[limit - 1]?.username_key ?? null) : null };
  }

  /** Throws Unauthorized when the token is unknown, used, revoked or expired: one answer for all. */
  async refresh(refreshToken: string): Promise<LoginSession> {
    const rotation = await this.#families.rotate(refreshToken);
    if (rotation.outcome === "refused") throw new Unauthorized("This session has ended. Log in again.");
    return this.#session(rotation.account, rotation.token);
  }

  async logout(refreshToken: string): Promise<void> {
    await this.#families.end(refreshToken);
  }

  async byId(id: string): Promise<Identity | undefined> {
    const [row] = await this.#database.prepared<Identity>(`select ${columns} from account where id = $1`, [id]);
    return row;
  }

  /** Names of those of `ids` that are accounts, in no order. */
  async names(ids: readonly string[]): Promise<{ id: string; username: string }[]> {
    return this.#database.prepared<{ id: string; username: string }>(`select id, username from account where id = any($1::text[])`, [ids]);
  }

  /** Throws NotFound. Tokens already given out say the old plan until they end. */
  async setPlan(id: string, plan: Plan): Promise<Identity> {
    const [row] = await this.#database.prepared<Identity>(`update account set plan = $2 where id = $1 returning ${columns}`, [id, plan]);
    if (row === undefined) throw new NotFound("account", id);
    return row;
  }

  /** Makes the first administrator when there is none, whoever else tries at the same moment. Its password is answered once and kept nowhere. */
  async ensureAdmin(): Promise<{ username: string; password: string } | null> {
    const exists = `select 1 as one from account where role = 'admin' limit 1`;
    if ((await this.#database.prepared(exists)).length > 0) return null;
    const password = randomPassword();
    const hash = await this.#hasher.hash(password);
    return this.#database.transaction(async (transaction) => {
      await transaction.prepared(`select pg_advisory_xact_lock(hashtextextended('first administrator', 0))`);
      if ((await transaction.prepared(exists)).length > 0) return null;
      // A listener may have taken "admin" already.
      for (const username of ["admin", `admin-${randomBytes(4).toString("hex")}`]) {
        const inserted = await transaction.prepared(
          `insert into account (id, username, username_key, password_hash, plan, role, country) values ($1, $2, $2, $3, 'premium', 'admin', 'SE') on conflict (username_key) do nothing returning id`,
          [newId(), username, hash],
        );
        if (inserted.length > 0) return { username, password };
      }
      throw new Error("no name was free for the first administrator");
    });
  }

  /** Deletes ended refresh tokens, a bounded number. */
  async sweep(): Promise<void> {
    for (let batch = 0; batch < sweepBatches; batch++) {
      if ((await this.#families.sweep()) === 0) return;
    }
  }

  /** A session for whoever showed the password of `hash`; none when that is the account's no longer: a login in progress must not outlive a change of password. */
  #beginWith(id: string, hash: string): Promise<string> {
    return this.#database.transaction(async (transaction) => {
      const current = await transaction.prepared(`select 1 as one from account where id = $1 and password_hash = $2 for share`, [id, hash]);
      if (current.length === 0) throw new Unauthorized("The username or the password is wrong.");
      return this.#families.begin(id, transaction);
    });
  }

  async #byKey(key: string): Promise<(Identity & { password_hash: string }) | undefined> {
    const [row] = await this.#database.prepared<Identity & { password_hash: string }>(`select ${columns}, password_hash from account where username_key = $1`, [key]);
    return row;
  }

  /** Undefined when the name was taken meanwhile. */
  async #insert(row: { username: string; key: string; hash: string; country: string; birthYear: number | null; role: string }): Promise<Identity | undefined> {
    const [account] = await this.#database.prepared<Identity>(
      `insert into account (id, username, username_key, password_hash, role, country, birth_year) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (username_key) do nothing returning ${columns}`,
      [newId(), row.username, row.key, row.hash, row.role, row.country, row.birthYear],
    );
    return account;
  }

  async #session(row: Identity, refreshToken: string): Promise<LoginSession> {
    const { id, username, plan, role, country } = row;
    const account = { id, username, plan, role, country };
    const access = await accessToken(this.#signingKey, account, this.#now());
    return { account, accessToken: access.token, refreshToken, expiresAt: access.expiresAt };
  }
}

interface KnownAccount extends Identity {
  readonly username_key: string;
  readonly password_hash: string;
}

/** 120 bits. */
const randomPassword = () => randomBytes(15).toString("base64url");

function validPassword(text: string, field: string): string {
  const password = normalizePassword(text);
  if (password === undefined) throw new InvalidInput(`A password has ${passwordLength.min} to ${passwordLength.max} characters.`, { field });
  return password;
}

function validName(username: string, country: string): { username: string; key: string; country: string } {
  const name = parseUsername(username);
  if (name === undefined) {
    throw new InvalidInput(`A username has ${usernameLength.min} to ${usernameLength.max} letters and digits of one script, with single dots, underscores or hyphens between them.`, { field: "username" });
  }
  const code = countryCode(country);
  if (code === undefined) throw new InvalidInput("The country is an ISO 3166-1 code of two letters, such as SE.", { field: "country" });
  return { ...name, country: code };
}

/** A year somebody alive now can be born in, or null when none was given. */
function plausibleBirthYear(birthYear: number | undefined, now: number): number | null {
  if (birthYear === undefined) return null;
  const thisYear = new Date(now).getUTCFullYear();
  if (birthYear > thisYear || birthYear < thisYear - 125) throw new InvalidInput("This birth year cannot be right.", { field: "birthYear" });
  return birthYear;
}

const taken = () => new Conflict("USERNAME_TAKEN", "This username is taken, or reads like one that is.", { field: "username" });
