/** The service as visitors use it, over HTTP at real gateways. */
import type { ReplayService } from "../replay/index.ts";
import type { ErrandService, Grant, ListeningService, PlaybackEvent, Visitor } from "../visitor/index.ts";
import { Edits, wordsOf, type Errands } from "./errands.ts";
import { connection } from "./live-connection.ts";
import type { HttpService, Question } from "./service.ts";

/** Times as the visitors count them, and in ms since 1970. */
export interface Clock {
  wall(ms: number): number;
  unwall(wallMs: number): number;
}

export function serviceAt(http: HttpService, { wall, unwall }: Clock, library: Errands): ReplayService & ListeningService & ErrandService {
  const ask = (question: Question, done: (outcome: string) => void) => http.ask(question, ({ outcome }) => done(outcome));
  const edits = new Edits(library);
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
    connect: ({ user, token }, pushed, done) => connection(http.urlOf(user), token, (at) => pushed(unwall(at)), done),
    mark: ({ user, token }, { type, trackId, atMs }, done) => ask({ method: "POST", path: "/v1/me/events", user, token, body: { type, trackId, at: Math.round(wall(atMs)) } }, done),
    search({ user, token }, term, done) {
      ask({ method: "GET", path: `/v1/search?q=${encodeURIComponent(wordsOf(library, term))}&limit=20`, user, token }, done);
    },
    edit(_visitor, number, id, done) {
      const { list, op } = edits.next(number, id);
      ask({ method: "POST", path: `/v1/playlists/${list.id}/ops`, user: list.user, token: list.token, body: { ops: [op] } }, done);
    },
    session: ({ user, token }, done) => ask({ method: "GET", path: "/v1/me/session", user, token }, done),
  };
}

export const deviceOf = (user: number): string => `d${user}`;

const grantOf = (body: Buffer): Grant | undefined => granted(JSON.parse(body.toString("utf8")));

/** Undefined: the answer does not grant what it says. */
export function granted(answer: unknown): Grant | undefined {
  const { playbackId, tiers = {} } = answer as Partial<Grant>;
  return playbackId === undefined || Object.keys(tiers).length === 0 ? undefined : { playbackId, tiers };
}
