/** The calls of a device as actions of the service, called through whatever calls actions (the socket). */
import type { Wished } from "./commands.ts";
import type { PlaybackEvent } from "./playback-events.ts";
import { restorable } from "./restorable.ts";
import type { Answered, Reported, SessionCalls } from "./shapes.ts";
import type { Wish } from "./wishes.ts";

/** Calls an action by its name. Rejects with ApiError or NetworkError. */
export type Call = <Answer>(action: string, params: object) => Promise<Answer>;

export interface Wire {
  readonly calls: SessionCalls<Wished>;
  readonly event: (event: PlaybackEvent) => Promise<unknown>;
}

/** `refresh` has the watched session read again. */
export function wireOf(call: Call, deviceId: string, refresh: () => Promise<unknown>): Wire {
  return {
    calls: {
      register: (device) => call("session.register", { ...device }),
      command: ({ opId, wish }) => call<Answered>("session.command", { opId, deviceId, ...paramsOf(wish) }),
      report: (report) => call<Reported>("session.report", { ...report }),
      restore: ({ view, ...restored }) => call("session.restore", { ...restored, view: restorable(view) }),
      refresh,
    },
    event: (event) => call("session.event", { ...event, deviceId }),
  };
}

function paramsOf(wish: Wish): object {
  switch (wish.type) {
    case "list": {
      const { trackIds, index, positionMs, context } = wish;
      return { type: "play", trackIds, index, positionMs, ...(context === null ? {} : { context }) };
    }
    case "enqueue":
      return { type: "queue", trackIds: wish.trackIds };
    case "remove":
      return { type: "remove", itemIds: [wish.itemId] };
    case "seek":
      return { type: "seek", positionMs: Math.max(0, Math.round(wish.positionMs)) };
    case "shuffle":
      return { type: "shuffle", shuffle: wish.on };
    case "private":
      return { type: "private", private: wish.on };
    case "volume":
      return { type: "volume", toDeviceId: wish.target, volume: wish.volume };
    case "transfer":
      return { type: "transfer", toDeviceId: wish.target };
    case "pause":
    case "resume":
    case "next":
    case "previous":
    case "jump":
    case "playNext":
    case "move":
    case "repeat":
      return wish;
    default:
      return {};
  }
}
