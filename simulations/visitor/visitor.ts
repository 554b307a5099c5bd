/**
 * A visitor: what one visit does to the service, moment by moment. What he wants (which track, how long he stays with it) is decided
 * before; when the network's part comes follows from what the service answers, as in a player:
 *
 *   play pressed --> play --> chunk 0 --> sound --> chunks one after the other, tier and window by the players' policy (client/abr)
 *                                           |
 *                                           +--> start, each 30 s progress, at last skip or complete (events of the log)
 *                                           +--> a report each 8 s
 * Who is connected has a live connection as long as the visit lasts, and is told what those play whom he follows.
 *
 * Operations: `play`; `start`, from the press to the whole of the first chunk; `chunk`; `report`; `event`; `connect`; `push`, from the
 * moment that a friend's change has to the moment that it is here. Each is meant to begin
 * when the listener or his player wants it. Who is refused a track goes on to the next. His own link takes its time after the service
 * has answered; that is no latency of the service, but a chunk that is late stops the music.
 *
 * Nothing here waits for a promise or reads a clock: real nodes and the model of them are visited by the same code.
 */
import type { TierName } from "../../audio/index.ts";
import { playerPolicy, type Abr } from "../../client/index.ts";
import type { Recorder } from "../run/index.ts";
import type { Link } from "../traces/index.ts";
import { Playback } from "./playback.ts";

export interface Heard {
  readonly trackId: string;
  readonly durationMs: number;
  /** How long he stays with it, pauses not counted; at most the duration. */
  readonly listenMs: number;
  /** Where in the track he is when the visit begins in the middle of one. */
  readonly fromMs?: number;
  /** Silence before it, since the one before ended. */
  readonly pauseMs: number;
}

export interface Visitor {
  readonly user: number;
  readonly token: string;
  /** His network, its time 0 when the visit begins; without one chunks are there when the service has sent them. */
  readonly link?: Link;
  /** Has a live connection. */
  readonly isConnected?: boolean;
}

/** A tier of a track: chunk n is at {url}/{n}.ogg?{query}. */
export interface Signed {
  readonly url: string;
  readonly query: string;
}

/** What a play is granted. */
export interface Grant {
  readonly playbackId: string;
  readonly tiers: Readonly<Partial<Record<TierName, Signed>>>;
}

export interface PlaybackEvent {
  readonly type: "start" | "progress" | "pause" | "resume" | "seek" | "skip" | "complete";
  readonly playbackId: string;
  readonly trackId: string;
  readonly positionMs: number;
  readonly heardMs: number;
  readonly atMs: number;
}

/** What is asked of a service; each calls `done` once, never before it returns. */
export interface ListeningService {
  play(visitor: Visitor, trackId: string, done: (outcome: string, grant?: Grant) => void): void;
  chunk(visitor: Visitor, grant: Grant, tier: TierName, chunk: number, done: (outcome: string, bytes: number) => void): void;
  report(visitor: Visitor, report: { readonly playbackId: string; readonly trackId: string; readonly positionMs: number }, done: (outcome: string) => void): void;
  event(visitor: Visitor, event: PlaybackEvent, done: (outcome: string) => void): void;
  /** `pushed`: somebody whom he follows has changed what he plays, at this time. Answers what ends the connection. */
  connect(visitor: Visitor, pushed: (changedAt: number) => void, done: (outcome: string) => void): () => void;
}

export interface VisitorPorts {
  readonly service: ListeningService;
  readonly recorder: Recorder;
  readonly tally: Tally;
  /** Ms, as the recorder's. */
  now(): number;
  /** Runs at that time, or soon when it is over; not at all when the run has ended by then. */
  at(ms: number, run: () => void): void;
  /** The visit is over: it had no more tracks. Not called when the run ends before. */
  left(): void;
}

/** What listeners got, of all of them together. */
export interface Tally {
  chunks: number;
  /** Of all chunks, by what their tier takes on average. */
  bytes: number;
  /** Of chunks that nobody heard. */
  wastedBytes: number;
  /** Music that was heard, and silence in the middle of it for want of a chunk. */
  heardMs: number;
  stalledMs: number;
  stalls: number;
}

export const emptyTally = (): Tally => ({ chunks: 0, bytes: 0, wastedBytes: 0, heardMs: 0, stalledMs: 0, stalls: 0 });

/** Who could not hear a track tries the next after so long. */
const nextAfterMs = 1_000;

/** A visit under way: what its playbacks share. */
export interface Visiting {
  readonly visitor: Visitor;
  readonly ports: VisitorPorts;
  readonly abr: Abr;
  /** When his link's time began. */
  readonly beganAt: number;
  /** Tier of the chunk before. */
  previous: TierName | null;
  /** The track is over. */
  next(endedAt: number): void;
}

/** Visits. `begins`: when it was meant to begin. */
export function visit(visitor: Visitor, plays: Iterable<Heard>, ports: VisitorPorts, begins: number): void {
  const rest = plays[Symbol.iterator]();
  const disconnect = visitor.isConnected === true ? connected(visitor, ports, begins) : undefined;
  const visiting: Visiting = {
    visitor, ports, abr: playerPolicy.start(), beganAt: begins, previous: null,
    next(endedAt) {
      const { done, value } = rest.next();
      if (done === true) {
        disconnect?.();
        return ports.left();
      }
      const pressedAt = endedAt + value.pauseMs;
      ports.at(pressedAt, () => play(value, pressedAt, visiting));
    },
  };
  visiting.next(begins);
}

function connected(visitor: Visitor, { service, recorder }: VisitorPorts, begins: number): () => void {
  const operation = recorder.leave("connect", begins);
  return service.connect(visitor, (changedAt) => recorder.leave("push", changedAt).end("ok"), (outcome) => operation.end(outcome));
}

function play(heard: Heard, pressedAt: number, visiting: Visiting): void {
  const { visitor, ports, next } = visiting;
  const start = ports.recorder.leave("start", pressedAt);
  const asked = ports.recorder.leave("play", pressedAt);
  const failed = (): void => next(ports.now() + nextAfterMs);
  ports.service.play(visitor, heard.trackId, (outcome, grant) => {
    asked.end(outcome);
    if (grant === undefined) {
      start.end(outcome);
      failed();
    } else new Playback(heard, grant, visiting, failed).begin((first) => start.end(first));
  });
}
