/** Who may do what in a group, and what becomes of it. */
import { describe, expect, test } from "@jest/globals";
import { groupActor, type HereReply } from "./actor.ts";
import { limits } from "./model/index.ts";
import { Group, items } from "./testing/group.ts";

const refused = (type: string) => expect.objectContaining({ name: "GroupRefused", type });
const minutes = (count: number) => count * 60_000;
const names = (group: Group, user = "host") => group.view(user).members.map(({ userId }) => userId);

function lost(): Group {
  const group = new Group();
  expect(() => group.call("here")).toThrow(refused("GROUP_UNKNOWN"));
  group.call("revive", { code: "ABCD2345", tokenHash: "hash", hostId: "host", startedAt: group.now - minutes(10), kicked: ["bad"] }, null);
  return group;
}
const kept = (group: Group) => ({ queue: items(3, 60_000), index: 1, positionMs: 5_000, at: group.now - 10_000, isPlaying: true, control: "host" });

describe("what a group plays", () => {
  test("starts together, a little later, and pauses at once where its sender heard it", () => {
    const group = Group.begun();
    const at = group.now + limits.startAheadMs;
    expect(group.do("play")).toMatchObject({ playback: { itemId: "i0", positionMs: 0, at, isPlaying: true } });
    expect(group.heard).toBe("i0 at 0");
    group.pass(limits.startAheadMs + 2_000);
    expect(group.heard).toBe("i0 at 2000");
    expect(group.do("pause", { positionMs: 1_900 })).toMatchObject({ playback: { positionMs: 1_900, at: group.now, isPlaying: false } });
    group.do("play");
    group.pass(limits.startAheadMs + 100);
    expect(group.heard).toBe("i0 at 2000");
  });

  test.each([[9_000, 5_000], [-9_000, 5_000], [undefined, 5_000], [7_900, 7_900], [2_100, 2_100]])("a pause heard at %s of 5,000 ms is at %s", (positionMs, at) => {
    const group = Group.begun(items(1, 60_000));
    group.do("play");
    group.pass(limits.startAheadMs + 5_000);
    expect(group.do("pause", { positionMs }).playback?.positionMs).toBe(at);
  });

  test("goes on to the next track exactly when the one before has ended, and ends with the queue", () => {
    const group = Group.begun(items(2, 10_000));
    group.do("play");
    const begun = group.now + limits.startAheadMs;
    group.pass(limits.startAheadMs + 10_700);
    expect(group.view()).toMatchObject({ index: 1, playback: { itemId: "i1", positionMs: 0, at: begun + 10_000 }, next: null });
    group.pass(9_500);
    expect(group.view()).toMatchObject({ index: 2, playback: null });
    group.do("queue", { items: items(1, 10_000, 7) });
    expect(group.do("play")).toMatchObject({ index: 2, playback: { itemId: "i7" } });
    group.pass(minutes(1));
    expect(group.do("play")).toMatchObject({ index: 0, playback: { itemId: "i0" } });
  });

  test("is skipped once when two press next at the same time", () => {
    const group = Group.begun(items(4));
    group.admit("b");
    group.do("play");
    expect(group.do("next", { itemId: "i0" })).toMatchObject({ index: 1 });
    expect(group.do("next", { itemId: "i0" }, "b")).toMatchObject({ index: 1 });
    expect(group.do("next", { itemId: "i1" }, "b")).toMatchObject({ index: 2 });
  });

  test("stays when others are put before it, and makes room for the next when it is removed", () => {
    const group = Group.begun(items(4));
    group.do("jump", { itemId: "i2" });
    group.do("queue", { items: items(2, 10_000, 10), after: null });
    expect(group.view()).toMatchObject({ index: 4, playback: { itemId: "i2" } });
    group.do("move", { itemId: "i2", after: null });
    expect(group.view()).toMatchObject({ index: 0, playback: { itemId: "i2" } });
    group.do("remove", { itemIds: ["i2", "i10"] });
    expect(group.view()).toMatchObject({ index: 0, playback: { itemId: "i11", positionMs: 0 }, queue: [{ itemId: "i11" }, { itemId: "i0" }, { itemId: "i1" }, { itemId: "i3" }] });
  });

  test("is answered as the first time when an operation is repeated", () => {
    const group = Group.begun();
    const reply = group.do("play", { opId: "once" });
    group.pass(5_000);
    expect(group.do("play", { opId: "once" })).toEqual(reply);
    group.do("queue", { opId: "q", items: items(2, 1_000, 10) });
    // Its memory of operations is gone: the items' ids follow from the operation's.
    group.do("queue", { opId: "q2", items: items(2, 1_000, 10) });
    expect(group.view().queue).toHaveLength(5);
  });

  test("has at most 500 items, and each once", () => {
    const group = Group.begun(items(450));
    expect(() => group.do("queue", { items: items(51, 1_000, 1_000) })).toThrow(refused("QUEUE_FULL"));
    group.do("queue", { items: items(50, 1_000, 1_000) });
    expect(group.view().queue).toHaveLength(500);
    expect(() => Group.begun([...items(1), ...items(1)])).toThrow(refused("INVALID_INPUT"));
  });

  test.each([["jump", { itemId: "none" }], ["move", { itemId: "none" }], ["move", { itemId: "i1", after: "none" }], ["queue", { items: items(1, 1, 9), after: "none" }]] as const)("%s %j is refused", (type, params) => {
    expect(() => Group.begun().do(type, params)).toThrow(refused("ITEM_NOT_FOUND"));
  });

  test("is nothing when there is nothing", () => {
    const group = Group.begun([]);
    expect(() => group.do("play")).toThrow(refused("NOTHING_TO_PLAY"));
    expect(() => group.do("seek", { positionMs: 1 })).toThrow(refused("NOTHING_TO_PLAY"));
    expect(group.do("next")).toMatchObject({ playback: null });
  });
});

describe("who is in a group", () => {
  test("32 members and 1,000 listeners, no more", () => {
    const group = Group.begun();
    for (let n = 1; n < limits.members; n++) group.admit(`m${n}`);
    expect(() => group.admit("one more")).toThrow(refused("GROUP_FULL"));
    for (let n = 0; n < limits.listeners; n++) group.admit(`l${n}`, true);
    expect(() => group.admit("one more", true)).toThrow(refused("GROUP_FULL"));
    expect(group.view()).toMatchObject({ listenerCount: 1_000 });
    expect(JSON.stringify({ ...group.view(), queue: undefined }).length).toBeLessThan(5_000);
    expect(JSON.stringify(groupActor.pack(group.state)).length).toBeLessThan(100_000);
    // Who changes from one to the other is in it once.
    group.call("leave", {}, "m1");
    group.admit("l0");
    expect(names(group)).toContain("l0");
    expect(group.view().listenerCount).toBe(999);
  });

  test("those who only listen control nothing; others nothing when the host alone does", () => {
    const group = Group.begun();
    group.admit("b");
    group.admit("l", true);
    expect(() => group.do("play", {}, "l")).toThrow(refused("NOT_ALLOWED"));
    group.do("play", {}, "b");
    expect(() => group.do("control", { control: "host" }, "b")).toThrow(refused("NOT_ALLOWED"));
    group.do("control", { control: "host" });
    expect(() => group.do("pause", {}, "b")).toThrow(refused("NOT_ALLOWED"));
    group.do("pause");
    expect(() => group.do("pause", {}, "stranger")).toThrow(refused("NOT_A_MEMBER"));
    expect(() => group.view("stranger")).toThrow(refused("NOT_A_MEMBER"));
    expect(group.call("may", {}, "stranger")).toEqual({ read: false });
    expect(group.call("may", {}, "l")).toEqual({ read: true });
  });

  test("the host hands over, or who is there longest becomes host when he leaves", () => {
    const group = Group.begun();
    for (const user of ["b", "c", "d"]) group.admit(user);
    expect(() => group.do("handOver", { userId: "c" }, "b")).toThrow(refused("NOT_ALLOWED"));
    expect(() => group.do("handOver", { userId: "nobody" })).toThrow(refused("NOT_A_MEMBER"));
    group.do("handOver", { userId: "c" });
    group.call("leave", {}, "c");
    expect(group.view()).toMatchObject({ hostId: "host" });
    group.call("leave", {}, "host");
    expect(group.view("b")).toMatchObject({ hostId: "b" });
  });

  test("who was sent away may not come back", () => {
    const group = Group.begun();
    group.admit("b");
    group.admit("l", true);
    expect(() => group.do("kick", { userId: "host" }, "b")).toThrow(refused("NOT_ALLOWED"));
    group.do("kick", { userId: "b" });
    group.do("kick", { userId: "l" });
    for (const user of ["b", "l"]) expect(() => group.admit(user)).toThrow(refused("KICKED"));
    expect(names(group)).toEqual(["host"]);
  });

  test("who is silent for 5 minutes is out, a host too; the last one ends it", () => {
    const group = Group.begun();
    for (const user of ["b", "c"]) group.admit(user);
    group.admit("l", true);
    for (let half = 0; half < 11; half++) {
      group.pass(30_000);
      group.call("here", {}, "c");
    }
    expect(group.view("c")).toMatchObject({ hostId: "c", members: [{ userId: "c" }], listenerCount: 0 });
    expect(() => group.call("here", {}, "b")).toThrow(refused("NOT_A_MEMBER"));
    group.pass(minutes(5));
    expect(group.state.life).toBe("ended");
    expect(() => group.call("here", {}, "c")).toThrow(refused("GROUP_ENDED"));
    expect(group.call("may", {}, "c")).toEqual({ read: true });
    expect(() => group.call("peek")).toThrow(refused("NOT_A_MEMBER"));
  });

  test("a loss of the node counts against nobody", () => {
    const group = Group.begun();
    group.onTime = false;
    group.pass(minutes(6));
    group.mirrored();
    group.state.members.forEach((member) => expect(member.heardAt).toBeLessThan(group.now - minutes(5)));
    groupActor.soft?.revived?.(group.state, group.now);
    group.elapse();
    expect(group.state.life).toBe("lives");
  });

  test("after 12 hours it is over, or when the host says so", () => {
    const group = Group.begun();
    for (let n = 0; n < 12 * 60 + 1 && group.state.life === "lives"; n++) {
      group.call("here");
      group.pass(minutes(1));
    }
    expect(group.state.life).toBe("ended");
    const other = Group.begun();
    other.do("end");
    expect(() => other.view()).toThrow(refused("GROUP_ENDED"));
    expect(() => other.admit("late")).toThrow(refused("NOT_A_MEMBER"));
  });
});

describe("a group whose state was lost", () => {
  test("is given back by the host, once", () => {
    const group = lost();
    expect(group.call<HereReply>("here")).toMatchObject({ isNew: true, isMember: false });
    group.admit("host");
    expect(group.call<HereReply>("here")).toMatchObject({ isNew: true, isMember: true });
    group.call("restore", kept(group));
    expect(group.heard).toBe("i1 at 15000");
    expect(group.view()).toMatchObject({ control: "host", isNew: false });
    expect(() => group.call("restore", kept(group))).toThrow(refused("NOT_LOST"));
    expect(() => group.admit("bad")).toThrow(refused("KICKED"));
  });

  test("is given back by a member when the host is away for 10 s, and is that member's when he stays away", () => {
    const group = lost();
    group.admit("b");
    group.admit("l", true);
    expect(() => group.call("restore", kept(group), "b")).toThrow(refused("NOT_ALLOWED"));
    group.pass(limits.hostRestoresMs);
    expect(() => group.call("restore", kept(group), "l")).toThrow(refused("NOT_ALLOWED"));
    group.call("restore", kept(group), "b");
    expect(group.view("b")).toMatchObject({ control: "everyone", hostId: "host" });
    for (let n = 0; n < 6; n++) {
      group.call("here", {}, "b");
      group.pass(minutes(1));
    }
    expect(group.view("b")).toMatchObject({ hostId: "b" });
  });

  test("goes on with what somebody plays, without what was", () => {
    const group = lost();
    group.admit("b");
    group.do("queue", { items: items(1) }, "b");
    expect(group.view("b")).toMatchObject({ isNew: false });
  });

  test("ends when nobody comes back", () => {
    const group = lost();
    group.pass(minutes(5));
    expect(group.state.life).toBe("ended");
  });
});
