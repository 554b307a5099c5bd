/**
 * A visitor: what one visit does to the service, moment by moment. What he does (which track, how long he stays with it) is decided
 * before; when the network's part comes follows from what the service answers, as in a player:
 *
 *   play pressed --> play --> chunk 0 --> sound --> a chunk whenever what is ahead is less than the window
 *                                           |
 *                                           +--> start, each 30 s progress, at last skip or complete (events of the log)
 *                                           +--> a report each 8 s
 *
 * Operations: `play`; `start`, from the press to the whole of the first chunk; `chunk`; `report`; `event`. Each is meant to begin
 * when the listener or his player wants it. Who is refused a track goes on to the next; nobody tries the same again.
 *
 * Nothing here waits for a promise or reads a clock: real nodes and the model of them are visited by the same code.
 */
import type { Operation, Recorder } from "../run/index.ts";

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
}

/** What a play is granted. */
export interface Grant {
  readonly playbackId: string;
  /** Chunk n is at {url}/{n}.ogg?{query}. */
  readonly url: string;
  readonly query: string;
}

export interface PlaybackEvent {
  readonly type: "start" | "progress" | "skip" | "complete";
  readonly playbackId: string;
  readonly trackId: string;
  readonly positionMs: number;
  readonly heardMs: number;
  readonly atMs: number;
}

/** What is asked of a service; each calls `done` once, never before it returns. */
export interface ListeningService {
  play(visitor: Visitor, trackId: string, done: (outcome: string, grant?: Grant) => void): void;
  chunk(visitor: Visitor, grant: Grant, chunk: number, done: (outcome: string, bytes: number) => void): void;
  report(visitor: Visitor, report: { readonly playbackId: string; readonly trackId: string; readonly positionMs: number }, done: (outcome: string) => void): void;
  event(visitor: Visitor, event: PlaybackEvent, done: (outcome: string) => void): void;
}

export interface VisitorPorts {
  readonly service: ListeningService;
  readonly recorder: Recorder;
  /** Ms, as the recorder's. */
  now(): number;
  /** Runs at that time, or soon when it is over; not at all when the run has ended by then. */
  at(ms: number, run: () => void): void;
  /** Chunks were fetched that nobody heard. */
  wasted(bytes: number): void;
  /** The visit is over: it had no more tracks. Not called when the run ends before. */
  left(): void;
}

export const chunkMs = 5_000;
const reportMs = 8_000;
const progressMs = 30_000;
/** Chunks fetched ahead of the one that plays. */
const ahead = 2;
/** Who could not hear a track tries the next after so long. */
const nextAfterMs = 1_000;
/** A track that is left so close to its end was heard. */
const completeMs = 1_500;

interface Act {
  readonly atMs: number;
  run(at: number): void;
}

/** Visits. `begins`: when it was meant to begin. */
export function visit(visitor: Visitor, plays: Iterable<Heard>, ports: VisitorPorts, begins: number): void {
  const rest = plays[Symbol.iterator]();
  const next = (endedAt: number) => {
    const { done, value } = rest.next();
    if (done === true) return ports.left();
    const pressedAt = endedAt + value.pauseMs;
    ports.at(pressedAt, () => play(value, pressedAt, { visitor, ports, next }));
  };
  next(begins);
}

interface Visiting {
  readonly visitor: Visitor;
  readonly ports: VisitorPorts;
  /** The track is over, or was not to be had. */
  next(endedAt: number): void;
}

function begun(recorder: Recorder, kind: string, at: number): Operation {
  const operation = recorder.begin(kind, at);
  operation.sent();
  return operation;
}

function play(heard: Heard, pressedAt: number, visiting: Visiting): void {
  const { visitor, ports, next } = visiting;
  const start = begun(ports.recorder, "start", pressedAt);
  const asked = begun(ports.recorder, "play", pressedAt);
  ports.service.play(visitor, heard.trackId, (outcome, grant) => {
    asked.end(outcome);
    if (grant === undefined) {
      start.end(outcome);
      return next(ports.now() + nextAfterMs);
    }
    const first = Math.floor((heard.fromMs ?? 0) / chunkMs);
    fetch(first, ports.now(), grant, visiting, (chunk) => {
      start.end(chunk);
      if (chunk === "ok") sound(heard, grant, first, visiting);
      else next(ports.now() + nextAfterMs);
    });
  });
}

function fetch(chunk: number, wantedAt: number, grant: Grant, { visitor, ports }: Visiting, done: (outcome: string, bytes: number) => void): void {
  const operation = begun(ports.recorder, "chunk", wantedAt);
  ports.service.chunk(visitor, grant, chunk, (outcome, bytes) => {
    operation.end(outcome);
    done(outcome, bytes);
  });
}

/** From the first sound on. */
function sound({ trackId, durationMs, listenMs, fromMs = 0 }: Heard, grant: Grant, first: number, visiting: Visiting): void {
  const { visitor, ports, next } = visiting;
  const { playbackId } = grant;
  const { service, recorder } = ports;
  const soundsAt = ports.now();
  const endMs = Math.max(0, Math.min(listenMs, durationMs - fromMs));
  const event = (type: PlaybackEvent["type"], heardMs: number, atMs: number) => {
    const operation = begun(recorder, "event", atMs);
    service.event(visitor, { type, playbackId, trackId, positionMs: Math.round(fromMs + heardMs), heardMs: Math.round(heardMs), atMs }, (outcome) => operation.end(outcome));
  };
  const report = (heardMs: number, atMs: number) => {
    const operation = begun(recorder, "report", atMs);
    service.report(visitor, { playbackId, trackId, positionMs: Math.round(fromMs + heardMs) }, (outcome) => operation.end(outcome));
  };
  const acts: Act[] = [{ atMs: 0, run: (at) => event("start", 0, at) }, { atMs: 0, run: (at) => report(0, at) }];
  for (let chunk = first + 1; chunk * chunkMs < durationMs; chunk++) {
    const playsMs = chunk * chunkMs - fromMs;
    const wantedMs = Math.max(0, playsMs - ahead * chunkMs);
    if (wantedMs >= endMs) break;
    acts.push({ atMs: wantedMs, run: (at) => fetch(chunk, at, grant, visiting, (_outcome, bytes) => playsMs >= endMs && ports.wasted(bytes)) });
  }
  for (let atMs = progressMs; atMs < endMs; atMs += progressMs) acts.push({ atMs, run: (at) => event("progress", atMs, at) });
  for (let atMs = reportMs; atMs < endMs; atMs += reportMs) acts.push({ atMs, run: (at) => report(atMs, at) });
  acts.push({
    atMs: endMs,
    run: (at) => {
      event(fromMs + endMs >= durationMs - completeMs ? "complete" : "skip", endMs, at);
      next(at);
    },
  });
  inTurn(acts.toSorted((one, other) => one.atMs - other.atMs), soundsAt, ports);
}

/** One timer at a time: a track has dozens of acts, and a run thousands of visitors. */
function inTurn(acts: readonly Act[], from: number, ports: VisitorPorts, done = 0): void {
  const act = acts[done];
  if (act === undefined) return;
  ports.at(from + act.atMs, () => {
    act.run(from + act.atMs);
    inTurn(acts, from, ports, done + 1);
  });
}
