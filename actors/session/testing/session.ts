/** One session actor in this process, as the runtime would run it: decide, apply, memory of operations, time. Time stands still unless it is moved. */
import type { Plan } from "../../action.ts";
import type { Earlier } from "../../runtime/definition.ts";
import { sessionActor, type ReportReply, type StampReply } from "../actor.ts";
import { isPassing, isShown, viewOf, type Listened, type SessionEvent, type SessionState, type SessionView } from "../model/index.ts";

/** Of every track that a test names, unless it is in `durations`. */
export const trackMs = 200_000;

export class Session {
  readonly userId = "u1";
  plan: Plan = "premium";
  state: SessionState = sessionActor.empty("u1");
  now = Date.UTC(2026, 0, 1);
  version = 1_000;
  readonly durations: Record<string, number> = {};
  /** The listening log: each id once. */
  readonly log = new Map<string, Listened>();
  /** Rows that were appended to it, known ones too. */
  appended = 0;
  /** Events that listeners were told of, and those that were of the moment. */
  told: SessionEvent[] = [];
  passed = 0;
  /** Takes each event that happened: a test that folds them by itself. */
  heard: (event: SessionEvent, at: number, seq: number) => void = () => {};
  readonly #operations = new Map<string, Earlier>();
  #ops = 0;

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the method that it names answers
  call<Reply = StampReply>(method: string, params: object = {}): Reply {
    const turn = { now: this.now, meta: { user: { id: this.userId, plan: this.plan } }, key: this.userId, version: this.version };
    const query = sessionActor.queries[method];
    if (query !== undefined) return query(this.state, params, turn) as Reply;
    const command = sessionActor.commands[method];
    if (command === undefined) throw new Error(`no ${method}`);
    const { events, reply } = command(this.state, { opId: `op${++this.#ops}`, ...params }, turn, (opId) => this.#operations.get(opId));
    for (const { opId, event, reply: own } of events) {
      this.#happen(event);
      this.#operations.set(opId, { seq: this.version, reply: own });
    }
    return reply as Reply;
  }

  #happen(event: SessionEvent): void {
    this.version += 1;
    this.heard(event, this.now, this.version);
    for (const row of sessionActor.soft?.logged?.(event, this.userId, this.now) ?? []) {
      this.appended += 1;
      if (!this.log.has(row.id)) this.log.set(row.id, row);
    }
    sessionActor.apply(this.state, event, this.now, this.version);
    if (isPassing(event)) this.passed += 1;
    else if (isShown(event)) this.told.push(event);
  }

  #durationsOf(trackIds: readonly string[]): Record<string, number> {
    return Object.fromEntries(trackIds.filter((id) => !id.startsWith("unknown")).map((id) => [id, this.durations[id] ?? trackMs]));
  }

  register(deviceId: string, params: object = {}): ReportReply {
    return this.call("register", { deviceId, name: deviceId, type: "web", ...params });
  }

  /** A command of a device. */
  ask(deviceId: string, type: string, params: { readonly trackIds?: readonly string[] } & Record<string, unknown> = {}): StampReply {
    return this.call("command", { type, deviceId, ...params, durations: this.#durationsOf(params.trackIds ?? []) });
  }

  report(deviceId: string, params: { readonly trackId?: string } & Record<string, unknown> = {}): ReportReply {
    return this.call("report", { deviceId, ...params, durations: this.#durationsOf(params.trackId === undefined ? [] : [params.trackId]) });
  }

  restore(deviceId: string, view: SessionView): StampReply {
    const { playback, queue = [], history = [] } = view;
    return this.call("restore", { deviceId, view: { ...view, queue, history }, durations: this.#durationsOf([...queue, ...history, ...(playback === null ? [] : [playback])].map(({ trackId }) => trackId)) });
  }

  /** Lets time pass; what it alone changes happens at its time. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let steps = 0; steps < 10_000; steps++) {
      const due = sessionActor.soft?.dueAt?.(this.state);
      if (due === undefined || due > until) break;
      this.now = Math.max(this.now, due);
      const events = sessionActor.soft?.elapsed?.(this.state, { now: this.now, meta: {}, key: this.userId, version: this.version }) ?? [];
      if (events.length === 0) throw new Error("something is due, and nothing happened");
      for (const event of events) this.#happen(event);
    }
    this.now = until;
  }

  /** The same, with a device that reports every ten seconds what the session says. */
  play(deviceId: string, ms: number): void {
    for (let left = ms; left > 0; left -= 10_000) {
      this.pass(Math.min(left, 10_000));
      this.report(deviceId, { isPlaying: true });
    }
  }

  get view(): SessionView {
    return viewOf(this.state, { queue: true, history: true });
  }

  /** Tracks of the queue in order. */
  get tracks(): string[] {
    return this.state.queue.items.map(({ trackId }) => trackId);
  }

  get trackId(): string | undefined {
    return this.state.playback?.trackId;
  }

  /** Where the playback is now. */
  get positionMs(): number | undefined {
    const { playback } = this.state;
    return playback === null ? undefined : Math.min(playback.durationMs, playback.positionMs + (playback.isPlaying ? this.now - playback.at : 0));
  }

  rows(type: string): Listened[] {
    return [...this.log.values()].filter((row) => row.type === type);
  }

  /** Through the bytes of the mirror and back. */
  passivate(): string {
    const packed = JSON.stringify(sessionActor.pack(this.state));
    this.state = sessionActor.unpack(JSON.parse(packed), sessionActor.stateVersion);
    return packed;
  }

  /** Memory and mirror are gone. */
  lose(): void {
    this.state = sessionActor.empty(this.userId);
    this.#operations.clear();
    this.version += 10_000;
  }
}

/** With a phone and a desktop, the desktop playing tracks "a", "b", ... */
export function playing(tracks = "abcde", params: object = {}): Session {
  const session = new Session();
  session.register("desktop", { type: "desktop" });
  session.register("phone", { type: "phone" });
  session.ask("desktop", "play", { trackIds: Array.from(tracks), ...params });
  return session;
}

/** How `run` is refused; undefined: it is not. */
export function refusalOf(run: () => unknown): { readonly type: string; readonly code: number; readonly data?: object } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    const { type, code, data } = error as { type: string; code: number; data?: object };
    return { type, code, ...(data === undefined ? {} : { data }) };
  }
}
