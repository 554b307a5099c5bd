/** Who and what a run has: tracks that nobody hears, and accounts that come in by REST as an app's do. */
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
