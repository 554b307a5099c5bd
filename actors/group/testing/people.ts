/** For tests of groups: accounts, tracks of a minute, and calls in the words of a client. */
import { randomUUID } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import { resourcesOf } from "../../../resources.ts";
import type { CallMeta, Identity } from "../../action.ts";
import { schemaErrors } from "../../testing/schema.ts";
import type { HereReply, PlaceReply } from "../actor.ts";
import type { GroupView } from "../model/index.ts";

export type View = GroupView & { readonly link: string | null; readonly queue: NonNullable<GroupView["queue"]> };

/** An account that no other test uses. */
export function someone(name = "lis", more: Partial<Identity> = {}): Identity {
  return { id: randomUUID().replaceAll("-", ""), username: name, plan: "free", role: "listener", country: "SE", ...more };
}

/** Tracks as far as groups care: they exist, and are so long. */
export async function existingTracks(broker: ServiceBroker, count: number, durationMs = 60_000): Promise<string[]> {
  const { database } = resourcesOf(broker).ports;
  const ids = Array.from({ length: count }, () => randomUUID().replaceAll("-", ""));
  const [artist, album] = [randomUUID(), randomUUID()];
  await database.query("insert into artist (id, name, name_key, sort_name) values ($1, 'A', $1, 'a')", [artist]);
  await database.query("insert into album (id, title, title_key, artist_id) values ($1, 'B', $1, $2)", [album, artist]);
  await database.query("insert into track (id, title, title_key, album_id, disc, duration_ms) select id, 'T', 't', $2, 1, $3 from unnest($1::text[]) as given (id)", [ids, album, durationMs]);
  return ids;
}

/** Calls of `user` through `broker`; every answer is what its action declares. */
export function person(broker: ServiceBroker, user: Identity) {
  const call = async <T>(name: string, params: object = {}): Promise<T> => {
    const answer = await broker.call<T, object>(`group.${name}`, params, { meta: { user } satisfies CallMeta });
    // Other nodes are told less of it: Moleculer leaves out what a service's schema holds twice.
    const wrong = broker.getLocalService("group") === undefined ? [] : schemaErrors(broker, `group.${name}`, answer);
    if (wrong.length > 0) throw new Error(`group.${name} answered what it does not declare: ${wrong.join("; ")}`);
    return answer;
  };
  return {
    user,
    call,
    start: (params: object = {}) => call<View>("start", { opId: randomUUID(), ...params }),
    join: (groupId: string, params: object) => call<View>("join", { groupId, ...params }),
    get: (groupId: string) => call<View>("get", { groupId }),
    here: (groupId: string) => call<HereReply>("here", { groupId }),
    leave: (groupId: string) => call("leave", { groupId }),
    do: (groupId: string, type: string, params: object = {}) => call<PlaceReply>("command", { groupId, type, opId: randomUUID(), ...params }),
  };
}
