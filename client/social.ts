/**
 * The calls of following and sharing. Following is done once however often it is asked for, so a call whose answer was lost is simply
 * made again. What friends play comes live over the socket (`watchFriends`); `friends` reads it once, those with very many followers too.
 */
import type { Call } from "./api.ts";
import { queryString } from "./query-string.ts";
import type { Friend, Page, RelatedAccount, Sharing } from "./shapes.ts";

interface Paged {
  readonly limit?: number;
  readonly cursor?: string;
  readonly signal?: AbortSignal;
}

interface Following {
  readonly userId: string;
  readonly following: boolean;
}

export class SocialCalls {
  readonly #call: <T>(path: string, call: Call) => Promise<T>;

  constructor(call: <T>(path: string, call: Call) => Promise<T>) {
    this.#call = call;
  }

  /** Throws ApiError 404 when there is no such account, 409 LIMIT when too many are followed. */
  follow(userId: string, signal?: AbortSignal): Promise<Following> {
    return this.#call(`/v1/me/following/${encodeURIComponent(userId)}`, { method: "PUT", body: {}, signal });
  }

  unfollow(userId: string, signal?: AbortSignal): Promise<Following> {
    return this.#call(`/v1/me/following/${encodeURIComponent(userId)}`, { method: "DELETE", signal });
  }

  /** Whom the account follows, the newest first. */
  following(page: Paged = {}): Promise<Page<RelatedAccount>> {
    return this.#list("/v1/me/following", page);
  }

  /** Who follows the account, the newest first. */
  followers(page: Paged = {}): Promise<Page<RelatedAccount>> {
    return this.#list("/v1/me/followers", page);
  }

  /** What those whom the account follows play now. */
  friends(page: Paged = {}): Promise<Page<Friend>> {
    return this.#list("/v1/me/friends/activity", page);
  }

  sharing(signal?: AbortSignal): Promise<Sharing> {
    return this.#call("/v1/me/sharing", { signal });
  }

  /** When it resolves, friends see what was decided. `privateUntil`: nobody sees anything until then, ms since 1970. */
  setSharing(sharing: { readonly share: boolean; readonly privateUntil?: number | null }, signal?: AbortSignal): Promise<Sharing> {
    return this.#call("/v1/me/sharing", { method: "PUT", body: sharing, signal });
  }

  #list<T>(path: string, { signal, ...page }: Paged): Promise<Page<T>> {
    return this.#call(`${path}${queryString(page)}`, { signal });
  }
}
