/**
 * The typed client of the REST API, for browsers and Node: accounts, browse, search, play; playlists (playlists.ts).
 *
 * It keeps the login: each call carries the access token, a token about to end (or refused) is refreshed first, and all
 * calls that need a refresh at the same time share one. Refresh tokens rotate, so the new one is kept before anything
 * else is sent. Tabs that share a `TokenStore` do not use one refresh token twice: the store is read again under a lock.
 */
import { ApiError, LoggedOut, NetworkError } from "./errors.ts";
import { GroupCalls } from "./group/calls.ts";
import { PlaylistCalls } from "./playlists.ts";
import { queryString } from "./query-string.ts";
import { SessionRequests } from "./session.ts";
import { SocialCalls } from "./social.ts";
import type { Account, AccountName, Album, AlbumPage, Artist, ArtistPage, Genre, Login, Page, PlayGrant, Quality, SearchResults, Track } from "./shapes.ts";

/** Where the refresh token is kept between visits. `save(null)` forgets it. */
export interface TokenStore {
  load(): string | null;
  save(refreshToken: string | null): void;
  /** Runs `work` while no other tab refreshes; absent = there is no other tab. */
  exclusively?<T>(work: () => Promise<T>): Promise<T>;
}

/** A store for one process: Node programs, tests. */
export function memoryTokenStore(initial: string | null = null): TokenStore {
  let token = initial;
  return { load: () => token, save: (next) => void (token = next) };
}

export interface ClientOptions {
  /** Origin of the service, without a final slash; "" = the page's own. */
  readonly baseUrl: string;
  readonly tokens: TokenStore;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Longest wait for an answer. */
  readonly timeoutMs?: number;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Whose call it is: nobody's, the account's, or the account's if there is a login. */
  readonly access?: "public" | "listener" | "either";
}

/** A token that ends within this time is refreshed before it is used: a play must not wait for a refusal. */
const refreshAheadMs = 30_000;

export class ApiClient {
  readonly #options: Required<Omit<ClientOptions, "fetch">> & { fetch: typeof globalThis.fetch };
  #access: { token: string; endsAt: number } | null = null;
  #refreshing: Promise<string> | null = null;
  #account: Account | null = null;
  readonly groups = new GroupCalls((path, call) => this.#call(path, call));
  readonly playlists = new PlaylistCalls((path, call) => this.#call(path, call));
  readonly session = new SessionRequests((path, call) => this.#call(path, call));
  readonly social = new SocialCalls((path, call) => this.#call(path, call));
  /** Called when the login is over, whichever call noticed it. */
  onLoggedOut: () => void = () => {};

  constructor(options: ClientOptions) {
    this.#options = { now: Date.now, timeoutMs: 15_000, ...options, fetch: options.fetch ?? globalThis.fetch.bind(globalThis) };
  }

  /** The account of the last login or refresh; null before. */
  get account(): Account | null {
    return this.#account;
  }

  /** Whether a login is kept. It may turn out to be over. */
  get hasLogin(): boolean {
    return this.#options.tokens.load() !== null;
  }

  async register(input: { username: string; password: string; country: string; birthYear?: number }): Promise<Account> {
    return this.#keep(await this.#call<Login>("/v1/auth/register", { method: "POST", body: input, access: "public" }));
  }

  async login(input: { username: string; password: string }): Promise<Account> {
    return this.#keep(await this.#call<Login>("/v1/auth/login", { method: "POST", body: input, access: "public" }));
  }

  /** Takes up the kept login. Throws LoggedOut when there is none or it is over. */
  async resume(): Promise<Account> {
    await this.#refresh();
    if (this.#account === null) throw new LoggedOut();
    return this.#account;
  }

  /** Forgets the login here at once, and revokes it at the service if that can be reached. */
  async logout(): Promise<void> {
    const refreshToken = this.#options.tokens.load();
    this.#forget();
    if (refreshToken === null) return;
    await this.#call("/v1/auth/logout", { method: "POST", body: { refreshToken }, access: "public" }).catch((error: unknown) => {
      if (!(error instanceof ApiError || error instanceof NetworkError)) throw error;
    });
  }

  me(signal?: AbortSignal): Promise<Account> {
    return this.#call("/v1/me", { signal });
  }

  /** The account of a name, however it is spelled. Throws ApiError 404. */
  findAccount(username: string, signal?: AbortSignal): Promise<AccountName> {
    return this.#call(`/v1/accounts${queryString({ username })}`, { signal });
  }

  /** How an account is called. Throws ApiError 404. */
  accountName(id: string, signal?: AbortSignal): Promise<AccountName> {
    return this.#call(`/v1/accounts/${encodeURIComponent(id)}`, { signal });
  }

  search(q: string, options: { types?: string; limit?: number; signal?: AbortSignal } = {}): Promise<SearchResults> {
    const { signal, ...rest } = options;
    return this.#call(`/v1/search${queryString({ q, ...rest })}`, { access: "public", signal });
  }

  track(id: string, signal?: AbortSignal): Promise<Track> {
    return this.#call(`/v1/tracks/${encodeURIComponent(id)}`, { access: "public", signal });
  }

  /** Those of up to 50 tracks that exist, in the order asked for. */
  async tracks(ids: readonly string[], signal?: AbortSignal): Promise<readonly Track[]> {
    return (await this.#call<{ items: readonly Track[] }>(`/v1/tracks${queryString({ ids: ids.join(",") })}`, { access: "public", signal })).items;
  }

  album(id: string, signal?: AbortSignal): Promise<AlbumPage> {
    return this.#call(`/v1/albums/${encodeURIComponent(id)}`, { access: "public", signal });
  }

  artist(id: string, signal?: AbortSignal): Promise<ArtistPage> {
    return this.#call(`/v1/artists/${encodeURIComponent(id)}`, { access: "public", signal });
  }

  artists(options: { limit?: number; cursor?: string; signal?: AbortSignal } = {}): Promise<Page<Artist>> {
    return this.#list("/v1/artists", options);
  }

  albums(options: { limit?: number; cursor?: string; signal?: AbortSignal } = {}): Promise<Page<Album>> {
    return this.#list("/v1/albums", options);
  }

  newReleases(options: { limit?: number; cursor?: string; signal?: AbortSignal } = {}): Promise<Page<Album>> {
    return this.#list("/v1/new-releases", options);
  }

  genres(signal?: AbortSignal): Promise<Page<Genre>> {
    return this.#call("/v1/genres", { access: "public", signal });
  }

  genreTracks(id: string, options: { limit?: number; cursor?: string; signal?: AbortSignal } = {}): Promise<Page<Track>> {
    return this.#list(`/v1/genres/${encodeURIComponent(id)}/tracks`, options);
  }

  /** Asks for the right to play. `quality` "auto" leaves the tier to the player. */
  play(input: { trackId: string; quality: Quality; deviceId: string }, signal?: AbortSignal): Promise<PlayGrant> {
    return this.#call("/v1/play", { method: "POST", body: input, signal });
  }

  /** An access token that is good for a while: for what is not called through here (whole files, the socket). */
  accessToken(): Promise<string> {
    return this.#token();
  }

  /** Address of an image, at least `size` pixels wide where the service has it. */
  imageUrl(imageId: string, size: number): string {
    return `${this.#options.baseUrl}/v1/images/${encodeURIComponent(imageId)}?size=${size}`;
  }

  #list<T>(path: string, { signal, ...page }: { limit?: number; cursor?: string; signal?: AbortSignal }): Promise<Page<T>> {
    return this.#call(`${path}${queryString(page)}`, { access: "public", signal });
  }

  async #call<T>(path: string, call: Call): Promise<T> {
    if (call.access === "public" || (call.access === "either" && !this.hasLogin)) return this.#send<T>(path, call, null);
    const token = await this.#token();
    try {
      return await this.#send<T>(path, call, token);
    } catch (error) {
      // The clock here may be slow, or the key was changed: one refresh, one more try.
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      if (this.#access?.token === token) this.#access = null;
      return this.#send<T>(path, call, await this.#token());
    }
  }

  async #token(): Promise<string> {
    if (this.#access !== null && this.#access.endsAt - refreshAheadMs > this.#options.now()) return this.#access.token;
    return this.#refresh();
  }

  #refresh(): Promise<string> {
    this.#refreshing ??= this.#refreshOnce().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refreshOnce(): Promise<string> {
    const { tokens } = this.#options;
    const exclusively = tokens.exclusively?.bind(tokens) ?? (<T>(work: () => Promise<T>) => work());
    return exclusively(async () => {
      const refreshToken = tokens.load();
      if (refreshToken === null) throw this.#over();
      try {
        const login = await this.#send<Login>("/v1/auth/refresh", { method: "POST", body: { refreshToken } }, null);
        this.#keep(login);
        return login.accessToken;
      } catch (error) {
        if (error instanceof ApiError && (error.status === 401 || error.status === 403)) throw this.#over();
        throw error;
      }
    });
  }

  #over(): LoggedOut {
    this.#forget();
    this.onLoggedOut();
    return new LoggedOut();
  }

  #forget(): void {
    this.#access = null;
    this.#account = null;
    this.#options.tokens.save(null);
  }

  #keep(login: Login): Account {
    this.#options.tokens.save(login.refreshToken);
    this.#access = { token: login.accessToken, endsAt: Date.parse(login.expiresAt) };
    this.#account = login.account;
    return login.account;
  }

  async #send<T>(path: string, { method = "GET", body, signal }: Call, token: string | null): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (token !== null) headers["authorization"] = `Bearer ${token}`;
    const timeout = AbortSignal.timeout(this.#options.timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await this.#options.fetch(`${this.#options.baseUrl}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new NetworkError(error);
    }
    if (!response.ok) throw apiError(response, text);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }
}

/** The error an answer stands for, also when something in between (a proxy) answered with a page of its own. */
export function apiError(response: { status: number; headers: Headers }, text: string): ApiError {
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"));
  const fallback = { status: response.status, code: `HTTP_${response.status}`, message: `The service answered with status ${response.status}.`, retryable: response.status === 429 || response.status >= 500, retryAfterMs };
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown; retryable?: unknown; details?: unknown } };
    if (typeof error?.code !== "string" || typeof error.message !== "string") return new ApiError(fallback);
    return new ApiError({ ...fallback, code: error.code, message: error.message, retryable: error.retryable === true, details: error.details });
  } catch {
    return new ApiError(fallback);
  }
}

/** Retry-After in ms: seconds or a date (RFC 9110, 10.2.3); null when absent or unreadable. */
export function parseRetryAfter(value: string | null, now: number = Date.now()): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
