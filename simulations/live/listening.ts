/** The service as visitors use it, over HTTP at real gateways. */
import type { Grant, ListeningService } from "../visitor/index.ts";
import type { HttpService } from "./service.ts";

/** `wall`: ms since 1970 of a time as the visitors count it. */
export function listeningAt(http: HttpService, wall: (ms: number) => number): ListeningService {
  return {
    play({ user, token }, trackId, done) {
      http.ask({ method: "POST", path: "/v1/play", user, token, body: { trackId, quality: "auto", deviceId: deviceOf(user) }, keepsBody: true }, ({ outcome, body }) => {
        const grant = outcome === "ok" && body !== undefined ? grantOf(body) : undefined;
        done(outcome === "ok" && grant === undefined ? "unreadable" : outcome, grant);
      });
    },
    chunk: ({ user }, { url, query }, chunk, done) => http.ask({ method: "GET", path: `${url}/${chunk}.ogg?${query}`, user }, ({ outcome, bytes }) => done(outcome, bytes)),
    report({ user, token }, { playbackId, trackId, positionMs }, done) {
      const body = { deviceId: deviceOf(user), trackId, playbackId, isPlaying: true, positionMs };
      http.ask({ method: "POST", path: "/v1/me/session/reports", user, token, body }, ({ outcome }) => done(outcome));
    },
    event({ user, token }, { type, playbackId, trackId, positionMs, heardMs, atMs }, done) {
      const body = { eventId: `${playbackId}-${type}-${heardMs}`, type, trackId, positionMs, listenedMs: heardMs, at: Math.round(wall(atMs)) };
      http.ask({ method: "POST", path: `/v1/play/${playbackId}/events`, user, token, body }, ({ outcome }) => done(outcome));
    },
  };
}

const deviceOf = (user: number): string => `d${user}`;

/** Undefined: the answer does not grant what it says. */
function grantOf(body: Buffer): Grant | undefined {
  const { playbackId, tier, tiers } = JSON.parse(body.toString("utf8")) as { playbackId: string; tier: string; tiers: Readonly<Record<string, { url: string; query: string }>> };
  const signed = tiers[tier];
  return signed === undefined ? undefined : { playbackId, ...signed };
}
