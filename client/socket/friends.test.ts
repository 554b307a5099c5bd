import { describe, expect, test } from "@jest/globals";
import { FriendsView, type FriendActivity } from "./friends.ts";

const activity = (userId: string, n: number, more: Partial<FriendActivity> = {}): FriendActivity => ({ userId, nowPlaying: null, at: n, epoch: 1, n, ...more });

function watched() {
  const view = new FriendsView();
  const told: string[] = [];
  const options = { onFriends: (friends: ReadonlyMap<string, FriendActivity>, changed: readonly string[]) => void told.push(`${[...friends.values()].map(({ userId, n }) => `${userId}${n}`).join(" ")} | ${changed.join(" ")}`) };
  return { view, told, options, remove: view.add(options) };
}

describe("friends -", () => {
  test("a snapshot, then changes, alone or several in one message", () => {
    const { view, told } = watched();
    view.push({ event: "presence.snapshot", friends: [activity("a", 1), activity("b", 1)] });
    view.push({ event: "presence.changed", ...activity("a", 2) });
    view.push({ event: "presence.changes", changes: [activity("b", 2), activity("a", 3), activity("c", 1)] });
    expect(told).toEqual(["a1 b1 | a b", "a2 b1 | a", "a3 b2 c1 | b a c"]);
  });

  test("what is old or repeated is not told; another snapshot replaces all and tells what is other", () => {
    const { view, told } = watched();
    view.push({ event: "presence.snapshot", friends: [activity("a", 2), activity("b", 1)] });
    view.push({ event: "presence.changed", ...activity("a", 2) });
    view.push({ event: "presence.changed", ...activity("a", 9, { epoch: 0 }) });
    view.push({ event: "presence.snapshot", friends: [activity("a", 2), activity("c", 1)] });
    expect(told.slice(1)).toEqual(["a2 c1 | c b"]);
    view.push({ event: "presence.snapshot", friends: [activity("a", 2), activity("c", 1)] });
    expect(told.at(-1)).toBe("a2 c1 | ");
  });

  test("who became popular is gone", () => {
    const { view, told } = watched();
    view.push({ event: "presence.snapshot", friends: [activity("a", 1)] });
    for (let times = 0; times < 2; times++) view.push({ event: "presence.changed", ...activity("a", 2, { popular: true }) });
    expect(told).toEqual(["a1 | a", " | a"]);
  });

  test("who watches later is told what is known, who has ended nothing more", () => {
    const { view, told, options, remove } = watched();
    view.push({ event: "presence.snapshot", friends: [activity("a", 1)] });
    const removeLater = view.add(options);
    expect(told).toEqual(["a1 | a", "a1 | a"]);
    expect([remove(), removeLater()]).toEqual([true, false]);
    view.push({ event: "presence.changed", ...activity("a", 2) });
    expect(told.length).toBe(2);
  });
});
