/**
 * The group service: what clients call, around the group actor (actor.ts), which decides.
 *
 * Actions of the actor run where it lives. The others run anywhere: `start`, `find` and `join` make or read what the actor must not (ids,
 * codes, the table) and then call it by name. Groups are soft: what they play is in memory and in the mirror. Who may come in and who is
 * host is in the table, which an actor that knows nothing asks (around.ts); its members' clients give it back what was played.
 */
import { randomUUID } from "node:crypto";
import type { Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { action, callerOf } from "../action.ts";
import { wrapped, withOpId } from "../around.ts";
import { InvalidInput, NotAvailable } from "../errors.ts";
import { actorService, command, query } from "../runtime/index.ts";
import { trackFacts } from "../track-facts.ts";
import { groupActor, type PeekReply } from "./actor.ts";
import { added, commandAround, getAround, itemsOf, known, mayAround, restoreAround, written } from "./around.ts";
import { Guesses } from "./guesses.ts";
import type { GroupEvent, GroupView, Kept } from "./model/index.ts";
import * as params from "./params.ts";
import { close, ifRunning, open, running } from "./running.ts";
import * as schemas from "./schemas.ts";
import { groupIdOf, hashOf, isSame, parseLink, secretOf, typedCode } from "./secrets.ts";
import { Sessions, wordsOf } from "./sessions.ts";
import { GroupTable } from "./table.ts";
import { Telling } from "./telling.ts";

const { groupId } = params;
const any = { type: "any" } as const;

/** One answer for a wrong code, an ended group and one that never was. */
const notFound = () => new NotAvailable("GROUP_NOT_FOUND", "There is no such group, or it has ended.");

/** What the table must know of. */
const changesRow = (event: GroupEvent): boolean => event.type === "ended" || event.type === "handedOver" || (event.type === "left" && event.isQuiet !== true);

const actor = actorService({
  name: "group",
  actor: groupActor,
  key: "groupId",
  actions: {
    begin: command({ access: "internal", summary: "Begin the group that `start` made an id for", params: { groupId, opId: params.opId(), code: any, tokenHash: any, startedAt: any, control: any, queue: any, index: any, positionMs: any, isPlaying: any }, returns: schemas.internalSchema }),
    revive: command({ access: "internal", summary: "Tell a group whose state was lost what the table knows", params: { groupId, opId: params.opId(), code: any, tokenHash: any, hostId: any, startedAt: any, kicked: any }, returns: schemas.internalSchema }),
    admit: command({ access: "internal", summary: "Let in who has shown the code or the link", params: { groupId, opId: params.opId(), listenOnly: { type: "boolean" } }, returns: schemas.internalSchema }),
    peek: query({ access: "internal", summary: "What of a group somebody sees who is not in it", params: { groupId }, returns: schemas.internalSchema }),
    may: query({
      access: "internal",
      summary: "Whether the caller is in a group",
      params: { groupId, listening: { type: "boolean", optional: true, description: "the caller listens to the group's topic" } },
      returns: schemas.maySchema,
    }),

    get: query({ access: "listener", summary: "A group that the caller is in, with its queue", params: { groupId }, returns: schemas.viewSchema }),
    leave: command({ access: "listener", summary: "Leave a group. When the host leaves, who has been there longest is host", params: { groupId, opId: params.opId() }, returns: schemas.leftSchema }),
    here: command({ access: "listener", summary: "Say that one is still in a group: every 30 s. Who is silent for 5 minutes is out", params: { groupId, ...params.here }, returns: schemas.hereSchema }),
    restore: command({ access: "listener", summary: "Give back what a group played when that was lost: the host, or a member when the host is away", params: { groupId, opId: params.opId(), ...params.restore }, returns: schemas.placeSchema }),
    command: command({ access: "listener", summary: "Control what a group plays, its queue, or the group itself", params: { groupId, opId: params.opId(), ...params.command }, returns: schemas.placeSchema }),
  },

  changed(service, change) {
    const state = ifRunning(service);
    const { key, epoch, n, events } = change;
    const { hostId, kicked, life } = change.state;
    if (events.some(({ event }) => changesRow(event))) state?.table.note(key, { epoch, n, hostId, kicked, isEnded: life === "ended" });
    state?.telling.take(change, Date.now());
    state?.sessions.take(wordsOf(key, change.state, events));
  },
});

const service: ServiceSchema = {
  ...actor,

  actions: {
    ...wrapped(actor, {
      begin: [withOpId],
      admit: [withOpId, known],
      peek: [known],
      may: [mayAround, known],
      get: [getAround, known],
      leave: [withOpId, written, known],
      here: [known],
      restore: [withOpId, restoreAround, known],
      command: [withOpId, written, commandAround, known],
    }),

    start: action({
      access: "listener",
      summary: "Start a group that listens together. Whoever has its code or link may join",
      params: { opId: params.opId(), ...params.start },
      returns: schemas.viewSchema,
      async handler(ctx) {
        const { id } = callerOf(ctx);
        const { opId: own = randomUUID(), trackIds = [], control, index, positionMs, isPlaying } = ctx.params;
        const { urls } = resourcesOf(this.broker).keys;
        const made = groupIdOf(urls, id, own);
        const queue = await itemsOf(this, added(own, id, trackIds));
        const { code, tokenHash, startedAt } = await running(this).table.begin(made, id, hashOf(secretOf(urls, made)), Date.now());
        await ctx.call("group.begin", { groupId: made, opId: own, code, tokenHash, startedAt, control, queue, index, positionMs, isPlaying });
        return ctx.call<GroupView, object>("group.get", { groupId: made });
      },
    }),

    find: action({
      access: "listener",
      summary: "The group that a code is of, and what a joiner sees of it",
      params: { code: params.code },
      returns: schemas.foundSchema,
      async handler(ctx) {
        const { guesses, table } = running(this);
        const guess = guesses.charge(callerOf(ctx).id);
        const found = await table.byCode(typedCode(ctx.params.code), Date.now());
        if (found === undefined) throw notFound();
        guess.refund();
        return { groupId: found, ...(await ctx.call<PeekReply, object>("group.peek", { groupId: found })) };
      },
    }),

    join: action({
      access: "listener",
      summary: "Join a group by its code or its link, to take part or to listen only; also to change between the two",
      params: { groupId, code: { ...params.code, optional: true }, token: { ...params.token, optional: true }, listenOnly: { type: "boolean", default: false }, opId: params.opId() },
      returns: schemas.viewSchema,
      async handler(ctx) {
        const { groupId: of, code, token, listenOnly, opId: own = randomUUID() } = ctx.params;
        if ((code === undefined) === (token === undefined)) throw new InvalidInput("Give a code or a link's token.", { field: "code" });
        const { guesses, table } = running(this);
        const guess = guesses.charge(callerOf(ctx).id);
        const kept = await table.living(of, Date.now());
        if (kept === undefined || !opens(kept, of, { code, token })) throw notFound();
        guess.refund();
        await ctx.call("group.admit", { groupId: of, listenOnly, opId: own });
        return ctx.call<GroupView, object>("group.get", { groupId: of });
      },
    }),
  },

  started(this: Service) {
    const { database, topics } = resourcesOf(this.broker).ports;
    const table = new GroupTable(database, (error) => this.logger.error("what became of a group is not written down", error));
    const sessions = new Sessions((word) => this.broker.call("session.setGroup", word), (error) => this.logger.debug("a session does not know its group", error));
    open(this, { table, tracks: trackFacts(this.broker), guesses: new Guesses(), telling: new Telling(topics), sessions });
  },

  stopped(this: Service) {
    close(this)?.telling.stop();
  },
};

function opens(kept: Kept, of: string, { code, token }: { readonly code?: string | undefined; readonly token?: string | undefined }): boolean {
  if (code !== undefined) return isSame(kept.code, typedCode(code));
  const link = parseLink(token ?? "");
  return link.groupId === of && isSame(kept.tokenHash, link.tokenHash);
}

export default service;
