/**
 * The streaming service: what happens on "play".
 *
 *   play -> manifest (kept here, else catalog.manifest) -> rights.check -> tier by plan -> session.admit -> signed URLs -> answer
 *
 * Every play is checked; nothing about a listener is kept here. The session says whether another device plays and the plan lets one; where it
 * does not say so in time the play is granted: that music plays is worth more than that a rule is kept. Manifests and signatures are shared between plays, so a
 * play of a warm track signs nothing, reads nothing and makes one object. The manifest in an answer is the same frozen
 * object for every play of a track while it is kept: a serialiser may remember its text by identity.
 */
import type { Context, Service, ServiceSchema } from "moleculer";
import { tierNames, type TierName } from "../../audio/index.ts";
import { resourcesOf } from "../../resources.ts";
import { action, callerOf, type CallMeta } from "../action.ts";
import type { CatalogChanged } from "../catalog/catalog.service.ts";
import { layoutSchema, manifestSchema, objectOf, perTier } from "../catalog/schemas.ts";
import type { Playable } from "../catalog/shapes.ts";
import { Forbidden, NotAvailable } from "../errors.ts";
import { id as trackId } from "../params.ts";
import { Memo } from "../memo.ts";
import type { Verdict } from "../rights/decide.ts";
import { whileRunning } from "../running.ts";
import { newPlaybackId } from "./playback-id.ts";
import { Tickets, type Ticket } from "./tickets.ts";
import { chooseTier, qualities, type Quality } from "./tier.ts";

/** Tracks whose manifest and signatures are kept in this process. */
const tracksKept = 10_000;
/** Manifests do not change; the bound covers a node that missed the news of another encode. */
const trackTtlMs = 10 * 60 * 1000;

/** A play waits so long for the session, in ms. */
const sessionMs = 250;

interface PlayableTrack extends Playable {
  readonly tickets: Tickets;
}

interface State {
  readonly tracks: Memo<PlayableTrack>;
  /** Configured origin of audio URLs; absent: the one the client used. */
  readonly origin: string | undefined;
  readonly now: () => number;
}

const { close, open, running: stateOf } = whileRunning<State>("streaming");

interface Admission extends PlayableTrack {
  readonly tier: TierName;
  readonly ticket: Ticket;
}

/** Lets the session know of a playback, and refuse it: OTHER_DEVICE_PLAYING. Anything else that goes wrong there does not keep music from playing. */
async function knownToSession(service: Service, ctx: Context<object, CallMeta>, playback: { readonly deviceId: string; readonly trackId: string; readonly playbackId: string }): Promise<void> {
  const { registry } = service.broker as unknown as { registry: { actions: { isAvailable(action: string): boolean } } };
  if (!registry.actions.isAvailable("session.admit")) return;
  try {
    await ctx.call("session.admit", { userId: ctx.meta.user?.id, ...playback }, { timeout: sessionMs });
  } catch (error) {
    if ((error as { type?: unknown }).type === "OTHER_DEVICE_PLAYING") throw error;
    service.logger.debug("a play was granted without its session", error);
  }
}

/** Lets a listener have a track in a tier, or throws: NotFound, RIGHTS_DENIED, TIER_NOT_ALLOWED, TIER_NOT_AVAILABLE. */
async function admit(state: State, ctx: Context<object, CallMeta>, trackId: string, quality: Quality): Promise<Admission> {
  const user = callerOf(ctx);
  const kept = state.tracks.get(trackId);
  const track = kept instanceof Promise ? await kept : kept;
  const verdict = await ctx.call<Verdict, { trackId: string; country: string; plan: string }>("rights.check", { trackId, country: user.country, plan: user.plan });
  if (!verdict.granted) throw new Forbidden("RIGHTS_DENIED", verdict.reason, { rule: verdict.rule });
  const ticket = track.tickets.of(user.plan, state.origin ?? ctx.meta.origin ?? "", state.now());
  const choice = chooseTier(user.plan, quality, ticket.permitted);
  if ("tier" in choice) return { manifest: track.manifest, layouts: track.layouts, tickets: track.tickets, tier: choice.tier, ticket };
  if (choice.refused === "not-allowed") throw new Forbidden("TIER_NOT_ALLOWED", "Your plan does not include this quality.", { quality });
  throw new NotAvailable("TIER_NOT_AVAILABLE", "This track does not exist in this quality.", { quality, tiers: ticket.permitted });
}

/** `now` in ms since 1970; tests bring their own clock. */
export function streamingService(now: () => number = Date.now): ServiceSchema {
  return {
    name: "streaming",

    actions: {
      play: action({
        access: "listener",
        summary: "Start playing a track: its manifest and signed URLs of every tier of the listener's plan",
        params: {
          trackId,
          quality: { type: "enum", values: qualities, default: "auto", description: "the tier to start with; auto is the highest lossy one" },
          deviceId: { type: "string", min: 1, max: 128, description: "chosen by the client, the same for every play of one device" },
        },
        returns: objectOf("Play", {
          playbackId: { type: "string" },
          trackId: { type: "string" },
          tier: { type: "string", enum: [...tierNames] },
          manifest: manifestSchema,
          tiers: perTier(
            "SignedTiers",
            objectOf("SignedTier", {
              url: { type: "string", description: "chunk n is GET {url}/{n}.ogg?{query}, .flac for lossless" },
              query: { type: "string" },
            }),
          ),
          expiresAt: { type: "string", format: "date-time", description: "end of the signatures" },
        }),
        async handler(ctx) {
          const { trackId, quality, deviceId } = ctx.params;
          const { tier, manifest, ticket } = await admit(stateOf(this), ctx, trackId, quality);
          const playbackId = newPlaybackId();
          await knownToSession(this, ctx, { deviceId, trackId, playbackId });
          return { playbackId, trackId, tier, manifest, tiers: ticket.tiers, expiresAt: ticket.expiresAt };
        },
      }),

      file: action({
        access: "listener",
        summary: "What serving a track as one whole file takes, after the same checks as a play",
        params: { trackId, tier: { type: "enum", values: qualities, default: "auto" } },
        returns: objectOf("WholeFile", {
          trackId: { type: "string" },
          tier: { type: "string", enum: [...tierNames] },
          contentType: { type: "string", enum: ["audio/ogg", "audio/flac"] },
          layout: layoutSchema,
          manifest: manifestSchema,
        }),
        async handler(ctx) {
          const { trackId } = ctx.params;
          const { tier, manifest, layouts } = await admit(stateOf(this), ctx, trackId, ctx.params.tier);
          const layout = layouts[tier];
          if (layout === undefined) throw new NotAvailable("TIER_NOT_AVAILABLE", "This track does not exist in this quality as one file.", { quality: tier });
          return { trackId, tier, contentType: tier === "flac" ? "audio/flac" : "audio/ogg", layout, manifest };
        },
      }),
    },

    events: {
      "catalog.changed"(this: Service, ctx: Context<CatalogChanged>) {
        for (const trackId of ctx.params.trackIds) stateOf(this).tracks.forget(trackId);
      },
    },

    started() {
      const { config, keys } = resourcesOf(this.broker);
      const load = async (trackId: string): Promise<PlayableTrack> => {
        const { manifest, layouts } = await this.broker.call<Playable, { trackId: string }>("catalog.manifest", { trackId });
        return { manifest, layouts, tickets: new Tickets(trackId, manifest.tiers, keys.urls) };
      };
      open(this, {
        tracks: new Memo({ max: tracksKept, ttlMs: trackTtlMs, load }),
        origin: (config.EDGE_URL ?? config.PUBLIC_URL)?.replace(/\/+$/, ""),
        now,
      });
    },

    stopped() {
      close(this);
    },
  };
}

export default streamingService();
