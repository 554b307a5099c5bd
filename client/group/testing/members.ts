/** A group over the real actor in simulated time, and members with clocks, ways and sound cards of their own. */
import { Group } from "../../../actors/group/testing/group.ts";
import { positionAt, type GroupView, type Item } from "../../../actors/group/model/index.ts";
import type { CommandParams } from "../../../actors/group/actor.ts";
import { ServerClock } from "../../clock/index.ts";
import type { SimulatedTime } from "../../clock/testing/simulated-time.ts";
import { GroupSync } from "../sync.ts";
import { SimulatedPlayer, type Faults } from "./simulated-player.ts";

export interface MemberFaults extends Faults {
  /** How long a message takes, either way, ms. */
  readonly wayMs: () => number;
}

export class SimulatedGroup {
  readonly members: Member[] = [];
  readonly #group: Group;
  readonly #time: SimulatedTime;
  #told = 0;

  constructor(time: SimulatedTime, queue: readonly Item[]) {
    this.#time = time;
    this.#group = Group.begun(queue);
    this.#tick();
  }

  get now(): number {
    return Group.epoch + this.#time.now;
  }

  get view(): GroupView {
    this.#catchUp();
    return { epoch: 1, ...this.#group.view() };
  }

  /** What everybody should hear now. */
  get truth(): { readonly itemId: string; readonly positionMs: number } | null {
    const { playback } = this.view;
    return playback === null || !playback.isPlaying || playback.at > this.now ? null : { itemId: playback.itemId, positionMs: positionAt(playback, this.now) };
  }

  do(type: CommandParams["type"], params: Partial<CommandParams> = {}): void {
    this.#catchUp();
    this.#group.do(type, params);
    this.#tell();
  }

  join(faults: MemberFaults): Member {
    const member = new Member(this.#time, this, faults);
    this.members.push(member);
    return member;
  }

  /** Members who say that they are here keep it alive; it moves on by itself. */
  #tick(): void {
    this.#catchUp();
    this.#group.call("here");
    this.#tell();
    this.#time.after(100, () => this.#tick());
  }

  #catchUp(): void {
    this.#group.pass(Math.max(0, this.now - this.#group.now));
  }

  #tell(): void {
    if (this.#group.state.shownAt === this.#told) return;
    this.#told = this.#group.state.shownAt;
    for (const member of this.members) member.tell();
  }
}

export class Member {
  readonly player: SimulatedPlayer;
  readonly clock: ServerClock;
  readonly sync: GroupSync;
  readonly #time: SimulatedTime;
  readonly #group: SimulatedGroup;
  readonly #faults: MemberFaults;

  constructor(time: SimulatedTime, group: SimulatedGroup, faults: MemberFaults) {
    this.#time = time;
    this.#group = group;
    this.#faults = faults;
    const now = () => time.now + faults.skewMs;
    this.player = new SimulatedPlayer(time, faults);
    this.clock = new ServerClock({
      ask: async () => {
        await time.wait(faults.wayMs());
        const receivedAt = group.now;
        await time.wait(faults.wayMs());
        return { receivedAt, sentAt: receivedAt };
      },
      now,
      after: (ms, run) => time.after(ms, run),
    });
    this.sync = new GroupSync({ player: this.player, clock: this.clock, now });
    this.tell();
    this.#check();
  }

  /** The group's view of now arrives, later. */
  tell(): void {
    const { view } = this.#group;
    this.#time.after(this.#faults.wayMs(), () => this.sync.take(view));
  }

  #check(): void {
    this.sync.check();
    this.#time.after(1_000, () => this.#check());
  }
}
