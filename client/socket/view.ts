/**
 * A watched view (a session, a group), kept as current as what has come. It listens first and reads then; messages are the
 * view itself with a stamp `(epoch, n)`, so a later one replaces an earlier one and it does not matter which are lost.
 *
 *   message   older: drop · with all that is needed: the view · its queue left out, and another than the one known: read
 */
import { isLater, type Stamped } from "../stamped.ts";
import { Reading, type ReadingTimes } from "./reading.ts";

/** A view with a queue, which messages leave out unless it changed. */
export interface QueueView extends Stamped {
  /** Another for each other queue. */
  readonly queueVersion: number;
  /** Its state was lost: it knows nothing of what it was. */
  readonly isNew?: boolean;
  readonly queue?: readonly unknown[];
  readonly history?: readonly unknown[];
}

export interface ViewOptions<View extends QueueView> {
  /** The view, whole, each time that it is another. */
  readonly onView: (view: View) => void;
  /** Its state was lost, and this is the last that was known here: called once for each loss. */
  readonly restore?: (known: View) => Promise<unknown>;
  /** The watch is over: no access any more. */
  readonly onEnd?: (error: unknown) => void;
  /** Longest time until a push that was lost without a trace is noticed. */
  readonly recheckMs?: number;
}

export class ViewWatch<View extends QueueView> {
  readonly #options: ViewOptions<View>;
  readonly #readWhole: () => Promise<View>;
  readonly #reading: Reading;
  #view: View | undefined;
  /** The last that knew something. */
  #known: View | undefined;
  #isRestoring = false;

  constructor(read: () => Promise<View>, options: ViewOptions<View>, times: ReadingTimes) {
    this.#options = options;
    this.#readWhole = read;
    this.#reading = new Reading({ read: (signal) => this.#read(signal), onEnd: options.onEnd, recheckMs: options.recheckMs }, times);
  }

  /** The latest; undefined before the first. */
  get view(): View | undefined {
    return this.#view;
  }

  /** A message of the topic. */
  push(message: unknown): void {
    const given = message as View | null;
    if (this.#reading.hasEnded || typeof given?.n !== "number" || typeof given.epoch !== "number") return;
    const view = this.#view;
    if (view === undefined || !isLater(given, view)) return;
    const whole = merged(view, given);
    if (whole === undefined) void this.refresh();
    else this.#take(whole);
  }

  /** Messages may have been missed, on every client at once. */
  gap(): void {
    this.#reading.gap();
  }

  /** Resolves when the view is as current as the service was when it answered. */
  refresh(): Promise<void> {
    return this.#reading.refresh();
  }

  end(error?: unknown): void {
    this.#reading.end(error);
  }

  async #read(signal: AbortSignal): Promise<"all"> {
    const view = await this.#readWhole();
    if (!signal.aborted && (this.#view === undefined || isLater(view, this.#view))) this.#take(view);
    return "all";
  }

  #take(view: View): void {
    this.#view = view;
    if (view.isNew !== true) {
      this.#known = view;
      this.#isRestoring = false;
    } else if (this.#known !== undefined && !this.#isRestoring) {
      this.#isRestoring = true;
      // Another device may have done so before: what is so now comes as a view.
      this.#options.restore?.(this.#known).catch(() => undefined);
    }
    this.#options.onView(view);
  }
}

/** The view after a message; undefined when what that leaves out is not what is known. */
function merged<View extends QueueView>(view: View, message: View): View | undefined {
  const { event: _, userId: __, access: ___, ...given } = message as View & { event?: unknown; userId?: unknown; access?: unknown };
  // A new owner may have lost what was, and count queues anew.
  const isSameQueue = message.epoch === view.epoch && message.queueVersion === view.queueVersion && view.queue !== undefined;
  if (message.queue === undefined && !isSameQueue) return undefined;
  return { ...view, ...(given as unknown as View) };
}
