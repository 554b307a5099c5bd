/**
 * Tells sessions which group their account listens with: a page that is loaded anew, and a second device, find it there. Behind the
 * group's back: a session that does not hear of it costs nobody the group.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { CommittedEvent } from "../runtime/index.ts";
import { serviceLimits } from "./limits.ts";
import type { GroupEvent, GroupState } from "./model/index.ts";

interface Word {
  readonly userId: string;
  readonly groupId: string | null;
  /** The group that the account has left. */
  readonly left?: string;
}

/** Who listens with this group now, and who no more. */
export function wordsOf(groupId: string, state: GroupState, events: readonly CommittedEvent<GroupEvent>[]): Word[] {
  const words: Word[] = [];
  const left = (userId: string) => words.push({ userId, groupId: null, left: groupId });
  for (const { event } of events) {
    if (event.type === "began") words.push({ userId: event.hostId, groupId });
    else if (event.type === "joined") words.push({ userId: event.userId, groupId });
    else if (event.type === "left") event.userIds.forEach(left);
    else if (event.type === "ended") [...state.members.keys(), ...state.listeners.keys()].forEach(left);
  }
  return words;
}

export class Sessions {
  readonly #tell: (word: Word) => Promise<unknown>;
  readonly #failed: (error: unknown) => void;
  readonly #waiting: Word[] = [];
  #telling = 0;

  /** `tell` calls `session.setGroup`. */
  constructor(tell: (word: Word) => Promise<unknown>, failed: (error: unknown) => void) {
    this.#tell = tell;
    this.#failed = failed;
  }

  take(words: readonly Word[]): void {
    for (const word of words) if (this.#waiting.length < serviceLimits.sessionsWaiting) this.#waiting.push(word);
    while (this.#telling < serviceLimits.sessionsAtOnce && this.#waiting.length > 0) void this.#work();
  }

  async #work(): Promise<void> {
    this.#telling += 1;
    for (let word = this.#waiting.shift(); word !== undefined; word = this.#waiting.shift()) await this.#try(word);
    this.#telling -= 1;
  }

  async #try(word: Word): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#tell(word);
        return;
      } catch (error) {
        if ((error as { retryable?: unknown }).retryable !== true || tries === serviceLimits.sessionTries) {
          this.#failed(error);
          return;
        }
        await pause(serviceLimits.sessionRetryMs * tries, undefined, { ref: false });
      }
    }
  }
}
