/**
 * Where the login lives: the refresh token in localStorage, the access token in memory only.
 *
 * A script that runs in this page could read either, wherever it were kept, or simply call the API itself; a cookie
 * would hide the token but act by itself in every request, and needs a defence against forged ones. So the effort goes
 * into keeping scripts out: a strict CSP, nothing from third parties, no markup made from data. A stolen refresh token is
 * of short use: it changes with each use, and the second use of one revokes the whole login.
 */
import type { TokenStore } from "../../../client/index.ts";

const name = "ensemble.refreshToken";

export const browserTokens: TokenStore = {
  load: () => localStorage.getItem(name),
  save: (token) => {
    if (token === null) localStorage.removeItem(name);
    else localStorage.setItem(name, token);
  },
  // Two tabs refreshing with one token would look like a theft.
  exclusively: async <T>(work: () => Promise<T>): Promise<T> => ("locks" in navigator ? (await navigator.locks.request(name, work)) : work()),
};
