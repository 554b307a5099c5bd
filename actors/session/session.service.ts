/**
 * The session service: what an account's devices call, around the session actor (actor.ts), which decides.
 *
 *   device -> command, report, event -> actor -> listening log, then the answer
 *                                         |---> topic session:<userId> -> every device
 *                                         '---> presence.playing
 *   streaming.play -> admit
 *
 * Every public action is for the caller's own session, which is found by who calls; other services name it by `userId`.
 */
import type { Context, Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { wrapped, withOpId } from "../around.ts";
import type { CatalogChanged } from "../catalog/catalog.service.ts";
import { actorService, command, query } from "../runtime/index.ts";
import { Telling } from "../telling.ts";
import { trackFacts } from "../track-facts.ts";
import { sessionActor } from "./actor.ts";
import { commandAround, eventAround, listenedTo, reportAround, restoreAround, withEpoch } from "./around.ts";
import { tell, type Stamped } from "./changed.ts";
import { serviceLimits } from "./limits.ts";
import * as params from "./params.ts";
import { close, ifRunning, open } from "./running.ts";
import * as schemas from "./schemas.ts";

const { userId, opId } = params;

const actor = actorService({
  name: "session",
  actor: sessionActor,
  key: "userId",
  own: true,
  actions: {
    get: query({
      access: "listener",
      summary: "What plays, where, and what comes next",
      params: {
        lists: { type: "boolean", optional: true, convert: true, description: "false: without queue and history" },
        listening: { type: "boolean", optional: true, convert: true, description: "the caller listens to the session's topic; answered without queue and history" },
      },
      returns: schemas.viewSchema,
    }),
    devices: query({ access: "listener", summary: "The account's devices", params: {}, returns: schemas.devicesSchema }),
    register: command({ access: "listener", summary: "Make a device known, or name it anew", params: { ...params.device, opId: opId() }, returns: schemas.reportSchema }),
    forget: command({ access: "listener", summary: "Forget a device", params: { deviceId: params.deviceId, opId: opId() }, returns: schemas.stampSchema }),
    command: command({ access: "listener", summary: "Control playback and queue, on whichever device plays", params: { opId: opId(), ...params.command }, returns: schemas.stampSchema }),
    report: command({ access: "listener", summary: "Say what a device does: every eight seconds while it plays, and at each change", params: params.report, returns: schemas.reportSchema }),
    restore: command({ access: "listener", summary: "Give a session that knows nothing what it was", params: { deviceId: params.deviceId, view: params.view, opId: opId() }, returns: schemas.stampSchema }),
    event: command({ access: "listener", summary: "Say what happened to a playback, for the listening log", params: params.playbackEvent, returns: schemas.eventSchema }),
    mark: command({ access: "listener", summary: "Say that a track was saved or not, for the listening log", params: params.trackEvent, returns: schemas.eventSchema }),

    admit: command({ access: "internal", summary: "Know a playback that is about to be granted. Refused when another device plays and the plan says so", params: { userId, ...params.admission }, returns: schemas.emptySchema }),
    setGroup: command({ access: "internal", summary: "Know the group that the account listens with", params: { userId, groupId: params.groupId, left: { ...params.groupId, optional: true } }, returns: schemas.emptySchema }),
    word: query({ access: "internal", summary: "What friends may see of a session", params: { userId }, returns: schemas.wordSchema }),
  },

  changed(service, change) {
    tell(resourcesOf(service.broker).ports.topics, ifRunning(service)?.telling, change);
  },
});

const service: ServiceSchema = {
  ...actor,

  actions: wrapped(actor, {
    get: [listenedTo, withEpoch],
    devices: [withEpoch],
    register: [withEpoch],
    forget: [withOpId, withEpoch],
    command: [withOpId, commandAround, withEpoch],
    report: [reportAround, withEpoch],
    restore: [withOpId, restoreAround, withEpoch],
    event: [eventAround],
    mark: [eventAround],
    word: [withEpoch],
  }),

  events: {
    "catalog.changed"(this: Service, ctx: Context<CatalogChanged>) {
      for (const trackId of ctx.params.trackIds) ifRunning(this)?.tracks.forget(trackId);
    },
  },

  started(this: Service) {
    const telling = new Telling<Stamped>(
      (of, word) => this.broker.call("presence.playing", { userId: of, ...word }, { timeout: serviceLimits.tellMs }),
      (error) => this.logger.debug("friends were not told what plays; the next change says it", error),
      { most: serviceLimits.told, againMs: serviceLimits.tellAgainMs },
    );
    open(this, { tracks: trackFacts(this.broker), telling, asking: new Map() });
  },

  stopped(this: Service) {
    close(this)?.telling.stop();
  },
};

export default service;
