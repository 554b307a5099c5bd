/** What a device shows before the session has answered (client/device) is what the session then decides. */
import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { afterWish, wireOf, type SessionView, type SessionWish } from "../../client/index.ts";
import { Session, trackMs } from "./testing/session.ts";

const track = fc.constantFrom("t1", "t2", "t3", "t4");
const at = fc.nat(9);
/** A wish; items are named by their place in the queue of the moment. */
const wishes = fc.array(
  fc.record({
    by: fc.constantFrom("a", "b"),
    passMs: fc.constantFrom(0, 500, 5_000),
    wish: fc.oneof(
      fc.record({ type: fc.constant("list" as const), trackIds: fc.array(track, { minLength: 1, maxLength: 5 }), index: fc.nat(4), positionMs: fc.constantFrom(0, 1_000) }),
      fc.record({ type: fc.constantFrom("pause" as const, "resume" as const, "next" as const, "previous" as const) }),
      fc.record({ type: fc.constant("seek" as const), positionMs: fc.nat(trackMs) }),
      fc.record({ type: fc.constantFrom("jump" as const, "remove" as const), at }),
      fc.record({ type: fc.constant("move" as const), at, to: at }),
      fc.record({ type: fc.constantFrom("playNext" as const, "enqueue" as const), trackIds: fc.array(track, { minLength: 1, maxLength: 2 }) }),
      fc.record({ type: fc.constantFrom("shuffle" as const, "private" as const), on: fc.boolean() }),
      fc.record({ type: fc.constant("repeat" as const), repeat: fc.constantFrom("off" as const, "all" as const, "one" as const) }),
      fc.record({ type: fc.constant("volume" as const), volume: fc.constantFrom(0.25, 0.5), target: fc.constantFrom("a", "b") }),
      fc.record({ type: fc.constant("transfer" as const), target: fc.constantFrom("a", "b") }),
    ),
  }),
  { minLength: 1, maxLength: 20 },
);

type Given = (typeof wishes extends fc.Arbitrary<infer All> ? All : never) extends readonly (infer One)[] ? (One extends { wish: infer Wish } ? Wish : never) : never;

function named(given: Given, { queue, index }: SessionView): SessionWish | undefined {
  if (given.type === "list") return { ...given, index: given.index % given.trackIds.length, context: null };
  if (given.type === "jump" || given.type === "remove") {
    const item = queue[given.at % Math.max(1, queue.length)];
    // Nothing on the page removes what plays.
    return item === undefined || (given.type === "remove" && queue[index] === item) ? undefined : { type: given.type, itemId: item.itemId };
  }
  if (given.type !== "move") return given as SessionWish;
  const item = queue[given.at % Math.max(1, queue.length)];
  const after = queue[given.to % (queue.length + 1)];
  return item === undefined ? undefined : { type: "move", itemId: item.itemId, after: after?.itemId ?? null };
}

const shown = ({ activeDeviceId, devices, playback, shuffle, repeat, queue, index, private: isPrivate }: SessionView, isOrdered: boolean) => ({
  activeDeviceId, shuffle, repeat, isPrivate,
  volumes: devices.map(({ deviceId, volume }) => [deviceId, volume]),
  playing: playback === null ? null : { itemId: playback.itemId, isPlaying: playback.isPlaying, positionMs: Math.round(playback.positionMs), at: playback.at },
  current: queue[index]?.itemId,
  queue: isOrdered ? queue.map(({ itemId, source }) => [itemId, source]) : queue.map(({ itemId }) => itemId).toSorted(),
});

test("a wish shows at once what the session makes of it", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(wishes, (all) => {
      const session = new Session();
      const view = () => ({ ...session.call<Omit<SessionView, "epoch">>("get"), epoch: 1 });
      for (const deviceId of ["a", "b"]) session.register(deviceId);
      for (const [n, { by, passMs, wish: given }] of all.entries()) {
        session.now += passMs;
        const before = view();
        const wish = named(given, before);
        if (wish === undefined) continue;
        const opId = `w${n}`;
        let command: object = {};
        void wireOf((_action, params) => {
          command = params;
          return new Promise(() => undefined);
        }, by, () => Promise.resolve()).calls.command({ opId, wish, isDone: true });
        try {
          session.call("command", { ...command, durations: { t1: trackMs, t2: trackMs, t3: trackMs, t4: trackMs } });
        } catch (error) {
          expect(error).toMatchObject({ name: "SessionRefused" });
          continue;
        }
        seen.add(wish.type);
        const predicted = afterWish(before, wish, { opId, me: by, now: session.now, durationOf: () => trackMs });
        // By which chance a queue is shuffled is the session's secret.
        const isOrdered = !(view().shuffle && (wish.type === "list" || wish.type === "shuffle")) && !(wish.type === "shuffle" && !wish.on);
        expect({ wish, ...shown(predicted, isOrdered) }).toEqual({ wish, ...shown(view(), isOrdered) });
      }
    }),
    { numRuns: 400 },
  );
  expect(seen.size).toBe(16);
});
