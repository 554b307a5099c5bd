/**
 * Plays a schedule of recorded acts: every act at its time, a listener's own one after the other, each after the answer to the one before. A
 * `start` is a play, and from then on the listener's player fetches as ours does: the first chunk, then a chunk whenever less than two are ahead, until
 * he pauses, seeks, skips or starts something else; and it reports each 8 s. Every other act is an event of the log.
 *
 *             start (or an act that joins)                 resume
 *   nothing ------------------------------> playing <-----------------> paused
 *      ^                                      | |  pause
 *      +---------- skip, complete ------------+ +--> seek: fetches from there
 *
 * At twice the speed of the recording music plays twice as fast: chunks come as close together as the acts do.
 */
import { histogramOf, type Operation, type Recorder } from "../run/index.ts";
import type { TierName } from "../../audio/index.ts";
import { chunkMs, type Grant, type ListeningService, type Visitor } from "../visitor/index.ts";
import type { ReplayAct } from "./schedule.ts";

export interface ReplayService extends Omit<ListeningService, "connect"> {
  mark(visitor: Visitor, mark: { readonly type: "save" | "unsave"; readonly trackId: string; readonly atMs: number }, done: (outcome: string) => void): void;
}

export interface ReplayPorts {
  readonly service: ReplayService;
  readonly recorder: Recorder;
  readonly tracks: readonly { readonly trackId: string; readonly durationMs: number }[];
  readonly speed: number;
  /** As `now`. */
  readonly startsAt: number;
  visitorOf(user: number): Visitor;
  /** Ms, as the recorder's. */
  now(): number;
  /** Runs at that time, or soon when it is over; not at all when the run has ended by then. */
  at(ms: number, run: () => void): void;
}

/** A log says nothing of tiers: the middle one, or whatever is granted. */
const tierOf = ({ tiers }: Grant): TierName => ("160" in tiers ? "160" : ((Object.keys(tiers)[0] ?? "96") as TierName));

/** How near to the recording it was. */
export interface Fidelity {
  /** Differences between the gaps of the acts as they left and as they were due, in us, as a recorder's. */
  readonly gapErrors: ReturnType<typeof histogramOf>;
  /** Acts that left. */
  acts: number;
}

const reportMs = 8_000;
const ahead = 2;

export function replay(acts: readonly ReplayAct[], ports: ReplayPorts): Fidelity {
  const fidelity: Fidelity = { gapErrors: histogramOf([]), acts: 0 };
  const listeners = new Map<number, Listener>();
  let last: { readonly dueMs: number; readonly at: number } | undefined;
  const next = (n: number) => {
    const act = acts[n];
    if (act === undefined) return;
    ports.at(ports.startsAt + act.dueMs, () => {
      const at = ports.now();
      if (last !== undefined) fidelity.gapErrors.recordValue(Math.max(1, Math.round(Math.abs(at - last.at - (act.dueMs - last.dueMs)) * 1_000)));
      last = { dueMs: act.dueMs, at };
      let listener = listeners.get(act.user);
      if (listener === undefined) listeners.set(act.user, (listener = new Listener(ports.visitorOf(act.user), ports, fidelity)));
      listener.take(act);
      next(n + 1);
    });
  };
  next(0);
  return fidelity;
}

interface Playback {
  readonly number: number;
  readonly trackId: string;
  readonly durationMs: number;
  readonly grant: Grant;
}

interface Taken {
  readonly act: ReplayAct;
  readonly dueAt: number;
  readonly operation: Operation;
}

class Listener {
  readonly #visitor: Visitor;
  readonly #ports: ReplayPorts;
  readonly #fidelity: Fidelity;
  readonly #waiting: Taken[] = [];
  #isBusy = false;
  #playback: Playback | undefined;
  /** Grants of playbacks before: late acts still speak of them. */
  readonly #known = new Map<number, Playback>();
  #isPlaying = false;
  /** Where he was at `#since`, and what he had heard of the track. */
  #positionMs = 0;
  #heardMs = 0;
  #since = 0;
  #nextChunk = 0;
  /** Which timers still count: each change of what plays makes those before void. */
  #turn = 0;

  constructor(visitor: Visitor, ports: ReplayPorts, fidelity: Fidelity) {
    this.#visitor = visitor;
    this.#ports = ports;
    this.#fidelity = fidelity;
  }

  take(act: ReplayAct): void {
    const dueAt = this.#ports.startsAt + act.dueMs;
    const operation = this.#ports.recorder.begin(act.type === "start" ? "play" : act.type === "save" || act.type === "unsave" ? "mark" : "event", dueAt);
    operation.sent();
    this.#waiting.push({ act, dueAt, operation });
    if (!this.#isBusy) this.#leave();
  }

  #leave(): void {
    const taken = this.#waiting.shift();
    this.#isBusy = taken !== undefined;
    if (taken === undefined) return;
    this.#fidelity.acts += 1;
    const { act, dueAt, operation } = taken;
    if (act.type === "start") this.#start(act, dueAt, operation, () => this.#leave());
    else if (act.type === "save" || act.type === "unsave") this.#mark(act.type, act, dueAt, operation);
    else if (act.joins) this.#start({ ...act, type: "start" }, dueAt, this.#begun("play", dueAt), () => this.#tell(act, dueAt, operation));
    else this.#tell(act, dueAt, operation);
  }

  #begun(kind: string, at: number): Operation {
    const operation = this.#ports.recorder.begin(kind, at);
    operation.sent();
    return operation;
  }

  #mark(type: "save" | "unsave", act: ReplayAct, dueAt: number, operation: Operation): void {
    this.#ports.service.mark(this.#visitor, { type, trackId: this.#trackOf(act).trackId, atMs: dueAt }, (outcome) => {
      operation.end(outcome);
      this.#leave();
    });
  }

  #trackOf({ track }: ReplayAct): ReplayPorts["tracks"][number] {
    const known = this.#ports.tracks[track % this.#ports.tracks.length];
    if (known === undefined) throw new Error("there are no tracks to play");
    return known;
  }

  #start(act: ReplayAct, dueAt: number, play: Operation, then: () => void): void {
    const { service, now } = this.#ports;
    this.#stop();
    const start = this.#begun("start", dueAt);
    const { trackId, durationMs } = this.#trackOf(act);
    service.play(this.#visitor, trackId, (outcome, grant) => {
      play.end(outcome);
      if (grant === undefined) {
        start.end(outcome);
        this.#playback = undefined;
        return then();
      }
      const playback = (this.#playback = { number: act.playback, trackId, durationMs, grant });
      this.#known.set(act.playback, playback);
      this.#known.delete(act.playback - playbacksKept);
      this.#from(act.positionMs ?? 0);
      this.#heardMs = 0;
      this.#chunk(now(), (chunk) => {
        start.end(chunk);
        if (chunk === "ok") this.#go(now());
        if (act.joins) return then();
        const event = this.#begun("event", now());
        this.#event("start", playback, now(), event, then);
      });
    });
  }

  #tell({ type, playback, positionMs }: ReplayAct, dueAt: number, operation: Operation): void {
    if (type === "start" || type === "save" || type === "unsave") throw new Error(`${type} is no event of a playback`);
    const known = this.#known.get(playback);
    if (known === undefined) {
      // Its play was refused.
      operation.end("no playback");
      return this.#leave();
    }
    if (known === this.#playback) {
      const now = this.#ports.now();
      this.#settle(now);
      if (positionMs !== undefined && type !== "seek") this.#positionMs = positionMs;
      if (type === "pause") this.#stop();
      else if (type === "resume" && !this.#isPlaying) this.#go(now);
      else if (type === "seek") {
        const wasPlaying = this.#isPlaying;
        this.#stop();
        this.#from(positionMs ?? this.#positionMs);
        if (wasPlaying) this.#go(now);
      } else if (type === "skip" || type === "complete") {
        this.#stop();
        this.#playback = undefined;
      }
    }
    this.#event(type, known, dueAt, operation, () => this.#leave());
  }

  #event(type: "start" | "progress" | "pause" | "resume" | "seek" | "skip" | "complete", { grant: { playbackId }, trackId, durationMs }: Playback, atMs: number, operation: Operation, then: () => void): void {
    this.#ports.service.event(this.#visitor, { type, playbackId, trackId, positionMs: Math.round(Math.min(this.#positionMs, durationMs)), heardMs: Math.round(this.#heardMs), atMs }, (outcome) => {
      operation.end(outcome);
      then();
    });
  }

  /** Brings position and what was heard up to now. */
  #settle(now: number): void {
    if (!this.#isPlaying) return;
    const heardMs = (now - this.#since) * this.#ports.speed;
    this.#positionMs += heardMs;
    this.#heardMs += heardMs;
    this.#since = now;
  }

  #from(positionMs: number): void {
    this.#positionMs = positionMs;
    this.#nextChunk = Math.floor(positionMs / chunkMs);
  }

  #stop(): void {
    this.#settle(this.#ports.now());
    this.#isPlaying = false;
    this.#turn += 1;
  }

  #go(now: number): void {
    this.#isPlaying = true;
    this.#since = now;
    this.#turn += 1;
    this.#fetchOn(this.#turn);
    this.#report(this.#turn, now);
  }

  /** The chunk after, when less than what should be ahead is. */
  #fetchOn(turn: number): void {
    const playback = this.#playback;
    if (playback === undefined || this.#nextChunk * chunkMs >= playback.durationMs) return;
    const wantedAt = this.#since + ((this.#nextChunk - ahead) * chunkMs - this.#positionMs) / this.#ports.speed;
    this.#ports.at(wantedAt, () => {
      if (turn !== this.#turn) return;
      this.#chunk(Math.max(wantedAt, this.#since), () => undefined);
      this.#fetchOn(turn);
    });
  }

  #chunk(wantedAt: number, done: (outcome: string) => void): void {
    const playback = this.#playback;
    if (playback === undefined) return;
    const operation = this.#begun("chunk", wantedAt);
    // A track of the log may be longer than the library's in its place: it begins again.
    const chunk = this.#nextChunk++ % Math.ceil(playback.durationMs / chunkMs);
    this.#ports.service.chunk(this.#visitor, playback.grant, tierOf(playback.grant), chunk, (outcome) => {
      operation.end(outcome);
      done(outcome);
    });
  }

  #report(turn: number, at: number): void {
    const playback = this.#playback;
    if (turn !== this.#turn || playback === undefined) return;
    this.#settle(at);
    const operation = this.#begun("report", at);
    this.#ports.service.report(this.#visitor, { playbackId: playback.grant.playbackId, trackId: playback.trackId, positionMs: Math.round(Math.min(this.#positionMs, playback.durationMs)) }, (outcome) => operation.end(outcome));
    this.#ports.at(at + reportMs / this.#ports.speed, () => this.#report(turn, at + reportMs / this.#ports.speed));
  }
}

const playbacksKept = 8;
