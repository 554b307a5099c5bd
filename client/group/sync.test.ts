/** Members of a group hear the same within 50 ms, in simulated time: clocks that are wrong by minutes, ways of up to 200 ms, sound cards that drift. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { items } from "../../actors/group/testing/group.ts";
import { SimulatedTime } from "../clock/testing/simulated-time.ts";
import { SimulatedGroup, type MemberFaults } from "./testing/members.ts";

const good: MemberFaults = { skewMs: 0, drift: 0, wayMs: () => 20, loadMs: () => 50, missMs: () => 0 };
const started = (over: Partial<MemberFaults>[], queue = items(5, 60_000)) => {
  const time = new SimulatedTime();
  const group = new SimulatedGroup(time, queue);
  for (const faults of over) group.join({ ...good, ...faults });
  return { time, group };
};
/** How far each member is from the group, ms; null: silent where it should sound, or the other way round. */
const off = (group: SimulatedGroup) => group.members.map(({ player }) => {
  const heard = player.heard();
  const { truth } = group;
  if (heard === null || truth === null) return heard === null && truth === null ? 0 : null;
  return heard.itemId === truth.itemId ? heard.positionMs - truth.positionMs : null;
});

describe("members of a group", () => {
  test("start together, not before the common time", async () => {
    const { time, group } = started([{ skewMs: 90_000 }, { skewMs: -300_000, wayMs: () => 200 }]);
    await time.pass(5_000);
    group.do("play");
    await time.pass(399);
    expect(group.members.map(({ player }) => player.heard())).toEqual([null, null]);
    await time.pass(11);
    for (const ms of off(group)) expect(Math.abs(ms ?? Infinity)).toBeLessThan(1);
    expect(group.members.map(({ player }) => player.starts.length)).toEqual([1, 1]);
  });

  test("pause as soon as they hear of it, and go on where it was", async () => {
    const { time, group } = started([{}, { skewMs: 5_000 }]);
    await time.pass(3_000);
    group.do("play");
    await time.pass(10_000);
    group.do("pause");
    await time.pass(21);
    expect(group.members.map(({ player, sync }) => [player.heard(), sync.state.status])).toEqual([[null, "paused"], [null, "paused"]]);
    group.do("play");
    await time.pass(1_000);
    expect(group.truth?.positionMs).toBe(10_200);
    for (const ms of off(group)) expect(Math.abs(ms ?? Infinity)).toBeLessThan(1);
  });

  test("come in where the others are, however late", async () => {
    const { time, group } = started([{}]);
    await time.pass(3_000);
    group.do("play");
    await time.pass(83_000);
    const late = group.join({ ...good, skewMs: 200_000, loadMs: () => 900 });
    await time.pass(1_500);
    expect(late.player.heard()?.itemId).toBe("i1");
    for (const ms of off(group)) expect(Math.abs(ms ?? Infinity)).toBeLessThan(1);
    await time.pass(5_000);
    expect(late.player.starts).toHaveLength(1);
  });

  test("run from track to track without being started again", async () => {
    const { time, group } = started([{}, { wayMs: () => 200 }], items(4, 20_000));
    await time.pass(3_000);
    group.do("play");
    for (let n = 0; n < 70; n++) {
      await time.pass(1_000);
      if (n > 1) for (const ms of off(group)) expect(Math.abs(ms ?? Infinity)).toBeLessThan(1);
    }
    expect(group.truth?.itemId).toBe("i3");
    expect(group.members.map(({ player }) => player.starts.length)).toEqual([1, 1]);
  });

  test("that were started wrongly are corrected, every 2 s at most; those that drift, now and then", async () => {
    const misses = [120, -90, 60, 0];
    const { time, group } = started([{ missMs: () => misses.shift() ?? 0 }, { drift: 4e-4 }], items(1, 3_600_000));
    await time.pass(3_000);
    group.do("play");
    await time.pass(60_000);
    const [wrong, drifting] = group.members;
    const pauses = (wrong?.player.starts ?? []).slice(1).map((at, n) => at - (wrong?.player.starts[n] ?? 0));
    expect(pauses).toHaveLength(3);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(2_000);
    for (let n = 0; n < 600; n++) {
      await time.pass(1_000);
      expect(Math.abs(off(group)[1] ?? 0)).toBeLessThan(25);
    }
    // 20 ms at 0.4 ms a second.
    expect(drifting?.player.starts.length).toBeGreaterThan(9);
    expect(drifting?.player.starts.length).toBeLessThan(16);
  });

  test("who may not hear a track is silent, says so, and comes in with the next", async () => {
    const { time, group } = started([{}, {}], items(2, 10_000));
    const [, poor] = group.members;
    poor?.player.refused.add("i0");
    await time.pass(3_000);
    group.do("play");
    await time.pass(5_000);
    expect(poor?.sync.state).toEqual({ status: "silent", offMs: null });
    expect(poor?.player.starts).toHaveLength(1);
    expect(off(group)).toEqual([expect.closeTo(0), null]);
    await time.pass(7_000);
    for (const ms of off(group)) expect(Math.abs(ms ?? Infinity)).toBeLessThan(1);
    expect(poor?.sync.state.status).toBe("together");
  });

  test("stop when there is nothing, and do nothing before they know the time", async () => {
    const { time, group } = started([{ wayMs: () => 900 }], items(1, 2_000));
    group.do("play");
    await time.pass(1_000);
    expect(group.members[0]?.sync.state.status).toBe("waiting");
    await time.pass(4_000);
    expect(group.members[0]?.sync.state.status).toBe("idle");
    expect(group.members[0]?.player.heard()).toBeNull();
  });
});

test("whatever is pressed, and whatever their clocks, ways and sound cards are, members are within 50 ms of each other when they have settled", async () => {
  const member = fc.record({ skewMs: fc.integer({ min: -900_000, max: 900_000 }), drift: fc.double({ min: -3e-4, max: 3e-4, noNaN: true }), way: fc.integer({ min: 1, max: 200 }), jitter: fc.integer({ min: 0, max: 10 }), load: fc.integer({ min: 0, max: 700 }), seed: fc.nat() });
  const press = fc.record({ type: fc.constantFrom("play", "play", "pause", "seek", "next", "previous", "jump", "queue", "remove"), positionMs: fc.nat(25_000), of: fc.nat(7), afterMs: fc.integer({ min: 0, max: 6_000 }) });
  let settledPlaying = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(member, { minLength: 2, maxLength: 4 }), fc.array(press, { minLength: 1, maxLength: 8 }), async (members, presses) => {
      const time = new SimulatedTime();
      const group = new SimulatedGroup(time, items(8, 26_000));
      let hasSettled = false;
      const join = (one: (typeof members)[number]) => {
        let state = one.seed + 1;
        const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
        let misses = 2;
        group.join({ skewMs: one.skewMs, drift: one.drift, wayMs: () => one.way + random() * one.jitter, loadMs: () => random() * one.load, missMs: () => (!hasSettled && misses-- > 0 ? (random() - 0.5) * 200 : 0) });
      };
      const [late, ...early] = members;
      for (const one of early) join(one);
      await time.pass(2_000);
      let made = 100;
      for (const { type, positionMs, of, afterMs } of presses) {
        const { queue = [] } = group.view;
        const itemId = queue[of % Math.max(1, queue.length)]?.itemId ?? "none";
        try {
          group.do(type, { positionMs, items: items(1, 26_000, (made += 1)), itemIds: [itemId], ...(type === "jump" ? { itemId } : {}) });
        } catch (error) {
          expect(error).toMatchObject({ name: "GroupRefused" });
        }
        await time.pass(afterMs);
      }
      if (late !== undefined) join(late);
      await time.pass(15_000);
      hasSettled = true;
      await time.pass(15_000);
      let silences = 0;
      for (let n = 0; n < 40; n++) {
        await time.pass(500);
        const { truth } = group;
        // Within a moment of a join some hear the one track and some the next: counted from the same beginning.
        const heard = group.members.map(({ player }) => player.heard());
        if (truth === null || truth.positionMs < 200 || truth.positionMs > 25_800) continue;
        settledPlaying += 1;
        const sounding = heard.filter((one) => one !== null);
        expect(sounding.map(({ itemId }) => itemId)).toEqual(sounding.map(() => truth.itemId));
        const positions = sounding.map((one) => one.positionMs);
        expect(Math.max(...positions) - Math.min(...positions)).toBeLessThanOrEqual(50);
        // Silent is who is being corrected, for a moment and not often.
        group.members.forEach(({ sync }, at) => {
          if (heard[at] !== null) return;
          expect(sync.state.status).toBe("starting");
          silences += 1;
        });
      }
      expect(silences).toBeLessThanOrEqual(3 * group.members.length);
      for (const { player, clock } of group.members) {
        // Never corrected more often than every 2 s; commands come as they come.
        expect(player.starts.length).toBeLessThan(presses.length + 16);
        clock.end();
      }
    }),
    { numRuns: 60 },
  );
  expect(settledPlaying).toBeGreaterThan(100);
}, 60_000);
