/** What friends see of an account, by the actor alone. */
import { describe, expect, test } from "@jest/globals";
import { factsOf, Presence, track } from "./testing/presence.ts";

const hourMs = 3_600_000;

const popularAt = (followers: number) => {
  const presence = new Presence({ popularAbove: 10, popularUntil: 8 });
  presence.facts = factsOf({ followers });
  presence.says(1, track("a"));
  return presence;
};
const crossings = (presence: Presence) => presence.events.filter((event) => event.type === "informed" && event.crossed).length;

describe("presence - what plays", () => {
  test("is shown, told, and gone when the session says so", () => {
    const presence = new Presence();
    expect(presence.see()).toEqual({ userId: "u1", nowPlaying: null, at: 0, n: 1, popular: false });
    presence.says(1, track("a"));
    expect(presence.see()).toMatchObject({ nowPlaying: track("a"), at: presence.now });
    presence.says(2, null);
    expect(presence.shown).toBeNull();
    expect(presence.told.map(({ type }) => type)).toEqual(["played", "played"]);
  });

  test("an older or repeated word of the session changes nothing", () => {
    const presence = new Presence();
    presence.says(5, track("a"));
    expect(presence.says(4, track("b"))).toBe(false);
    expect(presence.says(5, null)).toBe(false);
    expect(presence.call("playing", { playing: null, private: false, stamp: [0, 900] })).toEqual({ taken: false });
    expect(presence.shown).toBe("a");
    expect(presence.call("playing", { playing: track("c"), private: false, stamp: [2, 1] })).toEqual({ taken: true });
    expect(presence.shown).toBe("c");
    expect(presence.told).toHaveLength(2);
  });

  test("nobody is told twice that nothing plays", () => {
    const presence = new Presence();
    presence.says(1, null);
    presence.says(2, null);
    presence.says(3, null, true);
    expect(presence.told).toHaveLength(1);
  });

  test("is over half a minute after its end when no word comes, and only then", () => {
    const presence = new Presence();
    presence.says(1, track("a", { positionMs: 150_000 }));
    presence.passes(50_000 + 29_999);
    expect(presence.shown).toBe("a");
    presence.passes(1);
    expect(presence.shown).toBeNull();
    expect(presence.told.map(({ type }) => type)).toEqual(["played", "ended"]);
    presence.passes(hourMs);
    expect(presence.events.at(-1)?.type).toBe("ended");
  });

  test("the next track's word puts the end off", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.passes(205_000);
    presence.says(2, track("b", { at: presence.now }));
    presence.passes(200_000);
    expect(presence.shown).toBe("b");
  });

  test("a word that comes when its track must be over shows nothing", () => {
    const presence = new Presence();
    presence.now += hourMs;
    presence.says(1, track("a"));
    expect(presence.state.playing).toBeNull();
    expect(presence.told).toMatchObject([{ type: "played", playing: null }]);
  });

  test("who looks after the end sees nothing, though no timer rang; who listens is told", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.now += hourMs;
    expect(presence.see().nowPlaying).toBeNull();
    expect(presence.told.at(-1)?.type).toBe("ended");
  });
});

describe("presence - what others may see", () => {
  test("sharing off hides at once, and on again shows what plays then", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.informs({ share: false });
    expect(presence.shown).toBeNull();
    expect(presence.told).toHaveLength(2);
    presence.says(2, track("b"));
    presence.says(3, null);
    presence.says(4, track("c"));
    expect(presence.told).toHaveLength(2);
    presence.informs({ share: true });
    expect(presence.shown).toBe("c");
    expect(presence.told).toHaveLength(3);
  });

  test("a private session hides what plays, its end shows it", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.says(2, track("a"), true);
    expect(presence.shown).toBeNull();
    presence.says(3, track("b"), true);
    expect(presence.told).toHaveLength(2);
    expect(JSON.stringify(presence.type.pack(presence.state))).not.toContain("title of");
    presence.says(4, track("b"));
    expect(presence.shown).toBe("b");
  });

  test("a private session with an end ends by itself", () => {
    const presence = new Presence();
    presence.says(1, track("a", { durationMs: 3 * hourMs }));
    presence.informs({ privateUntil: presence.now + hourMs });
    expect(presence.shown).toBeNull();
    presence.passes(hourMs - 1);
    expect(presence.shown).toBeNull();
    presence.passes(1);
    expect(presence.shown).toBe("a");
    expect(presence.told.map(({ type }) => type)).toEqual(["played", "informed", "unhidden"]);
  });

  test("of track and privacy that end at one time nothing is left", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.informs({ privateUntil: presence.now + 230_000 });
    presence.passes(230_000);
    expect(presence.shown).toBeNull();
    expect(presence.events.slice(-2).map(({ type, shows }) => [type, shows])).toEqual([["ended", false], ["unhidden", false]]);
  });

  test("what the table said earlier does not undo what it says now", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.informs({ share: false });
    presence.call("inform", { facts: factsOf({ version: 1 }) });
    expect(presence.shown).toBeNull();
  });

  test("the table is read once, and again when that is long ago", () => {
    const presence = new Presence();
    presence.says(1, track("a", { durationMs: hourMs }));
    presence.see();
    presence.says(2, track("b", { durationMs: hourMs }));
    expect(presence.factsRead).toBe(1);
    presence.passes(10 * 60_000);
    presence.facts = factsOf({ version: 7, share: false });
    expect(presence.shown).toBeNull();
    expect(presence.factsRead).toBe(2);
    expect(presence.told.at(-1)?.type).toBe("informed");
  });
});

describe("presence - moved to another node", () => {
  test("shows the same, after it has read the table again", () => {
    const presence = new Presence();
    presence.says(3, track("a"));
    const before = presence.see();
    presence.moves();
    expect(presence.see()).toEqual({ ...before, n: before.n + 1 });
    expect(presence.says(3, null)).toBe(false);
    expect(presence.factsRead).toBe(2);
  });

  test("shows nothing that was switched off when nobody could tell it", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.moves();
    presence.facts = factsOf({ version: 2, share: false });
    expect(presence.shown).toBeNull();
    expect(presence.told.at(-1)).toMatchObject({ type: "informed" });
  });

  test("friends hear the first word in the new place whatever it is: the mirror may have lacked the last one in the old", () => {
    const presence = new Presence();
    presence.says(1, null);
    presence.moves();
    presence.says(2, null);
    presence.says(3, null);
    expect(presence.told.map(({ type }) => type)).toEqual(["played", "played"]);
  });

  test("what was playing there still comes to its end", () => {
    const presence = new Presence();
    presence.says(1, track("a"));
    presence.moves();
    presence.passes(230_000);
    expect(presence.state.playing).toBeNull();
    expect(presence.told.at(-1)?.type).toBe("ended");
  });

  test("empty is little, playing a few hundred bytes", () => {
    const presence = new Presence();
    expect(JSON.stringify(presence.type.pack(presence.state))).toBe("{}");
    presence.says(1, track("a"));
    expect(JSON.stringify(presence.type.pack(presence.state)).length).toBeLessThan(400);
  });
});

describe("presence - popular accounts", () => {
  test("above the threshold one is popular, and what plays is still there to be read", () => {
    expect(popularAt(10).isPopular).toBe(false);
    const popular = popularAt(11);
    expect(popular.see()).toMatchObject({ popular: true, nowPlaying: { trackId: "a" } });
    expect(crossings(popular)).toBe(1);
  });

  test("the threshold is crossed once, and is lower on the way back", () => {
    const presence = popularAt(10);
    presence.informs({ followers: 11 });
    presence.informs({ followers: 12 });
    presence.informs({ followers: 9 });
    expect(presence.isPopular).toBe(true);
    presence.informs({ followers: 8 });
    expect(presence.isPopular).toBe(false);
    expect(crossings(presence)).toBe(1);
    presence.informs({ followers: 10 });
    expect(presence.isPopular).toBe(false);
  });

  test("one more follower is nothing that friends see", () => {
    const presence = popularAt(3);
    presence.informs({ followers: 4 });
    expect(presence.told).toHaveLength(1);
    expect(presence.events.map((event) => presence.type.soft?.isPassing?.(event))).toEqual([true, false, true]);
  });
});
