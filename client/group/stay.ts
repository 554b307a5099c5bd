/**
 * Stays in a group: says every 30 s that one is here, comes back by the code when the service has forgotten one, and gives back
 * what was played when that was lost.
 *
 *   here --> in it: nothing · out of it: join again by the code -------> refused: it is over
 *                                        | its state was lost: the host gives it back at once,
 *                                        v the others after 10 s if nobody has
 */
import type { Item } from "../../actors/group/model/index.ts";
import { ApiError } from "../errors.ts";
import type { Group, GroupCalls, GroupMemory } from "./calls.ts";

export interface StayOptions {
  readonly calls: Pick<GroupCalls, "here" | "join" | "restore">;
  readonly userId: string;
  readonly listenOnly: boolean;
  /** The group as it was entered. */
  readonly group: Group;
  /** What is heard here, for `here`. */
  readonly heard?: () => { readonly itemId: string; readonly positionMs: number } | null;
  /** One is in it again after the service had forgotten one: subscribe to its topic anew. */
  readonly returned: (group: Group) => void;
  /** One is out of it for good: sent away, it has ended, or there is no room any more. */
  readonly ended: (error: ApiError) => void;
  readonly after?: (ms: number, run: () => void) => () => void;
}

const hereMs = 30_000;
/** Somebody may be on his way to say so himself; all come at once. */
const soonMs = 500;
/** As long as the host alone may give it back, and a little. */
const hostRestoresMs = 10_500;
const restoreRetryMs = 2_000;
/** Items around the present one that a call may give back. */
const itemsRestored = 250;

/** What to give back of a group. Of a long queue, what lies around the present item. */
export function memoryOf({ control, queue, index, playback }: Group): GroupMemory {
  const from = Math.max(0, Math.min(index - 50, queue.length - itemsRestored));
  const kept = queue.slice(from, from + itemsRestored).map(({ itemId, trackId, addedBy }: Item) => ({ itemId, trackId, addedBy }));
  const { positionMs, at, isPlaying } = playback ?? { positionMs: 0, at: 0, isPlaying: false };
  return { control, queue: kept, index: Math.min(index - from, kept.length), positionMs, at: Math.round(at), isPlaying };
}

export class Stay {
  readonly #options: StayOptions;
  readonly #after: (ms: number, run: () => void) => () => void;
  /** The last view that knew what it plays: all that is left of it when the service has lost it. */
  #known: Group;
  #isLost = false;
  #isEnded = false;
  #saying = false;
  #cancel: () => void = () => {};
  #cancelRestore: () => void = () => {};

  constructor(options: StayOptions) {
    this.#options = options;
    this.#after = options.after ?? timer;
    this.#known = options.group;
    this.#later(hereMs);
  }

  /** Takes each view of the group. */
  take(view: Group): void {
    if (view.life === "ended") {
      this.#end(new ApiError({ status: 410, code: "GROUP_ENDED", message: "This group has ended.", retryable: false }));
      return;
    }
    this.#isLost = view.isNew;
    if (view.isNew) {
      this.#known = { ...this.#known, hostId: view.hostId };
      const isHost = view.hostId === this.#options.userId;
      this.#restoreIn(isHost ? 0 : hostRestoresMs + Math.random() * soonMs);
    } else {
      this.#cancelRestore();
      this.#known = view;
    }
  }

  /** The topic is lost, or the connection is back: looks at once whether one is still in it. */
  look(): void {
    if (!this.#isEnded) this.#later(Math.random() * soonMs);
  }

  end(): void {
    this.#isEnded = true;
    this.#cancel();
    this.#cancelRestore();
  }

  #later(ms: number): void {
    this.#cancel();
    this.#cancel = this.#after(ms, () => void this.#say());
  }

  async #say(): Promise<void> {
    if (this.#saying || this.#isEnded) return;
    this.#saying = true;
    const { calls, heard } = this.#options;
    try {
      const { isMember } = await calls.here(this.#known.groupId, heard?.() ?? {});
      if (!isMember) await this.#comeBack();
    } catch (error) {
      await this.#refused(error);
    } finally {
      this.#saying = false;
      if (!this.#isEnded) this.#later(hereMs);
    }
  }

  /** Who is not in it any more may have been silent for too long, or the service has forgotten: the code says whether he may come. */
  async #refused(error: unknown): Promise<void> {
    // No answer, or one for later: the next time.
    if (!(error instanceof ApiError) || error.retryable) return;
    if (error.code === "NOT_A_MEMBER") await this.#comeBack();
    else this.#end(error);
  }

  async #comeBack(): Promise<void> {
    const { calls, listenOnly, returned } = this.#options;
    try {
      const group = await calls.join(this.#known.groupId, { code: this.#known.code }, { listenOnly });
      if (this.#isEnded) return;
      this.take(group);
      returned(group);
    } catch (error) {
      if (error instanceof ApiError && !error.retryable) this.#end(error);
    }
  }

  #restoreIn(ms: number): void {
    this.#cancelRestore();
    if (!this.#options.listenOnly) this.#cancelRestore = this.#after(ms, () => void this.#restore());
  }

  async #restore(): Promise<void> {
    if (!this.#isLost || this.#isEnded) return;
    try {
      await this.#options.calls.restore(this.#known.groupId, memoryOf(this.#known));
    } catch (error) {
      // Refused: somebody else was first, and what is so now comes as a view. Not answered: again.
      if (!(error instanceof ApiError) || error.retryable) this.#restoreIn(restoreRetryMs);
    }
  }

  #end(error: ApiError): void {
    if (this.#isEnded) return;
    this.end();
    this.#options.ended(error);
  }
}

function timer(ms: number, run: () => void): () => void {
  const id = setTimeout(run, ms);
  return () => clearTimeout(id);
}
