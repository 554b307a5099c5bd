/**
 * One person with one device and friends, by the client's own socket. The device says what it plays when that changes, and every ten seconds that it
 * does; what got no answer it says again. He watches his friends, and what he sees is compared with what they said.
 */
import { connectSocket, type LiveSocket, type LiveSubscription } from "../../client/index.ts";
import { CallFailed, callsBySocket, untilKnown } from "./callers.ts";
import { Stamps, type Said } from "./check/views.ts";
import type { Violation } from "./check/violation.ts";
import type { Listener } from "./listeners.ts";
import type { Seeded } from "./random.ts";
import type { Stage } from "./workloads/workload.ts";

/** As the client's device does (client/device/reports.ts). */
const reportEveryMs = 8_000;
const reportAgainMs = 1_000;
const timeoutMs = 2_000;

interface Stamp {
  readonly epoch: number;
  readonly n: number;
}

interface Activity {
  readonly userId: string;
  readonly epoch: number;
  readonly n: number;
}

export interface PersonParts {
  readonly listener: Listener;
  readonly stage: Stage;
  readonly random: Seeded;
  /** A friend is seen to play something else, by one who watches since then (history's clock). */
  saw(userId: string, trackId: string | null, since: number): void;
  violated(violation: Violation): void;
}

export class Person {
  readonly userId: string;
  readonly random: Seeded;
  /** What he said that he plays, in order. */
  readonly said: Said[] = [];
  /** What he sees of each friend. */
  readonly seen = new Map<string, string | null>();
  /** Messages about friends. */
  told = 0;
  /** Since when he is gone without a word (history's clock). */
  goneSince: number | undefined;
  readonly #parts: PersonParts;
  readonly #stamps = new Stamps();
  #socket: LiveSocket | undefined;
  #reporting: NodeJS.Timeout | undefined;
  #playing: { readonly trackId: string | null; readonly since: number } = { trackId: null, since: 0 };
  #ops = 0;
  /** The newest state of the session that the device knows of. */
  #known: Stamp | undefined;
  #isReporting = false;

  constructor(parts: PersonParts) {
    this.#parts = parts;
    this.userId = String(parts.listener.user["id"]);
    this.random = parts.random;
  }

  get isOnline(): boolean {
    return this.goneSince === undefined;
  }

  /** Comes in. Resolves when he sees his friends. */
  async come(): Promise<void> {
    const { address, accessToken } = this.#parts.listener;
    const socket = connectSocket({ url: address, token: async () => accessToken, timeoutMs });
    this.#socket = socket;
    this.goneSince = undefined;
    let since = Infinity;
    const watch: LiveSubscription = socket.watchFriends({
      onFriends: (friends, changed) => {
        for (const userId of changed) {
          const trackId = friends.get(userId)?.nowPlaying?.trackId ?? null;
          // The same again, from another owner or a new place in the track: nothing that was waited for.
          const isNews = this.seen.get(userId) !== trackId;
          this.seen.set(userId, trackId);
          if (isNews) this.#parts.saw(userId, trackId, since);
        }
      },
    });
    // The same messages, before the client has dropped anything.
    socket.subscribe("friends:me", (message) => this.#heard(message));
    await watch.ready;
    since = this.#parts.stage.history.now();
    await this.#register();
    this.#reportIn(this.random.between(0, reportEveryMs));
  }

  async follow(other: Person): Promise<void> {
    const { stage, random } = this.#parts;
    const opId = `${this.userId}-follows-${other.userId}`;
    const operation = stage.history.invoke({ opId, caller: this.userId, subject: other.userId, op: { type: "follow" } });
    if ((await untilKnown({ ...stage, random }, [operation], () => this.#call("presence.follow", { userId: other.userId, opId }))) !== undefined) stage.history.end(operation, "ok");
  }

  /** Plays another track, or nothing (null). Resolves when the service has taken it, or nobody knows. */
  async play(trackId: string | null): Promise<void> {
    if (await this.#say(trackId)) return;
    // A session that lost all of its past does not know the device any more, until its next report.
    await this.#register();
    await this.#say(trackId);
  }

  /** Answers false when the device has to register first. */
  async #say(trackId: string | null): Promise<boolean> {
    const { stage, random } = this.#parts;
    const { history } = stage;
    const opId = `${this.userId}-${++this.#ops}`;
    const op = { type: trackId === null ? "stop" : "play", trackId };
    const operation = history.invoke({ opId, caller: this.userId, subject: this.userId, op });
    const said: Said = { trackId, sentAt: history.now(), endedAt: Infinity };
    this.said.push(said);
    this.#playing = { trackId, since: Date.now() };
    const command = { type: op.type, opId, deviceId: "phone", ...(trackId === null ? {} : { trackIds: [trackId] }) };
    const isHere = () => this.isOnline;
    const answer = await untilKnown({ history, random, giveUpAt: () => (isHere() ? stage.giveUpAt() : 0) }, [operation], () => this.#call("session.command", command));
    if (answer === undefined) return operation.reason?.includes("DEVICE_NOT_FOUND") !== true;
    history.end(operation, "ok");
    said.endedAt = history.now();
    this.#knows(answer as Stamp);
    // It sounds, and the device says so.
    this.#reportIn(0);
    return true;
  }

  /** The device loses its network, or its power: no goodbye. */
  die(): void {
    this.goneSince = this.#parts.stage.history.now();
    this.#leave();
  }

  leave(): void {
    this.#leave();
  }

  #leave(): void {
    clearTimeout(this.#reporting);
    this.#socket?.close();
    this.#socket = undefined;
    this.seen.clear();
  }

  async #register(): Promise<void> {
    const { stage, random } = this.#parts;
    await untilKnown({ history: stage.history, random, giveUpAt: () => (this.isOnline ? stage.giveUpAt() : 0) }, [], () => this.#call("session.register", { deviceId: "phone", name: "Phone", type: "phone" }));
  }

  #call(action: string, params: object): Promise<unknown> {
    if (this.#socket === undefined) return Promise.reject(new CallFailed("the device is gone", false));
    return callsBySocket(this.#socket)(action, params);
  }

  #reportIn(ms: number): void {
    clearTimeout(this.#reporting);
    this.#reporting = setTimeout(() => void this.#report(), ms);
  }

  async #report(): Promise<void> {
    // One at a time: the next says what is so then.
    if (this.#isReporting) return this.#reportIn(reportAgainMs);
    const { trackId, since } = this.#playing;
    const socket = this.#socket;
    const at = Date.now();
    this.#isReporting = true;
    try {
      this.#knows((await this.#call("session.report", {
        deviceId: "phone", isPlaying: trackId !== null, ...(trackId === null ? {} : { trackId, positionMs: at - since }), at, ...(this.#known === undefined ? {} : { seen: this.#known }),
      })) as Stamp);
      if (this.#socket === socket && this.#playing.since === since) this.#reportIn(reportEveryMs);
    } catch {
      if (this.#socket === socket && this.isOnline) this.#reportIn(reportAgainMs);
    } finally {
      this.#isReporting = false;
    }
  }

  #knows({ epoch, n }: Stamp): void {
    const { epoch: known = 0, n: last = 0 } = this.#known ?? {};
    if (epoch > known || (epoch === known && n > last)) this.#known = { epoch, n };
  }

  #heard(message: unknown): void {
    const { friends, changes, ...one } = message as { friends?: readonly Activity[]; changes?: readonly Activity[] } & Partial<Activity>;
    this.told += 1;
    for (const { userId, epoch, n } of friends ?? []) this.#check(userId, this.#stamps.snapshot(userId, epoch, n), epoch, n);
    if (friends === undefined) for (const { userId, epoch, n } of changes ?? [one as Activity]) this.#check(userId, this.#stamps.change(userId, epoch, n), epoch, n);
  }

  #check(userId: string, wrong: "twice" | "back" | undefined, epoch: number, n: number): void {
    if (wrong === undefined) return;
    this.#parts.violated({ kind: wrong === "twice" ? "duplicated" : "order", subject: userId, about: `${this.userId} was sent (${epoch}, ${n}) ${wrong === "twice" ? "twice" : "after a later one"}`, opIds: [] });
  }
}
