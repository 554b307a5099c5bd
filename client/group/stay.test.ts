/** Staying in a group over the real actor, in simulated time: with a service that forgets who is in it, and what it played. */
import { describe, expect, test } from "@jest/globals";
import { Group as Actor, items } from "../../actors/group/testing/group.ts";
import { SimulatedTime } from "../clock/testing/simulated-time.ts";
import { ApiError, NetworkError } from "../errors.ts";
import type { Group } from "./calls.ts";
import { memoryOf, Stay } from "./stay.ts";

const code = "ABCD2345";

/** The service: its actor, and whether it is there at all. */
class Service {
  readonly time = new SimulatedTime();
  actor = Actor.begun(items(5, 60_000), { code });
  isAway = false;

  catchUp(): void {
    this.actor.pass(Math.max(0, Actor.epoch + this.time.now - this.actor.now));
  }

  /** Everything that is not in the table is gone. */
  lose(): void {
    this.catchUp();
    const { now, state } = this.actor;
    this.actor = new Actor();
    this.actor.now = now;
    this.actor.call("revive", { code, tokenHash: "hash", hostId: state.hostId, startedAt: state.startedAt, kicked: state.kicked }, null);
  }

  view(user: string): Group {
    this.catchUp();
    const { queue = [], ...view } = this.actor.view(user);
    return { epoch: 1, ...view, queue, link: null };
  }

  async ask<T>(method: string, params: object, user: string): Promise<T> {
    if (this.isAway) throw new NetworkError(new Error("away"));
    this.catchUp();
    try {
      return this.actor.call<T>(method, params, user);
    } catch (error) {
      const { code: status, type, message } = error as { code: number; type: string; message: string };
      throw new ApiError({ status, code: type, message, retryable: false });
    }
  }
}

function staying(service: Service, userId: string, listenOnly = false) {
  if (userId !== "host") service.actor.admit(userId, listenOnly);
  const events: string[] = [];
  const stay = new Stay({
    calls: {
      here: (_groupId, hears) => service.ask("here", hears ?? {}, userId),
      join: async (_groupId, key, more) => {
        expect(key).toEqual({ code });
        await service.ask("admit", { listenOnly: more?.listenOnly }, userId);
        return service.view(userId);
      },
      restore: async (_groupId, memory) => service.ask("restore", { ...memory, queue: memory.queue.map((item) => ({ ...item, durationMs: 60_000 })) }, userId),
    },
    userId,
    listenOnly,
    group: service.view(userId),
    returned: () => events.push("returned"),
    ended: ({ code: why }) => events.push(why),
    after: (ms, run) => service.time.after(ms, run),
  });
  return { stay, events };
}

describe("who stays in a group", () => {
  test("is heard of, and not put out; who cannot be heard of comes back by himself", async () => {
    const service = new Service();
    staying(service, "host");
    const { events } = staying(service, "b");
    await service.time.pass(20 * 60_000);
    expect(service.view("b").members.map(({ userId }) => userId)).toEqual(["host", "b"]);
    // Put out behind his back, as after a long sleep.
    service.actor.call("leave", {}, "b");
    await service.time.pass(31_000);
    expect(events).toEqual(["returned"]);
    expect(service.view("b").members.map(({ userId }) => userId)).toEqual(["host", "b"]);
  });

  test("does not care about a service that is away for a while", async () => {
    const service = new Service();
    const { events } = staying(service, "host");
    service.isAway = true;
    await service.time.pass(4 * 60_000);
    service.isAway = false;
    await service.time.pass(10 * 60_000);
    expect([events, service.actor.state.life]).toEqual([[], "lives"]);
  });

  test("that was sent away, or that ended, hears so once", async () => {
    const service = new Service();
    const host = staying(service, "host");
    const { events, stay } = staying(service, "b");
    service.actor.do("kick", { userId: "b" });
    stay.look();
    await service.time.pass(120_000);
    expect(events).toEqual(["KICKED"]);
    host.stay.take({ ...service.view("host"), life: "ended" });
    await service.time.pass(120_000);
    expect(host.events).toEqual(["GROUP_ENDED"]);
  });
});

describe("a group that the service has lost", () => {
  test("is given back by the host as it was, and who was in it is in it again", async () => {
    const service = new Service();
    const [host, friend, listener] = [staying(service, "host"), staying(service, "b"), staying(service, "l", true)];
    service.actor.do("jump", { itemId: "i2" });
    await service.time.pass(5_000);
    const before = service.view("host");
    for (const { stay } of [host, friend, listener]) stay.take(before);
    service.lose();
    await service.time.pass(31_000);
    expect(service.view("host")).toMatchObject({ isNew: false, hostId: "host", index: 2, playback: before.playback, listenerCount: 1 });
    expect(service.view("host").members.map(({ userId }) => userId).toSorted()).toEqual(["b", "host"]);
    expect([host, friend, listener].map(({ events }) => events)).toEqual([["returned"], ["returned"], ["returned"]]);
  });

  test("is given back by a member while its host is away, after 10 s, and not by one who only listens", async () => {
    const service = new Service();
    const [friend, listener] = [staying(service, "b"), staying(service, "l", true)];
    service.actor.do("play");
    const before = service.view("b");
    for (const { stay } of [friend, listener]) stay.take(before);
    service.lose();
    for (const { stay } of [friend, listener]) stay.look();
    await service.time.pass(9_000);
    expect(service.view("b").isNew).toBe(true);
    await service.time.pass(3_000);
    expect(service.view("b")).toMatchObject({ isNew: false, playback: before.playback });
  });

  test("is tried again when nobody answers, and left alone when somebody was first", async () => {
    const service = new Service();
    const { stay } = staying(service, "host");
    stay.take(service.view("host"));
    service.lose();
    service.actor.admit("host");
    service.isAway = true;
    stay.take(service.view("host"));
    await service.time.pass(5);
    service.isAway = false;
    await service.time.pass(2_000);
    expect(service.view("host")).toMatchObject({ isNew: false, queue: [{ itemId: "i0" }, {}, {}, {}, {}] });
  });

  test("of a long queue, is what lies around its present item", () => {
    const service = new Service();
    const group = { ...service.view("host"), queue: items(500), index: 400 };
    const memory = memoryOf(group);
    expect([memory.queue.length, memory.queue[memory.index]?.itemId]).toEqual([250, "i400"]);
    expect(memoryOf({ ...group, queue: items(3), index: 3 })).toMatchObject({ index: 3, queue: [{ itemId: "i0" }, {}, {}] });
  });
});
