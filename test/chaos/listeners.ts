/** Who and what a run has: tracks that nobody hears, and accounts that come in by REST as an app's do. */
import { SignJWT } from "jose";
import type { ServiceBroker } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import type { ChaosCluster } from "./cluster.ts";

/** Tracks that the run makes: track-1, track-2, ... */
export const tracks = 1_000;
export const trackOf = (n: number): string => `track-${n}`;

export async function makeTracks(cluster: ChaosCluster): Promise<void> {
  await cluster.ask("insert into artist (id, name, name_key, sort_name) values ('a', 'Chaos', 'chaos', 'chaos')");
  await cluster.ask("insert into album (id, title, title_key, artist_id) values ('a', 'Chaos', 'chaos', 'a')");
  await cluster.ask("insert into track (id, title, title_key, album_id, duration_ms) select 'track-' || n, 'Track ' || n, 'track ' || n, 'a', 1000 from generate_series(1, $1::int) n", [tracks]);
}

export interface Listener {
  /** Who he is in calls by a node. */
  readonly user: Readonly<Record<string, unknown>>;
  /** Address of the gateway that let him in. */
  readonly address: string;
  readonly accessToken: string;
}

export async function register(cluster: ChaosCluster, username: string): Promise<Listener> {
  const address = cluster.gateways[0]?.address ?? "";
  const ask = async <T>(path: string, token?: string, body?: object): Promise<T> => {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), "content-type": "application/json" };
    const response = await fetch(`${address}/v1${path}`, { headers, ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const { accessToken } = await ask<{ accessToken: string }>("/auth/register", undefined, { username, password: "correct horse battery", country: "SE" });
  const me = await ask<Record<string, unknown>>("/me", accessToken);
  return { user: { plan: "free", role: "listener", country: "SE", ...me }, address, accessToken };
}

/** Songs that last `durationMs`: `prefix`-1, `prefix`-2, ... For sessions, whose tracks end by themselves. */
export async function makeSongs(cluster: ChaosCluster, prefix: string, count: number, durationMs: number): Promise<readonly string[]> {
  await cluster.ask("insert into track (id, title, title_key, album_id, duration_ms) select $1 || '-' || n, 'Song ' || n, 'song ' || n, 'a', $3::int from generate_series(1, $2::int) n", [prefix, count, durationMs]);
  return Array.from({ length: count }, (_, n) => `${prefix}-${n + 1}`);
}

/** Many accounts at once, as rows, and logged in by tokens of the cluster's own key: nobody has so many passwords to check. */
export async function makeListeners(cluster: ChaosCluster, broker: ServiceBroker, names: readonly string[]): Promise<Listener[]> {
  await cluster.ask("insert into account (id, username, username_key, password_hash, plan, country) select name, name, name, 'none', 'premium', 'SE' from unnest($1::text[]) name", [names]);
  const { privateKey } = resourcesOf(broker).keys.tokens;
  return Promise.all(names.map(async (name, n) => {
    const user = { username: name, plan: "premium", role: "listener", country: "SE" };
    const accessToken = await new SignJWT(user).setProtectedHeader({ alg: "EdDSA", kid: "t1" }).setIssuer("ensemble").setAudience("ensemble").setSubject(name).setExpirationTime("3 h").sign(privateKey);
    return { user: { id: name, ...user }, address: cluster.gateways[n % cluster.gateways.length]?.address ?? "", accessToken };
  }));
}
