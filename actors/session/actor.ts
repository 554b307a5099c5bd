/**
 * The session actor: one per account. Pure; the service (session.service.ts) checks the shape of parameters, asks the catalog
 * about tracks, and tells the world.
 *
 *   call                       changes
 *   register, forget           devices
 *   command                    playback, queue, settings (model/commands.ts)
 *   report                     what a device does; one that confirms is a sign of life and nothing else (model/report.ts)
 *   event, mark                nothing that is shown: they are for the listening log (model/listening.ts)
 *   admit                      internal: a playback is about to be granted (model/devices.ts)
 *   restore                    all of it, when it was lost (model/restore.ts)
 *   setGroup                   internal: the group that is listened with
 *   time                       ends of tracks, silence (model/elapsed.ts)
 *
 * Soft: state is in memory and in the mirror. What goes into the listening log is there before a call is answered.
 */
import { createHash } from "node:crypto";
import type { Identity, Plan } from "../action.ts";
import type { ListeningEvent } from "../../storage/index.ts";
import type { ActorType, Command, Query, Turn } from "../runtime/definition.ts";
import {
  applyEvent, decideAdmit, decideCommand, decideElapsed, decideEvent, decideForget, decideRegister, decideReport, decideRestore, devicesOf, dueAt, emptyState, isPassing, isShown, limits, packState, revive, seeing, stateVersion, unpackState, viewOf, wordOf,
} from "./model/index.ts";
import type { Admission, Change, ClientEvent, Command as SessionCommand, DeviceView, LostView, Registration, Report, SessionEvent, SessionState, SessionView, Word } from "./model/index.ts";

interface Operation {
  readonly opId: string;
}
export type CommandParams = SessionCommand;
export type ReportParams = Report;
export type EventParams = ClientEvent;
export interface RestoreParams extends Operation {
  readonly deviceId: string;
  readonly view: LostView;
  readonly durations: Readonly<Record<string, number>>;
}

/** What every call that may change something answers. */
export interface StampReply {
  /** Of the last view that shows it. */
  readonly n: number;
  readonly activeDeviceId: string | null;
}
export interface ReportReply extends StampReply {
  readonly isNew: boolean;
  /** Ms since 1970. */
  readonly serverNow: number;
}
export interface EventReply {
  /** Under which the log has the event. */
  readonly id: string;
}
export interface DevicesReply {
  readonly n: number;
  readonly activeDeviceId: string | null;
  readonly devices: readonly DeviceView[];
}
export interface WordReply extends Word {
  readonly n: number;
}

type Do<Params> = Command<SessionState, Params, SessionEvent>;
type Ask<Params> = Query<SessionState, Params>;

const nowOf = (turn: Turn): number => Math.round(turn.now);
const planOf = (turn: Turn): Plan => (turn.meta as { user?: Identity } | undefined)?.user?.plan ?? "free";

/** Names operations that need no memory: each takes the place of the one before. No client can make them. */
const unnamed = { report: ".report", admit: ".admit", register: ".register", group: ".group" } as const;

function stampAfter(state: SessionState, event: SessionEvent, turn: Turn): StampReply {
  let activeDeviceId = state.activeId;
  for (const change of event.changes) {
    if (change.do === "activate") activeDeviceId = change.deviceId;
    if (change.do === "forget" && change.deviceId === activeDeviceId) activeDeviceId = null;
  }
  return { n: isShown(event) ? turn.version + 1 : state.n, activeDeviceId };
}

/** One event of an operation that is answered once, or none. */
function once<Params extends Operation>(decide: (state: SessionState, params: Params, turn: Turn) => SessionEvent): Do<Params> {
  return (state, params, turn, earlier) => {
    const before = earlier(params.opId);
    if (before !== undefined) return { events: [], reply: before.reply };
    const event = decide(state, params, turn);
    const reply = stampAfter(state, event, turn);
    return { events: event.changes.length === 0 ? [] : [{ opId: params.opId, event, reply }], reply };
  };
}

const command: Do<CommandParams> = once((state, params, turn) => {
  const changes = decideCommand(state, params, { now: nowOf(turn), plan: planOf(turn) });
  return { changes: [...seeing(state, params.deviceId, nowOf(turn)), ...changes], ...(changes.length === 0 ? {} : { by: params.deviceId }) };
});

const register: Do<Registration> = (state, params, turn) => {
  const event = { changes: decideRegister(state, params, nowOf(turn)) };
  return { events: [{ opId: unnamed.register, event }], reply: reportReply(state, event, turn) };
};

const forget: Do<Operation & { readonly deviceId: string }> = once((state, { deviceId }, turn) => ({ changes: decideForget(state, deviceId, nowOf(turn)), by: deviceId }));

const report: Do<ReportParams> = (state, params, turn) => {
  const event = { changes: decideReport(state, params, nowOf(turn), turn.version + 1) };
  return { events: event.changes.length === 0 ? [] : [{ opId: unnamed.report, event }], reply: reportReply(state, event, turn) };
};

const reportReply = (state: SessionState, event: SessionEvent, turn: Turn): ReportReply => ({ ...stampAfter(state, event, turn), isNew: state.isNew, serverNow: nowOf(turn) });

/** An event's id may be longer than that of an operation. */
const operationOf = (id: string): string => (id.length <= limits.opId ? `event:${id}` : `event:${createHash("sha256").update(id).digest("base64url")}`);

const event: Do<EventParams> = (state, params, turn, earlier) => {
  const { changes, id } = decideEvent(state, params, nowOf(turn));
  const opId = operationOf(id);
  const reply: EventReply = { id };
  return { events: changes.length === 0 || earlier(opId) !== undefined ? [] : [{ opId, event: { changes }, reply }], reply };
};

const admit: Do<Admission> = (state, params, turn) => {
  const changes = decideAdmit(state, params, planOf(turn), nowOf(turn));
  // Who takes over commands: what the device before says about itself does not count until it has heard of it.
  const by = changes.some((change: Change) => change.do === "activate") ? { by: params.deviceId } : {};
  return { events: [{ opId: unnamed.admit, event: { changes, ...by } }], reply: {} };
};

const restore: Do<RestoreParams> = once((state, { deviceId, view, durations }, turn) => {
  const changes = decideRestore(state, deviceId, view, durations, nowOf(turn));
  return { changes, ...(changes.length === 0 ? {} : { by: deviceId }) };
});

/** `left`: the group that the account is in no more; it may be in another by now. */
const setGroup: Do<{ readonly groupId: string | null; readonly left?: string }> = (state, { groupId, left }) => ({
  events: state.groupId === groupId || (left !== undefined && state.groupId !== left) ? [] : [{ opId: unnamed.group, event: { changes: [{ do: "group", groupId }] } }],
  reply: {},
});

const get: Ask<{ readonly lists?: boolean }> = (state, { lists = true }): SessionView => viewOf(state, { queue: lists, history: lists });
const devices: Ask<unknown> = (state): DevicesReply => ({ n: state.n, activeDeviceId: state.activeId, devices: devicesOf(state) });
const word: Ask<unknown> = (state): WordReply => ({ ...wordOf(state), n: state.n });

export const sessionActor: ActorType<SessionState, SessionEvent> = {
  type: "session",
  empty: emptyState,
  apply: applyEvent,
  pack: packState,
  unpack: unpackState,
  eventVersion: 1,
  stateVersion,
  commands: { command, register, forget, report, event, mark: event, admit, restore, setGroup },
  queries: { get, devices, word },
  soft: {
    logged: ({ changes }, key): ListeningEvent[] => changes.flatMap((change) => (change.do === "log" ? [{ ...change.event, userId: key }] : [])),
    isPassing,
    dueAt,
    elapsed(state, turn) {
      const changes = decideElapsed(state, nowOf(turn));
      return changes.length === 0 ? [] : [{ changes }];
    },
    revived: revive,
  },
};
