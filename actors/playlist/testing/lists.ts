/** For tests of playlists: accounts, tracks that exist, and calls in the words of a client. */
import { randomUUID } from "node:crypto";
import { resourcesOf } from "../../../resources.ts";
import type { CallMeta, Identity } from "../../action.ts";
import { schemaErrors } from "../../testing/schema.ts";
import type { GetReply } from "../actor.ts";
import type { OpResult } from "../model/ops.ts";
import type { ServiceBroker } from "moleculer";

/** An account that no other test uses. */
export function someone(name = "lis"): Identity {
  return { id: randomUUID().replaceAll("-", ""), username: name, plan: "free", role: "listener", country: "SE" };
}

/** Puts tracks into the catalog's table, as far as playlists care: they exist. */
export async function existingTracks(broker: ServiceBroker, count: number): Promise<string[]> {
  const { database } = resourcesOf(broker).ports;
  const ids = Array.from({ length: count }, () => randomUUID().replaceAll("-", ""));
  const [artist, album] = [randomUUID(), randomUUID()];
  await database.query("insert into artist (id, name, name_key, sort_name) values ($1, 'A', $1, 'a')", [artist]);
  await database.query("insert into album (id, title, title_key, artist_id) values ($1, 'B', $1, $2)", [album, artist]);
  await database.query("insert into track (id, title, title_key, album_id, disc, duration_ms) select id, 'T', 't', $2, 1, 1000 from unnest($1::text[]) as given (id)", [ids, album]);
  return ids;
}

export interface Applied {
  readonly version: number;
  readonly results: readonly OpResult[];
}

/** Calls of `user` through `broker`; every answer is what its action declares. */
export function client(broker: ServiceBroker, user: Identity | undefined) {
  const call = async <T>(name: string, params: object = {}): Promise<T> => {
    const answer = await broker.call<T, object>(`playlist.${name}`, params, { meta: (user === undefined ? {} : { user }) satisfies CallMeta });
    // Other nodes are told less of it: Moleculer leaves out what a service's schema holds twice.
    const wrong = broker.getLocalService("playlist") === undefined ? [] : schemaErrors(broker, `playlist.${name}`, answer);
    if (wrong.length > 0) throw new Error(`playlist.${name} answered what it does not declare: ${wrong.join("; ")}`);
    return answer;
  };
  return {
    call,
    create: (params: object = {}) => call<GetReply>("create", { name: "mix", ...params }),
    get: (playlistId: string) => call<GetReply>("get", { playlistId }),
    apply: (playlistId: string, ...ops: object[]) => call<Applied>("apply", { playlistId, ops: ops.map((op) => ({ opId: randomUUID(), ...op })) }),
    tracks: async (playlistId: string) => ((await call<GetReply>("get", { playlistId })).items ?? []).map(({ trackId }) => trackId),
  };
}
