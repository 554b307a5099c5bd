/** One group in this process, as the runtime would run it: decide, apply, memory of operations. Time stands still unless it is moved. */
import type { Earlier } from "../../runtime/definition.ts";
import { groupActor, type BeginParams, type CommandParams, type PlaceReply } from "../actor.ts";
import { positionAt, type GroupEvent, type GroupState, type GroupView, type Item } from "../model/index.ts";

export const items = (count: number, durationMs = 10_000, from = 0): Item[] => Array.from({ length: count }, (_, n) => ({ itemId: `i${from + n}`, trackId: `t${from + n}`, durationMs, addedBy: "host" }));

export class Group {
  readonly id = "g1";
  static readonly epoch = Date.UTC(2026, 0, 1);
  now = Group.epoch;
  state: GroupState = groupActor.empty(this.id);
  readonly events: GroupEvent[] = [];
  /** Whether what is due happens as soon as it is; false: its timer is late. */
  onTime = true;
  readonly #operations = new Map<string, Earlier>();
  #ops = 0;

  static begun(queue: readonly Item[] = items(3), more: Partial<BeginParams> = {}): Group {
    const group = new Group();
    group.call("begin", { code: "ABCD2345", tokenHash: "hash", startedAt: group.now, control: "everyone", queue, index: 0, positionMs: 0, isPlaying: false, ...more }, "host");
    return group;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the method that it names answers
  call<Reply = unknown>(method: string, params: object = {}, user: string | null = "host"): Reply {
    const turn = this.#turn(user);
    const query = groupActor.queries[method];
    if (query !== undefined) return query(this.state, params, turn) as Reply;
    const { events, reply } = groupActor.commands[method]?.(this.state, { opId: `op-${++this.#ops}`, ...params }, turn, (opId) => this.#operations.get(opId)) ?? { events: [], reply: undefined };
    for (const { opId, event, reply: own } of events) {
      this.#apply(event);
      this.#operations.set(opId, { seq: this.events.length, reply: own });
    }
    return reply as Reply;
  }

  do(type: CommandParams["type"], params: Partial<CommandParams> = {}, user = "host"): PlaceReply {
    return this.call("command", { type, ...params }, user);
  }

  admit(userId: string, listenOnly = false): void {
    this.call("admit", { listenOnly }, userId);
  }

  /** Moves time; what is due meanwhile happens when it is due, unless timers are late. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let due = groupActor.soft?.dueAt?.(this.state); this.onTime && due !== undefined && due <= until; due = groupActor.soft?.dueAt?.(this.state)) {
      this.now = Math.max(this.now, due);
      this.elapse();
    }
    this.now = until;
  }

  /** The timer fires. */
  elapse(): void {
    for (const event of groupActor.soft?.elapsed?.(this.state, this.#turn(null)) ?? []) this.#apply(event);
  }

  view(user = "host"): Omit<GroupView, "epoch"> {
    return this.call("get", {}, user);
  }

  /** What everybody hears now: item and position. */
  get heard(): string {
    const { playback } = this.view();
    return playback === null ? "nothing" : `${playback.itemId} ${playback.isPlaying ? "at" : "paused at"} ${positionAt(playback, this.now)}`;
  }

  /** Through the mirror and back. */
  mirrored(): void {
    this.state = groupActor.unpack(JSON.parse(JSON.stringify(groupActor.pack(this.state))), groupActor.stateVersion);
  }

  #turn(user: string | null) {
    return { now: this.now, meta: user === null ? {} : { user: { id: user, username: `name of ${user}` } }, key: this.id, version: this.events.length };
  }

  #apply(event: GroupEvent): void {
    this.events.push(event);
    groupActor.apply(this.state, event, this.now, this.events.length);
  }
}
