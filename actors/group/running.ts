/** What a running group service holds beside its actors. */
import type { Service } from "moleculer";
import type { TrackFacts } from "../track-facts.ts";
import type { Guesses } from "./guesses.ts";
import type { Sessions } from "./sessions.ts";
import type { GroupTable } from "./table.ts";
import type { Telling } from "./telling.ts";

export interface Running {
  readonly table: GroupTable;
  readonly tracks: TrackFacts;
  readonly guesses: Guesses;
  readonly telling: Telling;
  readonly sessions: Sessions;
}

const opened = new WeakMap<Service, Running>();

export const open = (service: Service, running: Running): void => void opened.set(service, running);
export const ifRunning = (service: Service): Running | undefined => opened.get(service);

export function running(service: Service): Running {
  const state = opened.get(service);
  if (state === undefined) throw new Error("the group service is not started");
  return state;
}

export function close(service: Service): Running | undefined {
  const state = opened.get(service);
  opened.delete(service);
  return state;
}
