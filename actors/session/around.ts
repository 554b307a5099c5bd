/** What the service does around turns of the actor, on the node where it lives: looks tracks up, makes times and ids, and says which epoch a turn was in. */
import type { Context, Service } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import type { CallMeta } from "../action.ts";
import { inTurn, withEpoch as stamped, type Around } from "../around.ts";
import { InvalidInput, NotFound } from "../errors.ts";
import type { TrackFact } from "../track-facts.ts";
import { topicOf } from "./changed.ts";
import type { Command, LostView, Report } from "./model/index.ts";
import { SessionRefused } from "./model/index.ts";
import { needed } from "./params.ts";
import { running } from "./running.ts";

type Call = Context<Record<string, unknown>, CallMeta>;

/** Whose session a call is for. */
const accountOf = (ctx: Call): string => (ctx.params["userId"] as string | undefined) ?? ctx.meta.user?.id ?? "";

export const withEpoch: Around = stamped("session", accountOf);

/** Who says that he is listening hears of every change from now on: the one who publishes them is told. He reads by himself. */
export const listenedTo: Around = (next) =>
  function listened(ctx) {
    const { listening, ...rest } = ctx.params as { listening?: boolean };
    if (listening === true) resourcesOf(this.broker).ports.topics.expect(topicOf(accountOf(ctx)));
    ctx.params = { lists: listening !== true, ...rest };
    return next.call(this, ctx);
  };

/** The durations of tracks, from what is kept or from the catalogue; in turn, so that "play" and then "pause" of one account stay in that order. */
function durationsOf(service: Service, account: string, trackIds: readonly string[]): Promise<Record<string, number>> | undefined {
  const { tracks, asking } = running(service);
  if (trackIds.length === 0 && !asking.has(account)) return undefined;
  return inTurn(asking, account, tracks.of(trackIds).then(plain));
}

const plain = (facts: ReadonlyMap<string, TrackFact>): Record<string, number> => Object.fromEntries([...facts.values()].map(({ id, durationMs }) => [id, durationMs]));

export const commandAround: Around = (next) =>
  async function checked(ctx) {
    const { type, trackIds = [] } = ctx.params as unknown as Command;
    const field = needed[type];
    if (field !== undefined && ctx.params[field] === undefined) throw new InvalidInput(`${type} needs ${field}.`, { field });
    const durations = await durationsOf(this, accountOf(ctx), trackIds);
    const unknown = durations === undefined ? [] : trackIds.filter((id) => !Object.hasOwn(durations, id));
    if (unknown.length > 0) throw new SessionRefused("TRACK_NOT_FOUND", "There is no such track.", { trackIds: unknown.slice(0, 20) });
    if (durations !== undefined) ctx.params = { ...ctx.params, durations };
    return next.call(this, ctx);
  };

/** A report goes on without the catalogue: most tell of tracks that the session has. */
export const reportAround: Around = (next) =>
  async function located(ctx) {
    const { trackId } = ctx.params as unknown as Report;
    const asked = durationsOf(this, accountOf(ctx), trackId === undefined ? [] : [trackId]);
    const durations = await asked?.catch((error: unknown) => {
      this.logger.debug("the catalogue did not say how long a track is", error);
      return undefined;
    });
    if (durations !== undefined) ctx.params = { ...ctx.params, durations };
    return next.call(this, ctx);
  };

const nothing: LostView = { activeDeviceId: null, devices: [], playback: null, shuffle: false, repeat: "off", context: null, queue: [], index: -1, history: [], private: false };

export const restoreAround: Around = (next) =>
  async function completed(ctx) {
    const view = { ...nothing, ...(ctx.params["view"] as Partial<LostView>) };
    const playback = view.playback === null ? null : { ...view.playback, playbackId: view.playback.playbackId ?? null };
    const durations = (await durationsOf(this, accountOf(ctx), [...view.queue, ...view.history].map(({ trackId }) => trackId))) ?? {};
    ctx.params = { ...ctx.params, view: { ...view, playback }, durations };
    return next.call(this, ctx);
  };

/** Times in ms; tracks that clients name exist. */
export const eventAround: Around = (next) =>
  async function timed(ctx) {
    const { at, trackId } = ctx.params as { at?: unknown; trackId?: string };
    const ms = typeof at === "string" && /^\d{4}-\d\d-\d\dT[\d:.]{5,12}Z$/.test(at) ? Date.parse(at) : at;
    if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0) throw new InvalidInput("Say when it happened: ISO 8601 in UTC, or ms since 1970.", { field: "at" });
    if (trackId !== undefined && !(await running(this).tracks.of([trackId])).has(trackId)) throw new NotFound("track", trackId);
    ctx.params = { ...ctx.params, at: Math.round(ms) };
    return next.call(this, ctx);
  };
