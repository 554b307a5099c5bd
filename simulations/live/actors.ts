/**
 * The service as visitors use it, straight to the actors over NATS: a broker without services joins the cluster as one more gateway
 * would, and calls the same actions with the same meta. What the gateway costs is left out, and so is what it forgives.
 *
 * Chunks are no actor's business: they are fetched over HTTP where there is a gateway, and are there at once where there is none.
 */
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import type { ReplayService } from "../replay/index.ts";
import type { ErrandService, ListeningService } from "../visitor/index.ts";
import { Edits, wordsOf, type Errands } from "./errands.ts";
import { deviceOf, granted, type Clock } from "./over-http.ts";

export interface ClusterClient {
  readonly broker: ServiceBroker;
  close(): Promise<void>;
}

/** `env`: the settings of a node of the cluster. Resolves when every service of `services` has been seen. */
export async function joinCluster(env: Readonly<Record<string, string>>, name: string, services: readonly string[]): Promise<ClusterClient> {
  const broker = new ServiceBroker(brokerOptions(loadConfig({ ...env, NODE_ID: name })));
  await broker.start();
  await broker.waitForServices([...services]);
  return { broker, close: () => broker.stop() };
}

/** As the gateway finds it in a token. */
export interface Identity {
  readonly id: string;
  readonly username: string;
  readonly plan: string;
  readonly role: string;
  readonly country: string;
}

export const listeningServices = ["streaming", "session", "presence", "playlist", "search", "actors"] as const;

/** What a call's failure is counted under: the status that a gateway would have answered with. */
export function outcomeOf(error: unknown): string {
  const { code } = error as { readonly code?: number | string };
  return code === undefined ? "failed" : String(code);
}

/** `chunk`, `connect`: what only a gateway has. */
export function serviceByActors(broker: ServiceBroker, { wall }: Clock, library: Errands, { chunk, connect }: Pick<ListeningService, "chunk" | "connect"> = nowhere): ReplayService & ListeningService & ErrandService {
  const edits = new Edits(library);
  const users = new Map<string, Identity>();
  let calls = 0;
  const ask = async (action: string, params: object, token: string, done: (outcome: string, answer?: unknown) => void) => {
    const requestID = (++calls).toString(16).padStart(32, "0");
    let user = users.get(token);
    if (user === undefined) users.set(token, (user = identityOf(token)));
    let answer: unknown;
    try {
      answer = await broker.call<unknown, object>(action, params, { meta: { requestId: requestID, origin: "http://127.0.0.1", user }, requestID });
    } catch (error) {
      return done(outcomeOf(error));
    }
    done("ok", answer);
  };
  return {
    play({ user, token }, trackId, done) {
      void ask("streaming.play", { trackId, quality: "auto", deviceId: deviceOf(user) }, token, (outcome, answer) => {
        const grant = outcome === "ok" ? granted(answer) : undefined;
        done(outcome === "ok" && grant === undefined ? "unreadable" : outcome, grant);
      });
    },
    chunk,
    connect,
    report({ user, token }, { playbackId, trackId, positionMs }, done) {
      void ask("session.report", { deviceId: deviceOf(user), trackId, playbackId, isPlaying: true, positionMs }, token, done);
    },
    event({ token }, { type, playbackId, trackId, positionMs, heardMs, atMs }, done) {
      void ask("session.event", { playbackId, eventId: `${playbackId}-${type}-${heardMs}`, type, trackId, positionMs, listenedMs: heardMs, at: Math.round(wall(atMs)) }, token, done);
    },
    mark: ({ token }, { type, trackId, atMs }, done) => void ask("session.mark", { type, trackId, at: Math.round(wall(atMs)) }, token, done),
    search: ({ token }, term, done) => void ask("search.query", { q: wordsOf(library, term), limit: 20 }, token, done),
    edit(_visitor, number, id, done) {
      const { list, op } = edits.next(number, id);
      void ask("playlist.apply", { playlistId: list.id, ops: [op] }, list.token, done);
    },
    session: ({ token }, done) => void ask("session.get", {}, token, done),
  };
}

/** Without gateways: chunks are there at once, and nobody is told anything. */
const nowhere: Pick<ListeningService, "chunk" | "connect"> = {
  chunk: (_visitor, _grant, _tier, _chunk, done) => void setImmediate(done, "ok", 0),
  connect(_visitor, _pushed, done) {
    setImmediate(done, "ok");
    return () => undefined;
  },
};

/** Who a token is for, as the gateway would have found: whoever made the order for this generator made the token too, so nobody verifies it. */
export function identityOf(token: string): Identity {
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Omit<Identity, "id"> & { readonly sub: string };
  const { sub, username, plan, role, country } = claims;
  return { id: sub, username, plan, role, country };
}
