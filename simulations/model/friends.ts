/** Live connections in the model: who is told what those play whom he follows. */
import { followedBy, type Scenario } from "../scenario/index.ts";

type Take = (kind: string, user: number, done: (outcome: string) => void) => void;

export class Friends {
  readonly #scenario: Scenario;
  readonly #users: number;
  readonly #take: Take;
  /** By whom they follow: what tells each of them. */
  readonly #told = new Map<number, Set<(changedAt: number) => void>>();
  readonly #plays = new Map<number, string>();

  constructor(scenario: Scenario, users: number, take: Take) {
    this.#scenario = scenario;
    this.#users = users;
    this.#take = take;
  }

  connect(user: number, pushed: (changedAt: number) => void, done: (outcome: string) => void): () => void {
    const followed = followedBy(this.#scenario, this.#users, user);
    const tell = (changedAt: number) => this.#take("push", user, (outcome) => outcome === "ok" && pushed(changedAt));
    let isOpen = true;
    this.#take("connect", user, (outcome) => {
      if (outcome === "ok" && isOpen) for (const each of followed) this.#told.set(each, (this.#told.get(each) ?? new Set()).add(tell));
      done(outcome);
    });
    return () => {
      isOpen = false;
      for (const each of followed) this.#told.get(each)?.delete(tell);
    };
  }

  /** What a user's device reports: a change when it is another playback. */
  plays(user: number, playbackId: string, changedAt: number): void {
    if (this.#plays.get(user) === playbackId) return;
    this.#plays.set(user, playbackId);
    for (const tell of this.#told.get(user) ?? []) tell(changedAt);
  }
}
