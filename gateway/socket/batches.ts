/**
 * Changes for sockets that take several in one frame: the first at once, later ones together, each source's last, when the
 * time since the socket's last frame has passed. Pure of sockets; time is given.
 *
 * What waits is kept by the step of time in which it is due, so that ten thousand sockets need one timer, and their frames
 * are spread over the interval as their first changes were.
 */

export interface BatchParts<Member extends Batched> {
  /** Least time between two frames of a socket, ms. */
  readonly everyMs: number;
  /** Frames sent in one turn of the event loop. */
  readonly chunk: number;
  /** Encoded changes, of at most one per source. */
  give(member: Member, changes: Iterable<string>): void;
  /** Monotonic, ms. */
  now(): number;
  /** Runs once, after `ms`; 0: in the next turn of the event loop. */
  after(ms: number, run: () => void): void;
}

/** What is kept with each socket. */
export interface Batched {
  sentMs: number;
  /** By source; undefined when nothing waits. */
  pending: Map<string, string> | undefined;
}

const steps = 10;

export class Batches<Member extends Batched> {
  readonly #parts: BatchParts<Member>;
  readonly #stepMs: number;
  /** Members by the step in which they are due. */
  readonly #due = new Map<number, Member[]>();
  /** Due, and not sent yet. */
  #ready: Member[] = [];
  #isRunning = false;

  constructor(parts: BatchParts<Member>) {
    this.#parts = parts;
    this.#stepMs = parts.everyMs / steps;
  }

  /** True: the change is to be sent now, by the caller. False: it is kept, and given in a later frame. */
  mayGoNow(member: Member, source: string, change: string): boolean {
    if (member.pending !== undefined) {
      member.pending.set(source, change);
      return false;
    }
    const now = this.#parts.now();
    const dueMs = member.sentMs + this.#parts.everyMs;
    if (now >= dueMs) {
      member.sentMs = now;
      return true;
    }
    member.pending = new Map([[source, change]]);
    const step = Math.ceil(dueMs / this.#stepMs);
    const others = this.#due.get(step);
    if (others === undefined) this.#due.set(step, [member]);
    else others.push(member);
    this.#wake();
    return false;
  }

  /** Forgets what waits for a member. */
  clear(member: Member): void {
    member.pending?.clear();
  }

  #wake(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#parts.after(this.#stepMs, () => this.#run());
  }

  #run(): void {
    const now = this.#parts.now();
    for (const [step, members] of this.#due) {
      if (step * this.#stepMs > now) continue;
      this.#due.delete(step);
      this.#ready.push(...members);
    }
    for (const member of this.#ready.splice(0, this.#parts.chunk)) {
      const changes = member.pending;
      member.pending = undefined;
      if (changes === undefined || changes.size === 0) continue;
      member.sentMs = now;
      this.#parts.give(member, changes.values());
    }
    this.#isRunning = this.#ready.length > 0 || this.#due.size > 0;
    if (this.#isRunning) this.#parts.after(this.#ready.length > 0 ? 0 : this.#stepMs, () => this.#run());
  }
}
