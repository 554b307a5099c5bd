/** What a running session service holds beside its actors. */
import type { Service } from "moleculer";
import type { TrackFacts } from "../track-facts.ts";
import type { Telling } from "./telling.ts";

export interface Running {
  readonly tracks: TrackFacts;
  readonly telling: Telling;
  /** Accounts whose calls wait for the catalogue: what comes after them waits too. */
  readonly asking: Map<string, Promise<unknown>>;
}

const opened = new WeakMap<Service, Running>();

export const open = (service: Service, running: Running): void => void opened.set(service, running);
export const close = (service: Service): void => void opened.delete(service);
export const ifRunning = (service: Service): Running | undefined => opened.get(service);

export function running(service: Service): Running {
  const state = opened.get(service);
  if (state === undefined) throw new Error("the session service is not started");
  return state;
}
