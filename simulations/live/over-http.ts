/** The service as visitors use it, over HTTP at real gateways. */
import type { ErrandService, Grant, ListeningService, PlaybackEvent, Visitor } from "../visitor/index.ts";
import type { HttpService, Question } from "./service.ts";

/** What the run's library has for errands. */
export interface Errands {
  /** What people type, and what everybody types at a release. */
  readonly terms: readonly string[];
  readonly oneTerm: string;
  /** By number, each with somebody who may edit it. */
  readonly playlists: readonly { readonly id: string; readonly user: number; readonly token: string }[];
  readonly trackIds: readonly string[];
}

/** One in so many edits takes back the one before: lists do not only grow. */
const takesBack = 4;

/** `wall`: ms since 1970 of a time as the visitors count it. */
export function serviceAt(http: HttpService, wall: (ms: number) => number, { terms, oneTerm, playlists, trackIds }: Errands): ListeningService & ErrandService {
  const ask = (question: Question, done: (outcome: string) => void) => http.ask(question, ({ outcome }) => done(outcome));
  let edits = 0;
  let lastItem: { readonly playlist: number; readonly itemId: string } | undefined;
  const event = ({ user, token }: Visitor, { type, playbackId, trackId, positionMs, heardMs, atMs }: PlaybackEvent, done: (outcome: string) => void) => {
    const body = { eventId: `${playbackId}-${type}-${heardMs}`, type, trackId, positionMs, listenedMs: heardMs, at: Math.round(wall(atMs)) };
    ask({ method: "POST", path: `/v1/play/${playbackId}/events`, user, token, body }, done);
  };
  return {
    play({ user, token }, trackId, done) {
      http.ask({ method: "POST", path: "/v1/play", user, token, body: { trackId, quality: "auto", deviceId: deviceOf(user) }, keepsBody: true }, ({ outcome, body }) => {
        const grant = outcome === "ok" && body !== undefined ? grantOf(body) : undefined;
        done(outcome === "ok" && grant === undefined ? "unreadable" : outcome, grant);
      });
    },
    chunk({ user }, { tiers }, tier, chunk, done) {
      const signed = tiers[tier];
      if (signed === undefined) throw new Error(`a player asked for a tier that it was not granted: ${tier}`);
      http.ask({ method: "GET", path: `${signed.url}/${chunk}.ogg?${signed.query}`, user }, ({ outcome, bytes }) => done(outcome, bytes));
    },
    report({ user, token }, { playbackId, trackId, positionMs }, done) {
      ask({ method: "POST", path: "/v1/me/session/reports", user, token, body: { deviceId: deviceOf(user), trackId, playbackId, isPlaying: true, positionMs } }, done);
    },
    event,
    search({ user, token }, term, done) {
      const words = term < 0 ? oneTerm : (terms[term % terms.length] ?? oneTerm);
      ask({ method: "GET", path: `/v1/search?q=${encodeURIComponent(words)}&limit=20`, user, token }, done);
    },
    edit(_visitor, number, id, done) {
      const list = playlists[number % playlists.length];
      if (list === undefined) throw new Error("there is no playlist to edit");
      edits += 1;
      const isBack = edits % takesBack === 0 && lastItem?.playlist === number;
      const op = isBack ? { opId: id, type: "remove", itemId: lastItem?.itemId } : { opId: id, type: "add", trackId: trackIds[edits % trackIds.length], itemId: id };
      lastItem = isBack ? undefined : { playlist: number, itemId: id };
      ask({ method: "POST", path: `/v1/playlists/${list.id}/ops`, user: list.user, token: list.token, body: { ops: [op] } }, done);
    },
    session: ({ user, token }, done) => ask({ method: "GET", path: "/v1/me/session", user, token }, done),
  };
}

const deviceOf = (user: number): string => `d${user}`;

/** Undefined: the answer does not grant what it says. */
function grantOf(body: Buffer): Grant | undefined {
  const { playbackId, tiers } = JSON.parse(body.toString("utf8")) as Grant;
  return Object.keys(tiers).length === 0 ? undefined : { playbackId, tiers };
}
