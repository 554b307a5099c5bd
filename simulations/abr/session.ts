/**
 * One listener's session over a link, chunk by chunk: requests go out one after the other, each waits one round trip and then takes the
 * link's rate; a chunk is heard when it has arrived whole and the one before has ended. What is heard is given: tracks, and how long the
 * listener stays with each. Whoever skips goes on at the first chunk of the next track; what was fetched of the one he left is lost, and
 * a request for it that is under way is given up.
 *
 * One chunk at a time needs no event queue: the moment of a skip is known as soon as the last chunk that is heard has arrived, before any
 * chunk after it is asked for.
 */
import type { TierName } from "../../audio/index.ts";
import type { Abr, AbrPolicy, AbrSituation, Rung } from "../../client/index.ts";
import type { Link } from "../traces/index.ts";
import type { Ladder } from "./ladder.ts";

/** A track of the session and how much of it is heard: all of it, or less when it is skipped. */
export interface Play {
  readonly trackMs: number;
  readonly heardMs: number;
}

export interface SessionOptions {
  readonly policy: AbrPolicy;
  readonly link: Link;
  readonly ladder: Ladder;
  readonly plays: readonly Play[];
}

/** One chunk that was asked for, times in ms since the session began. */
export interface ChunkLog {
  readonly play: number;
  readonly chunk: number;
  readonly tier: TierName;
  /** Of the ladder, not of this chunk. */
  readonly rateKbps: number;
  /** Of the whole chunk, or those that arrived before it was given up. */
  readonly bytes: number;
  readonly requestMs: number;
  /** When it was whole, or was given up. */
  readonly finishMs: number;
  readonly isWhole: boolean;
  /** When it began to be heard; null: it never was. */
  readonly startMs: number | null;
  readonly heardMs: number;
  /** Audio ahead at the request. */
  readonly aheadMs: number;
}

const mostChunks = 1_000_000;

/** Runs one session to the end of its last play. Deterministic: the same options give the same log. */
export function session(options: SessionOptions): ChunkLog[] {
  const chunks = options.plays.reduce((sum, { trackMs }) => sum + Math.ceil(trackMs / options.ladder.chunkMs), 0);
  if (options.plays.length === 0 || !(chunks <= mostChunks)) throw new RangeError(`plays have ${chunks} chunks; 1 to ${mostChunks} are allowed`);
  for (const [n, { trackMs, heardMs }] of options.plays.entries()) {
    if (!(trackMs > 0 && heardMs > 0 && heardMs <= trackMs)) throw new RangeError(`plays[${n}] hears ${heardMs} ms of ${trackMs} ms; more than 0 and at most all is allowed`);
  }
  return new Session(options).run();
}

/** What is heard in a row: each chunk once, the last of a skipped play in part. */
interface Heard {
  readonly play: number;
  readonly chunk: number;
  readonly startMs: number;
  readonly endMs: number;
}

class Session {
  readonly #options: SessionOptions;
  readonly #abr: Abr;
  readonly #log: ChunkLog[] = [];
  readonly #heard: Heard[] = [];
  /** Index into #heard of the chunk that is heard, or was last. */
  #at = 0;
  #nowMs = 0;
  /** The next chunk to ask for. */
  #play = 0;
  #chunk = 0;
  #previous: TierName | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#abr = options.policy.start();
  }

  run(): ChunkLog[] {
    const { plays } = this.#options;
    while (this.#play < plays.length) {
      this.#advance();
      const leavesMs = this.#leavesMs();
      if (this.#nowMs >= leavesMs) this.#toNextPlay();
      else if (this.#isWithinWindow()) this.#fetch(leavesMs);
      else this.#wait(leavesMs);
      if (this.#play < plays.length && this.#chunk === this.#chunksOf(this.#play)) this.#toNextPlay();
    }
    return this.#log;
  }

  /** When the listener leaves the play whose chunks are fetched; infinite while its last heard chunk is not there. */
  #leavesMs(): number {
    const last = this.#heard.at(-1);
    return last?.play === this.#play && this.#chunk > this.#lastHeard(this.#play) ? last.endMs : Number.POSITIVE_INFINITY;
  }

  #isWithinWindow(): boolean {
    const playing = this.#heard[this.#at];
    if (playing === undefined || this.#isDry(playing)) return true;
    if (this.#play > playing.play + 1) return false;
    const { ahead, intoNext } = this.#abr.window(this.#situation());
    if (!(ahead >= 1)) throw new RangeError(`policy ${this.#options.policy.name}: window.ahead is ${ahead}; at least 1 is allowed`);
    if (this.#play === playing.play) return this.#chunk - playing.chunk <= ahead;
    return this.#chunk < intoNext && this.#chunksOf(playing.play) - playing.chunk + this.#chunk <= ahead;
  }

  /** Nothing is left to hear: the next chunk is wanted whatever the window says. */
  #isDry(playing: Heard): boolean {
    return this.#at === this.#heard.length - 1 && playing.endMs <= this.#nowMs;
  }

  /** Until another chunk begins to be heard, or the listener leaves. */
  #wait(leavesMs: number): void {
    const next = this.#heard[this.#at + 1]?.startMs ?? this.#heard[this.#at]?.endMs ?? Number.POSITIVE_INFINITY;
    const untilMs = Math.min(next, leavesMs);
    if (!(untilMs > this.#nowMs && Number.isFinite(untilMs))) throw new Error(`policy ${this.#options.policy.name} waits for nothing`);
    this.#nowMs = untilMs;
  }

  #fetch(leavesMs: number): void {
    const { link, ladder } = this.#options;
    const situation = this.#situation();
    const tier = this.#abr.tier(situation);
    const bytes = ladder.bytes(tier, this.#play, this.#chunk, this.#chunkMs());
    const requestMs = this.#nowMs;
    const firstMs = requestMs + link.latencyAt(requestMs);
    const arrivalMs = link.arrival(firstMs, bytes * 8);
    const isWhole = arrivalMs <= leavesMs;
    const finishMs = isWhole ? arrivalMs : leavesMs;
    const heardMs = this.#chunk > this.#lastHeard(this.#play) ? 0 : Math.min(this.#chunkMs(), (this.#options.plays[this.#play]?.heardMs ?? 0) - this.#chunk * ladder.chunkMs);
    let startMs: number | null = null;
    if (heardMs > 0) {
      startMs = Math.max(finishMs, this.#heard.at(-1)?.endMs ?? 0);
      this.#heard.push({ play: this.#play, chunk: this.#chunk, startMs, endMs: startMs + heardMs });
    }
    this.#log.push({ play: this.#play, chunk: this.#chunk, tier, rateKbps: ladder.rateKbps(tier), bytes: isWhole ? bytes : link.delivered(firstMs, leavesMs) / 8, requestMs, finishMs, isWhole, startMs, heardMs, aheadMs: situation.aheadMs });
    this.#nowMs = finishMs;
    if (!isWhole) return;
    this.#abr.measured({ tier, bytes, waitMs: firstMs - requestMs, bodyMs: arrivalMs - firstMs });
    this.#previous = tier;
    this.#chunk += 1;
  }

  #situation(): AbrSituation {
    const { ladder, plays } = this.#options;
    const rungs = ladder.tiers.map((tier): Rung => ({ tier, rateKbps: ladder.rateKbps(tier), nextBytes: ladder.bytes(tier, this.#play, this.#chunk, this.#chunkMs()) }));
    const common = { rungs, previous: this.#previous, chunkMs: this.#chunkMs() };
    const playing = this.#heard[this.#at];
    const trackMs = plays[playing?.play ?? 0]?.trackMs ?? 0;
    if (playing === undefined) return { ...common, aheadMs: 0, heardMs: 0, leftMs: trackMs };
    if (this.#isDry(playing) && playing.play !== this.#play) return { ...common, aheadMs: 0, heardMs: 0, leftMs: plays[this.#play]?.trackMs ?? 0 };
    const heardMs = playing.chunk * ladder.chunkMs + Math.min(this.#nowMs, playing.endMs) - playing.startMs;
    const aheadMs = Math.max(0, (this.#heard.at(-1)?.endMs ?? 0) - this.#nowMs) + this.#beyondMs(playing.play);
    return { ...common, aheadMs, heardMs, leftMs: trackMs - heardMs };
  }

  /** Audio of a play that is fetched but will be skipped: the player does not know, to it this is ahead like the rest. */
  #beyondMs(play: number): number {
    const { ladder, plays } = this.#options;
    const { trackMs = 0, heardMs = 0 } = plays[play] ?? {};
    const fetchedMs = this.#play === play ? Math.min(trackMs, this.#chunk * ladder.chunkMs) : trackMs;
    return Math.max(0, fetchedMs - heardMs);
  }

  #advance(): void {
    while ((this.#heard[this.#at + 1]?.startMs ?? Number.POSITIVE_INFINITY) <= this.#nowMs) this.#at += 1;
  }

  #toNextPlay(): void {
    this.#play += 1;
    this.#chunk = 0;
  }

  #chunksOf(play: number): number {
    return Math.ceil((this.#options.plays[play]?.trackMs ?? 0) / this.#options.ladder.chunkMs);
  }

  #lastHeard(play: number): number {
    return Math.ceil((this.#options.plays[play]?.heardMs ?? 0) / this.#options.ladder.chunkMs) - 1;
  }

  /** Of the next chunk: the last of a track may be shorter. */
  #chunkMs(): number {
    const { ladder, plays } = this.#options;
    return Math.min(ladder.chunkMs, (plays[this.#play]?.trackMs ?? 0) - this.#chunk * ladder.chunkMs);
  }
}
