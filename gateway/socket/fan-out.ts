/**
 * Gives changes to many, some at a time, so that whoever has a great many followers on this gateway delays nobody else: a turn
 * of the event loop does a bounded part, and who has more to be given waits behind those who have less.
 *
 * Of one source there is one change under way. The next waits until that was given to all, and is replaced by a later one: what
 * is given is a state, of which the last counts.
 */

export interface FanOutParts<Source, Change, Member> {
  /** Members given to in one turn of the event loop. */
  readonly chunk: number;
  /** Whom a change is for: walked over several turns, so it must bear that members come and go. */
  membersOf(source: Source, change: Change): Iterator<Member>;
  /** At most a chunk of them at a time. */
  give(change: Change, members: readonly Member[]): void;
  /** Runs in the next turn of the event loop, after what came in meanwhile. */
  soon(run: () => void): void;
}

interface Job<Change, Member> {
  readonly change: Change;
  readonly members: Iterator<Member>;
  next: { readonly change: Change } | undefined;
}

export class FanOut<Source, Change, Member> {
  readonly #parts: FanOutParts<Source, Change, Member>;
  /** Sources with a change under way, in the order of their turns. */
  readonly #jobs = new Map<Source, Job<Change, Member>>();
  /** Members that may still be given to in this turn of the event loop. */
  #left: number;
  #isScheduled = false;

  constructor(parts: FanOutParts<Source, Change, Member>) {
    this.#parts = parts;
    this.#left = parts.chunk;
  }

  /** At once, when this turn has room for it and nobody waits. */
  add(source: Source, change: Change): void {
    const job = this.#jobs.get(source);
    if (job === undefined) this.#begin(source, change);
    else job.next = { change };
    this.#run();
  }

  #begin(source: Source, change: Change): void {
    this.#jobs.set(source, { change, members: this.#parts.membersOf(source, change), next: undefined });
  }

  #run(): void {
    while (this.#left > 0) {
      const [first] = this.#jobs;
      if (first === undefined) break;
      const [source, job] = first;
      const some: Member[] = [];
      let isDone = false;
      while (!isDone && some.length < this.#left) {
        const next = job.members.next();
        if (next.done === true) isDone = true;
        else some.push(next.value);
      }
      // Its next turn, if it has one, is behind all others.
      this.#jobs.delete(source);
      if (!isDone) this.#jobs.set(source, job);
      else if (job.next !== undefined) this.#begin(source, job.next.change);
      // Finding out that there is nobody is work as well.
      this.#left -= Math.max(1, some.length);
      if (some.length > 0) this.#parts.give(job.change, some);
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#parts.soon(() => {
      this.#isScheduled = false;
      this.#left = this.#parts.chunk;
      if (this.#jobs.size > 0) this.#run();
    });
  }
}
