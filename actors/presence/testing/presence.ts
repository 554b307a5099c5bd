/** One presence actor in this process, as the runtime would run it: decide, apply, wake in time, mirror. Time stands still unless it is moved. */
import { presenceActor, type PlayingReply, type SeeReply } from "../actor.ts";
import { limits, type Limits } from "../limits.ts";
import type { Facts, NowPlaying, PresenceEvent, PresenceState } from "../model/index.ts";

const start = Date.UTC(2026, 0, 1);

export const track = (trackId: string, given: Partial<NowPlaying> = {}): NowPlaying => ({ trackId, title: `title of ${trackId}`, artists: ["A"], imageId: null, positionMs: 0, at: start, durationMs: 200_000, ...given });
export const factsOf = (given: Partial<Facts> = {}): Facts => ({ version: 1, share: true, privateUntil: null, followers: 3, ...given });

export class Presence {
  readonly type: ReturnType<typeof presenceActor>;
  now = start;
  /** What the table says; it is read when the actor needs it. */
  facts = factsOf();
  factsRead = 0;
  state: PresenceState;
  n = 0;
  /** Events that friends were to be told of. */
  readonly told: PresenceEvent[] = [];
  readonly events: PresenceEvent[] = [];

  constructor(given: Partial<Limits> = {}) {
    this.type = presenceActor({ ...limits, ...given });
    this.state = this.type.empty("u1");
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the method that it names answers
  call<Reply>(method: string, params: object = {}): Reply {
    const turn = { now: this.now, meta: {}, key: "u1", version: this.n };
    const decide = () => this.type.commands[method]?.(this.state, params, turn, () => undefined) ?? { events: [], reply: undefined };
    const { events, reply } = decide();
    if ((reply as { needs?: unknown } | undefined)?.needs !== undefined) {
      this.factsRead += 1;
      return this.call(method, { ...params, facts: this.facts });
    }
    if (new Set(events.map(({ opId }) => opId)).size !== events.length) throw new Error("two events under one operation");
    this.#take(events.map(({ event }) => event));
    return reply as Reply;
  }

  /** The session says what is playing; its words count from 1. */
  says(n: number, playing: NowPlaying | null, isPrivate = false): boolean {
    return this.call<PlayingReply>("playing", { playing, private: isPrivate, stamp: [1, n] }).taken;
  }

  /** Somebody changed the row. */
  informs(given: Partial<Facts>): void {
    this.facts = { ...this.facts, version: this.facts.version + 1, ...given };
    this.call("inform", { facts: this.facts });
  }

  see(): SeeReply {
    return this.call("see");
  }

  get shown(): string | null {
    return this.see().nowPlaying?.trackId ?? null;
  }

  get isPopular(): boolean {
    return this.state.isPopular;
  }

  /** Time passes: whenever the actor wants to be woken, it is. */
  passes(ms: number): void {
    const until = this.now + ms;
    for (let due = this.#due; due !== undefined && due <= until; due = this.#due) {
      this.now = Math.max(this.now, due);
      const events = this.type.soft?.elapsed?.(this.state, { now: this.now, meta: {}, key: "u1", version: this.n }) ?? [];
      if (events.length === 0) throw new Error("woken for nothing");
      this.#take(events);
    }
    this.now = until;
  }

  /** Through the mirror to another node. */
  moves(): void {
    this.state = this.type.unpack(JSON.parse(JSON.stringify(this.type.pack(this.state))), 1);
    this.type.soft?.revived?.(this.state, this.now);
  }

  get #due(): number | undefined {
    return this.type.soft?.dueAt?.(this.state);
  }

  #take(events: readonly PresenceEvent[]): void {
    for (const event of events) {
      this.n += 1;
      this.type.apply(this.state, JSON.parse(JSON.stringify(event)) as PresenceEvent, this.now, this.n);
      this.events.push(event);
      if (event.shows) this.told.push(event);
    }
  }
}
