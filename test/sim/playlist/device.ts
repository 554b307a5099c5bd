/**
 * Somebody's device: the client's own edit queue (client/edits), on a line to the simulated processes that is down now and
 * then, with a clock of its own that may be wrong. It may be switched off and on again; what it had to send it keeps.
 */
import { EditQueue, memoryEditStore, PlaylistRefused, type ApplyAnswer, type OpsAnswer, type PlaylistView, type PublicEvent, type Wish } from "../../../client/edits/index.ts";
import type { Seeded } from "../../chaos/random.ts";
import type { Caller } from "../caller.ts";
import type { Timeline } from "../timeline.ts";
import type { Request } from "../workload.ts";
import { wallMs } from "./person.ts";
import { applying, request, since } from "./requests.ts";

export interface DeviceParts {
  readonly name: string;
  readonly playlist: string;
  readonly user: string;
  readonly timeline: Timeline;
  readonly random: Seeded;
  /** Asks once. */
  readonly caller: Caller;
  readonly thinkMs: number;
  /** How wrong its clock is. */
  readonly skewMs: number;
}

/** An answer with an error, as clients see it. */
class Answered extends Error {
  override readonly name = "Answered";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export class Device {
  readonly name: string;
  readonly playlist: string;
  readonly user: string;
  /** Undefined while it is off, and as long as it has not seen the playlist. */
  queue: EditQueue | undefined;
  readonly #parts: DeviceParts;
  readonly #store = memoryEditStore();
  #isUp = true;
  #isResting = false;
  #ids = 0;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    ({ name: this.name, playlist: this.playlist, user: this.user } = parts);
  }

  async run(end: number): Promise<void> {
    const { timeline, random, thinkMs } = this.#parts;
    await this.#start();
    while (timeline.now < end && this.queue !== undefined) {
      await timeline.sleep(random.next() * 3 * thinkMs);
      if (random.chance(this.#isUp ? 0.04 : 0.15)) this.#line(!this.#isUp);
      else if (random.chance(0.02)) await this.#restart();
      else this.#edit();
    }
  }

  /** What its playlist's topic says. */
  told(message: { readonly version: number; readonly ops: readonly PublicEvent[] }): void {
    if (this.#isUp) this.queue?.receive(message);
  }

  /** The line stays up from now on. */
  calm(): void {
    this.#isResting = true;
    this.#line(true);
  }

  /** Asks for whatever it was not told. */
  catchUp(): void {
    this.queue?.receive({ version: this.queue.version + 1, ops: [] });
  }

  #line(isUp: boolean): void {
    this.#isUp = isUp || this.#isResting;
    if (!this.#isUp) return;
    this.queue?.retryNow();
    this.catchUp();
  }

  /** Until the playlist is there and may be read; for ever, perhaps. */
  async #start(): Promise<void> {
    const { timeline, name, user, random, skewMs } = this.#parts;
    while (this.queue === undefined && !this.#isResting) {
      try {
        this.queue = await EditQueue.open({
          view: await this.#read(), userId: user, device: name, store: this.#store,
          send: (ops) => this.#asked<ApplyAnswer>(applying(this.playlist, ops, user)),
          opsSince: (version) => this.#asked<OpsAnswer>(since(this.playlist, version, random.pick([4, 200]), user)),
          read: () => this.#read(),
          now: () => wallMs + skewMs + Math.floor(timeline.now),
          random: () => random.next(),
          newId: () => `${name}-${++this.#ids}`,
          wait: (ms, signal) => this.#wait(ms, signal),
          backoff: { attempts: Infinity, firstMs: 100, maxMs: 2_000 }, batchOps: random.pick([2, 50]), maxAhead: random.pick([3, 1_000]), catchUpMs: random.pick([50, 500]),
        });
      } catch {
        await timeline.sleep(200 + random.next() * 300);
      }
    }
    this.catchUp();
  }

  async #restart(): Promise<void> {
    const { queue } = this;
    this.queue = undefined;
    await queue?.close();
    await this.#start();
  }

  #edit(): void {
    const { random } = this.#parts;
    const there = this.queue?.items().map(({ itemId }) => itemId) ?? [];
    const after = there.length === 0 || random.chance(0.3) ? {} : { after: random.chance(0.2) ? null : random.chance(0.5) ? (there[0] ?? null) : random.pick(there) };
    const luck = random.next();
    const wish: Wish =
      luck < 0.4 || there.length === 0 ? { type: "add", trackId: "t", ...after }
      : luck < 0.5 ? { type: "addMany", trackIds: ["t1", "t2", "t3"], ...after }
      : luck < 0.75 ? { type: "move", itemIds: [...new Set([random.pick(there), random.pick(there)])], ...after }
      : luck < 0.93 ? { type: "remove", itemId: random.pick(there) }
      : { type: "rename", name: `by ${this.name}` };
    try {
      this.queue?.edit(wish);
    } catch (error) {
      if (!(error instanceof PlaylistRefused)) throw error;
    }
  }

  #read(): Promise<PlaylistView> {
    return this.#asked<PlaylistView>(request(this.playlist, "get", {}, this.user));
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what is answered
  async #asked<T>(wanted: Request): Promise<T> {
    if (!this.#isUp) throw new Error("no network");
    const { outcome } = await this.#parts.caller.ask(wanted);
    if (!this.#isUp || outcome.is !== "ok") throw new Error("no answer");
    if (outcome.refusal !== undefined) {
      const { code = 0, type = "" } = outcome.reply as { readonly code?: number; readonly type?: string };
      throw new Answered(code, type);
    }
    return outcome.reply as T;
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = () => {
        scheduled.run = undefined;
        reject(signal.reason as Error);
      };
      const scheduled = this.#parts.timeline.after(ms, `${this.name} waits`, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
