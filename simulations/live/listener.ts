/**
 * A listener: what one visit does to the service, moment by moment. What he does (which track, how long he stays with it) is decided
 * before; when the network's part comes follows from what the service answers, as in a player:
 *
 *   play pressed --> POST /v1/play --> chunk 0 --> sound --> a chunk whenever what is ahead is less than the window
 *                                                   |
 *                                                   +--> start, each 30 s progress, at last skip or complete (events of the log)
 *                                                   +--> a report each 8 s
 *
 * Operations: `play`; `start`, from the press to the whole of the first chunk; `chunk`; `report`; `event`. Each is meant to begin
 * when the listener or his player wants it. Who is refused a track goes on to the next; nobody tries the same again.
 */
import type { Recorder } from "./recorder.ts";
import type { HttpService } from "./service.ts";

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
  readonly plays: Iterable<Heard>;
}

export interface ListenerPorts {
  readonly service: HttpService;
  readonly recorder: Recorder;
  /** Monotonic, ms. */
  now(): number;
  /** Resolves at that time, or at once when it is over; rejects when the run ends. */
  until(ms: number): Promise<void>;
  /** Ms since 1970 of a time as `now` gives. */
  wall(ms: number): number;
  /** Chunks were fetched that were never heard. */
  wasted(bytes: number): void;
}

export const chunkMs = 5_000;
const reportMs = 8_000;
const progressMs = 30_000;
/** Chunks fetched ahead of the one that plays. */
const ahead = 2;

interface Granted {
  readonly playbackId: string;
  readonly url: string;
  readonly query: string;
}

/** Plays until the visit's tracks are over. `begins`: when it was meant to begin. Rejects when the run ends. */
export async function listen({ user, token, plays }: Visitor, ports: ListenerPorts, begins: number): Promise<void> {
  const deviceId = `d${user}`;
  let pressedAt = begins;
  for (const heard of plays) {
    pressedAt += heard.pauseMs;
    await ports.until(pressedAt);
    pressedAt = await playOne(heard, pressedAt, { user, token, deviceId, ports });
  }
}

interface Listener {
  readonly user: number;
  readonly token: string;
  readonly deviceId: string;
  readonly ports: ListenerPorts;
}

/** Answers when the next is pressed. */
async function playOne({ trackId, durationMs, listenMs, fromMs = 0 }: Heard, pressedAt: number, listener: Listener): Promise<number> {
  const { user, deviceId, ports } = listener;
  const { service, recorder } = ports;
  const start = recorder.begin("start", pressedAt);
  start.sent();
  const body = await asked("play", pressedAt, listener, { method: "POST", path: "/v1/play", body: { trackId, quality: "auto", deviceId }, keepsBody: true });
  const granted = body === undefined ? undefined : grantOf(body);
  if (granted === undefined) {
    start.end("refused");
    return Math.max(ports.now(), pressedAt + 1_000);
  }
  const { playbackId, url, query } = granted;
  const last = Math.ceil(durationMs / chunkMs) - 1;
  const first = Math.floor(fromMs / chunkMs);
  const fetch = async (chunk: number, wantedAt: number) => {
    const operation = recorder.begin("chunk", wantedAt);
    operation.sent();
    const { outcome, bytes } = await service.ask({ method: "GET", path: `${url}/${chunk}.ogg?${query}`, user });
    operation.end(outcome);
    return { isThere: outcome === "ok", bytes };
  };
  const event = (type: string, heardMs: number, at: number) =>
    asked("event", at, listener, {
      method: "POST", path: `/v1/play/${playbackId}/events`,
      body: { eventId: `${playbackId}-${type}-${Math.round(heardMs)}`, type, trackId, positionMs: Math.round(fromMs + heardMs), listenedMs: Math.round(heardMs), at: Math.round(ports.wall(at)) },
    });
  const report = (heardMs: number, at: number) =>
    asked("report", at, listener, { method: "POST", path: "/v1/me/session/reports", body: { deviceId, trackId, playbackId, isPlaying: true, positionMs: Math.round(fromMs + heardMs) } });

  const { isThere } = await fetch(first, ports.now());
  start.end(isThere ? "ok" : "chunk");
  if (!isThere) return ports.now() + 1_000;
  const soundsAt = ports.now();
  // Everything this playing does, in order of time from the first sound.
  const endMs = Math.min(listenMs, durationMs - fromMs);
  const acts: { readonly atMs: number; run(at: number): Promise<unknown> }[] = [{ atMs: 0, run: (at) => event("start", 0, at) }, { atMs: 0, run: (at) => report(0, at) }];
  for (let chunk = first + 1; chunk <= last; chunk++) {
    const playsAt = chunk * chunkMs - fromMs;
    const wantedMs = Math.max(0, playsAt - ahead * chunkMs);
    if (wantedMs >= endMs) break;
    acts.push({
      atMs: wantedMs,
      run: async (at) => {
        const { bytes } = await fetch(chunk, at);
        if (playsAt >= endMs) ports.wasted(bytes);
      },
    });
  }
  for (let atMs = progressMs; atMs < endMs; atMs += progressMs) acts.push({ atMs, run: (at) => event("progress", atMs, at) });
  for (let atMs = reportMs; atMs < endMs; atMs += reportMs) acts.push({ atMs, run: (at) => report(atMs, at) });
  acts.push({ atMs: endMs, run: (at) => event(fromMs + endMs >= durationMs - 1_500 ? "complete" : "skip", endMs, at) });
  for (const { atMs, run } of acts.toSorted((one, other) => one.atMs - other.atMs)) {
    await ports.until(soundsAt + atMs);
    // Nothing that is asked for holds the listener up.
    void run(soundsAt + atMs);
  }
  return soundsAt + endMs;
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly keepsBody?: boolean;
}

/** The body of an answer that is one; undefined otherwise. */
async function asked(kind: string, wantedAt: number, { user, token, ports }: Listener, question: Question): Promise<Buffer | undefined> {
  const operation = ports.recorder.begin(kind, wantedAt);
  operation.sent();
  const { outcome, body } = await ports.service.ask({ ...question, user, token });
  operation.end(outcome);
  return outcome === "ok" ? (body ?? Buffer.alloc(0)) : undefined;
}

function grantOf(body: Buffer): Granted | undefined {
  const { playbackId, tier, tiers } = JSON.parse(body.toString("utf8")) as { playbackId: string; tier: string; tiers: Readonly<Record<string, { url: string; query: string }>> };
  const signed = tiers[tier];
  return signed === undefined ? undefined : { playbackId, ...signed };
}
