/**
 * One track at a visitor's: a player without sound. It keeps where he is in the track by the clock, fetches one chunk after the other
 * as far ahead as the policy says, stops when the music is not there, and says what players say.
 */
import type { TierName } from "../../audio/index.ts";
import type { AbrSituation, Rung } from "../../client/index.ts";
import { averageKbps } from "../abr/index.ts";
import type { Grant, Heard, PlaybackEvent, Visiting } from "./visitor.ts";

export const chunkMs = 5_000;
const reportMs = 8_000;
const progressMs = 30_000;
/** A track that is left so close to its end was heard. */
const completeMs = 1_500;
/** A chunk that could not be had is asked for again, so often in a row. */
const retryMs = 1_000;
const triesMost = 5;
/** Timers are not finer. */
const nearMs = 1;

const tiers: readonly TierName[] = ["96", "160", "320"];

/** At a moment of the music: ms of it since the first sound. */
interface Act {
  readonly heardMs: number;
  run(at: number): void;
}

export class Playback {
  readonly #heard: Heard;
  readonly #grant: Grant;
  readonly #visiting: Visiting;
  readonly #failed: () => void;
  readonly #rungs: readonly Rung[];
  readonly #fromMs: number;
  /** Music that he wants of it. */
  readonly #endMs: number;
  readonly #acts: readonly Act[];
  #act = 0;
  /** The act that is due waits for a chunk. */
  #isStarved = false;
  /** When the first sound would have been without the stalls since: music ms m is heard at #soundsAt + m. */
  #soundsAt = 0;
  /** The next to fetch; all before it are there. */
  #chunk = 0;
  #isOver = false;

  /** `failed`: the track cannot be had. */
  constructor(heard: Heard, grant: Grant, visiting: Visiting, failed: () => void) {
    const { fromMs = 0, listenMs, durationMs } = heard;
    this.#heard = heard;
    this.#grant = grant;
    this.#visiting = visiting;
    this.#failed = failed;
    this.#fromMs = fromMs;
    this.#endMs = Math.max(0, Math.min(listenMs, durationMs - fromMs));
    this.#rungs = tiers.filter((tier) => grant.tiers[tier] !== undefined).map((tier) => ({ tier, rateKbps: averageKbps(tier), nextBytes: (averageKbps(tier) * chunkMs) / 8 }));
    this.#acts = this.#planned();
    // Who is in the middle of a track has had his player fetch what it would have by then: a thousand that join would else ask for twelve thousand chunks.
    if (fromMs > 0) {
      this.#chunk = Math.floor(fromMs / chunkMs) + 1;
      this.#chunk = Math.min(Math.ceil(durationMs / chunkMs), this.#chunk + visiting.abr.window(this.#situation(fromMs)).ahead);
    }
  }

  /** `first`: how the first chunk's fetch ended, if there was one. */
  begin(first: (outcome: string) => void): void {
    const sounds = (at: number): void => {
      this.#soundsAt = at;
      this.#schedule();
      this.#fill(at);
    };
    const now = this.#visiting.ports.now();
    if (this.#chunk > 0) {
      first("ok");
      return sounds(now);
    }
    this.#fetch(now, (outcome, arrivedAt) => {
      first(outcome);
      if (outcome !== "ok") return this.#giveUp();
      sounds(arrivedAt);
    });
  }

  #planned(): Act[] {
    const acts: Act[] = [{ heardMs: 0, run: (at) => this.#event("start", 0, at) }];
    for (let heardMs = 0; heardMs < this.#endMs; heardMs += reportMs) acts.push({ heardMs, run: (at) => this.#report(heardMs, at) });
    for (let heardMs = progressMs; heardMs < this.#endMs; heardMs += progressMs) acts.push({ heardMs, run: (at) => this.#event("progress", heardMs, at) });
    acts.push({ heardMs: this.#endMs, run: (at) => this.#end(at) });
    return acts.toSorted((one, other) => one.heardMs - other.heardMs);
  }

  /** One timer at a time: a track has dozens of acts, and a run thousands of visitors. */
  #schedule(): void {
    const act = this.#acts[this.#act];
    if (act === undefined || this.#isOver) return;
    const { ports } = this.#visiting;
    const dueAt = this.#soundsAt + act.heardMs;
    ports.at(dueAt, () => {
      // A stall has moved it since.
      if (this.#soundsAt + act.heardMs > ports.now() + nearMs) return this.#schedule();
      if (this.#fetchedMs() < Math.min(this.#fromMs + act.heardMs, this.#heard.durationMs)) {
        this.#isStarved = true;
        return;
      }
      this.#act += 1;
      act.run(dueAt);
      this.#schedule();
    });
  }

  /** How far into the track there is music without a gap. */
  #fetchedMs(): number {
    return Math.min(this.#chunk * chunkMs, this.#heard.durationMs);
  }

  /** Where he is in the track. */
  #positionMs(): number {
    return Math.min(this.#fetchedMs(), this.#fromMs + Math.max(0, this.#visiting.ports.now() - this.#soundsAt));
  }

  /** Fetches the next chunk when the window allows it, or looks again when another chunk begins to be heard. `wantedAt`: since when it could be wanted. */
  #fill(wantedAt: number, tries = 0): void {
    const { ports, abr } = this.#visiting;
    if (this.#isOver || this.#chunk * chunkMs >= this.#heard.durationMs) return;
    const positionMs = this.#positionMs();
    // A timer that comes a little early must not find the chunk before.
    const playing = Math.floor((positionMs + nearMs) / chunkMs);
    if (this.#chunk - playing > abr.window(this.#situation(positionMs)).ahead) {
      const nextAt = this.#soundsAt + (playing + 1) * chunkMs - this.#fromMs;
      return ports.at(nextAt, () => this.#fill(nextAt));
    }
    this.#fetch(wantedAt, (outcome, arrivedAt) => {
      if (this.#isOver) return;
      if (outcome === "ok") {
        this.#noteStall(arrivedAt);
        this.#fill(arrivedAt);
      } else if (tries + 1 < triesMost) {
        const againAt = ports.now() + retryMs;
        ports.at(againAt, () => this.#fill(againAt, tries + 1));
      } else this.#giveUp();
    });
  }

  /** The chunk that has arrived was wanted by the ear at a time: what it is late, the music stood still. */
  #noteStall(arrivedAt: number): void {
    const { tally } = this.#visiting.ports;
    const lateMs = arrivedAt - (this.#soundsAt + (this.#chunk - 1) * chunkMs - this.#fromMs);
    if (lateMs > nearMs) {
      this.#soundsAt += lateMs;
      tally.stalls += 1;
      tally.stalledMs += lateMs;
    }
    if (!this.#isStarved) return;
    this.#isStarved = false;
    this.#schedule();
  }

  #situation(positionMs: number): AbrSituation {
    const { durationMs } = this.#heard;
    return {
      rungs: this.#rungs, previous: this.#visiting.previous, chunkMs: Math.min(chunkMs, durationMs - this.#chunk * chunkMs),
      aheadMs: this.#fetchedMs() - positionMs, heardMs: positionMs, leftMs: durationMs - positionMs,
    };
  }

  /** `done` when the chunk has come over his link. */
  #fetch(wantedAt: number, done: (outcome: string, arrivedAt: number) => void): void {
    const { visitor, ports, abr, beganAt } = this.#visiting;
    const { tally } = ports;
    const tier = abr.tier(this.#situation(this.#positionMs()));
    const askedAt = ports.now();
    const operation = ports.recorder.leave("chunk", wantedAt);
    ports.service.chunk(visitor, this.#grant, tier, this.#chunk, (outcome, bytes) => {
      operation.end(outcome);
      if (outcome !== "ok") return done(outcome, ports.now());
      const servedAt = ports.now();
      const { link } = visitor;
      const arrivesAt = link === undefined ? servedAt : Math.max(servedAt, beganAt + link.arrival(askedAt - beganAt + link.latencyAt(askedAt - beganAt), bytes * 8));
      const arrived = () => {
        tally.chunks += 1;
        tally.bytes += bytes;
        if (this.#isOver || this.#chunk * chunkMs >= this.#fromMs + this.#endMs) tally.wastedBytes += bytes;
        abr.measured({ tier, bytes, waitMs: servedAt - askedAt, bodyMs: arrivesAt - servedAt });
        this.#visiting.previous = tier;
        this.#chunk += 1;
        done(outcome, arrivesAt);
      };
      if (arrivesAt - servedAt <= nearMs) arrived();
      else ports.at(arrivesAt, arrived);
    });
  }

  #giveUp(): void {
    this.#isOver = true;
    this.#failed();
  }

  #end(at: number): void {
    this.#isOver = true;
    const { ports, next } = this.#visiting;
    ports.tally.heardMs += this.#endMs;
    this.#event(this.#fromMs + this.#endMs >= this.#heard.durationMs - completeMs ? "complete" : "skip", this.#endMs, at);
    next(at);
  }

  #event(type: PlaybackEvent["type"], heardMs: number, atMs: number): void {
    const { visitor, ports } = this.#visiting;
    const operation = ports.recorder.leave("event", atMs);
    const event = { type, playbackId: this.#grant.playbackId, trackId: this.#heard.trackId, positionMs: Math.round(this.#fromMs + heardMs), heardMs: Math.round(heardMs), atMs };
    ports.service.event(visitor, event, (outcome) => operation.end(outcome));
  }

  #report(heardMs: number, atMs: number): void {
    const { visitor, ports } = this.#visiting;
    const operation = ports.recorder.leave("report", atMs);
    ports.service.report(visitor, { playbackId: this.#grant.playbackId, trackId: this.#heard.trackId, positionMs: Math.round(this.#fromMs + heardMs) }, (outcome) => operation.end(outcome));
  }
}
