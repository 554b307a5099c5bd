/**
 * Devices that followed the events have the actor's list: the same items in the same order at the same positions, the same
 * name, as long as the playlist lives. Both as the client's edit queue ended, and by its model alone, from lists that were read in between.
 */
import type { GetReply } from "../../../../actors/playlist/actor.ts";
import { applyPublic, itemsOf, listOf, may, publicEvent, type PlaylistEvent, type PlaylistState } from "../../../../actors/playlist/model/index.ts";
import { different, type Claim, type PlaylistChecker } from "./evidence.ts";

const shown = (list: PlaylistState["list"]): string => JSON.stringify([list.meta, itemsOf(list)]);

export const copies: PlaylistChecker = ({ events, asked, devices }) => {
  const wrong: string[] = [];
  const claims: Claim[] = [];
  for (const { name, user, queue } of devices) {
    if (queue === undefined) continue;
    const { version, unsent } = queue;
    if (unsent > 0) wrong.push(`${name} could not send ${unsent} edits in fair weather`);
    else claims.push({ from: version, to: version, holds: ({ access, list }) => access.life === "deleted" || different(shown(list), JSON.stringify([queue.meta, queue.items()])), message: `the copy of ${name}` });
    if (version === events.length) continue;
    // Who may not read any more is told no more.
    const holds = ({ access, list }: PlaylistState) => may(access, list.meta, user).read ? `it ended with event ${version}, the journal with ${events.length}` : (true as const);
    claims.push({ from: events.length, to: events.length, holds, message: `the copy of ${name}` });
  }
  if (events.some(({ body }) => (body.e as PlaylistEvent).type === "delete")) return { wrong, claims };
  const read = asked.flatMap(({ operation, outcome }) => (operation.kind === "get" && outcome.is === "ok" && outcome.refusal === undefined && (outcome.reply as GetReply).items !== undefined ? [outcome.reply as GetReply] : []));
  for (const view of [read[0], read[read.length >> 1]]) {
    if (view === undefined) continue;
    const list = listOf(view);
    for (const { body, seq, opId } of events.slice(view.version)) applyPublic(list, publicEvent(body.e as PlaylistEvent, seq, opId, body.at));
    const found = shown(list);
    claims.push({ from: events.length, to: events.length, holds: (state) => different(shown(state.list), found), message: `a copy of version ${view.version} that followed the events` });
  }
  return { wrong, claims };
};
