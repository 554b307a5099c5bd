/**
 * An observer of one playlist, as a socket client is one: takes pushes, drops what it has, and asks for the ops since its
 * version when some are missing. What it put together is checked in the end (check/observers.ts).
 */
import type { Topics } from "../../storage/index.ts";
import type { Access } from "./callers.ts";
import type { Observed } from "./check/observers.ts";

interface Event {
  readonly version: number;
  readonly opId: string;
}

export class Observer implements Observed {
  readonly observer: string;
  readonly playlist: string;
  readonly events: Event[] = [];
  readonly told: Event[] = [];
  /** Times that it had to ask. */
  gaps = 0;
  readonly #access: Access;
  readonly #ends: (() => void)[] = [];
  #isCatching = false;

  private constructor(observer: string, playlist: string, access: Access) {
    this.observer = observer;
    this.playlist = playlist;
    this.#access = access;
  }

  static async open(name: string, playlist: string, topics: Topics, access: Access): Promise<Observer> {
    const observer = new Observer(name, playlist, access);
    observer.#ends.push(await topics.subscribe(`playlist:${playlist}`, (message) => observer.#take(message as { ops?: Event[] })));
    // As a gateway does: whoever publishes is told, again when the bus may have forgotten us. A failure costs pushes, no more.
    const say = () => void access.listening(playlist).catch(() => {});
    observer.#ends.push(topics.onGap(say));
    say();
    await observer.catchUp();
    return observer;
  }

  /** Asks for what is newer than what it has. Throws CallFailed. */
  async catchUp(): Promise<void> {
    for (;;) {
      const newer = await this.#access.since(this.playlist, this.#last);
      for (const event of newer) this.#append(event);
      if (newer.length === 0) return;
    }
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  get #last(): number {
    return this.events.at(-1)?.version ?? 0;
  }

  #take({ ops = [] }: { ops?: Event[] }): void {
    for (const { version, opId } of ops) this.told.push({ version, opId });
    const [first] = ops;
    if (first !== undefined && first.version > this.#last + 1) {
      this.gaps += 1;
      // One that fails is made good by the next push, or by the last look.
      if (!this.#isCatching) {
        this.#isCatching = true;
        void this.catchUp()
          .catch(() => {})
          .finally(() => (this.#isCatching = false));
      }
      return;
    }
    for (const event of ops) this.#append(event);
  }

  #append({ version, opId }: Event): void {
    if (version <= this.#last) return;
    this.events.push({ version, opId });
  }
}
