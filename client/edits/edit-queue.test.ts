import { afterEach, describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { made, type Playlist } from "../../actors/playlist/testing/playlist.ts";
import { PlaylistRefused, type ApplyAnswer, type EditQueueOptions, type EditReport, type PublicEvent, type StampedOp, type Wish, EditQueue, memoryEditStore } from "./index.ts";

/** Thrown where a client's API would throw ApiError. */
const refusedWith = (status: number, message = "refused") => Object.assign(new Error(message), { status, code: "REFUSED" });
const soon = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** The network between one device and the playlist: what it does is decided by `fate`, call by call. */
class Line {
  readonly playlist: Playlist;
  readonly user: string;
  isUp = true;
  /** The server has forgotten events up to this one. */
  forgotten = 0;
  sent: StampedOp[][] = [];
  fate: () => "answer" | "lose the call" | "lose the answer" | "twice" | "late" = () => "answer";

  constructor(playlist: Playlist, user: string) {
    this.playlist = playlist;
    this.user = user;
  }

  readonly send = async (ops: readonly StampedOp[]): Promise<ApplyAnswer> => {
    await soon();
    const fate = this.isUp ? this.fate() : "lose the call";
    if (fate === "lose the call") throw new Error("no network");
    if (fate === "late") await soon();
    this.sent.push([...ops]);
    const call = () => this.#asApi(() => this.playlist.call<ApplyAnswer>("apply", { ops: JSON.parse(JSON.stringify(ops)) as unknown }, this.user));
    const answer = call();
    if (fate === "twice") return call();
    if (fate === "lose the answer") throw new Error("connection reset");
    return answer;
  };

  readonly opsSince = async (version: number) => {
    await soon();
    if (!this.isUp) throw new Error("no network");
    if (version < this.forgotten) throw refusedWith(410);
    this.#asApi(() => this.playlist.call("get", { items: false }, this.user));
    const ops = JSON.parse(JSON.stringify(this.playlist.told(version).slice(0, 7))) as PublicEvent[];
    return { version: ops.at(-1)?.version ?? version, ops, more: this.playlist.version > (ops.at(-1)?.version ?? version) };
  };

  readonly read = async () => {
    await soon();
    return this.#asApi(() => this.playlist.call<Playlist["view"]>("get", {}, this.user));
  };

  #asApi<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof PlaylistRefused)) throw error;
      throw refusedWith(error.code, error.message);
    }
  }

  async open(device: string, more: Partial<EditQueueOptions> = {}): Promise<EditQueue> {
    const { send, opsSince, read, user, playlist } = this;
    let ids = 0;
    const queue = await EditQueue.open({ view: playlist.call("get", {}, user), userId: user, device, send, opsSince, read, now: () => playlist.now, random: () => 0.5, wait: soon, newId: () => `${device}-${++ids}`, ...more });
    opened.push(queue);
    return queue;
  }
}

const opened: EditQueue[] = [];
/** Those of a test that failed go on trying otherwise. */
afterEach(() => Promise.all(opened.splice(0).map((queue) => queue.close())));

async function caughtUp(queue: EditQueue, playlist: Playlist): Promise<void> {
  for (let turn = 0; turn < 5_000 && queue.version < playlist.version; turn++) await soon();
  expect(queue.version).toBe(playlist.version);
}

const ids = (queue: EditQueue) => queue.items().map(({ itemId }) => itemId).join(" ");

describe("edit queue - offline", () => {
  test("edits show at once, wait, and are sent in order and in batches when the network is back", async () => {
    const playlist = made("abc");
    const line = new Line(playlist, "owner");
    line.isUp = false;
    const queue = await line.open("phone", { batchOps: 2 });
    queue.edit({ type: "add", trackId: "t", itemId: "x", after: "a" });
    queue.edit({ type: "move", itemId: "c", after: null });
    queue.edit({ type: "rename", name: "Offline" });
    queue.edit({ type: "remove", itemId: "b" });
    queue.edit({ type: "add", trackId: "t", itemId: "y", after: "x" });
    expect([ids(queue), queue.meta.name, queue.unsent]).toEqual(["c a x y", "Offline", 5]);
    for (let i = 0; i < 10; i++) await soon();
    expect(playlist.ids.join(" ")).toBe("a b c");
    line.isUp = true;
    queue.retryNow();
    await queue.settled();
    expect(line.sent.map((batch) => batch.map(({ opId }) => opId))).toEqual([["phone-1", "phone-2"], ["phone-3", "phone-4"], ["phone-5"]]);
    expect([playlist.ids.join(" "), playlist.view.name]).toEqual(["c a x y", "Offline"]);
    expect(queue.items()).toEqual(playlist.items);
  });

  test("edits that were kept are there after a restart, and their dots are not used again", async () => {
    const playlist = made("ab");
    const line = new Line(playlist, "owner");
    const store = memoryEditStore();
    line.isUp = false;
    const before = await line.open("phone", { store });
    before.edit({ type: "add", trackId: "t", itemId: "x", after: null });
    await before.close();
    playlist.op({ type: "remove", itemId: "a" });
    line.isUp = true;
    const after = await line.open("phone", { store, newId: () => "second" });
    const second = after.edit({ type: "add", trackId: "t", itemId: "y", after: "x" });
    expect(second.clock).toEqual({ server: playlist.version, phone: 2 });
    expect(ids(after)).toBe("x y b");
    await after.settled();
    expect(playlist.ids.join(" ")).toBe("x y b");
    expect((await store.load())?.ops).toEqual([]);
    await after.close();
  });

  test("what others did at the same time is reported, and so is an edit that a later one has overtaken", async () => {
    const playlist = made("abc", { collaborative: true, public: true });
    const line = new Line(playlist, "friend");
    const reports: EditReport[] = [];
    line.isUp = false;
    const queue = await line.open("phone", { reported: (report) => void reports.push(report) });
    queue.edit({ type: "move", itemId: "a" });
    playlist.now += 60_000;
    playlist.op({ type: "move", opId: "later", itemId: "a", after: "b" });
    line.isUp = true;
    queue.retryNow();
    await queue.settled();
    expect(reports).toMatchObject([{ opId: "phone-1", status: "applied", concurrentWith: ["later"], superseded: true }]);
    expect(ids(queue)).toBe("b a c");
    queue.edit({ type: "move", itemId: "a" });
    await queue.settled();
    expect(reports).toHaveLength(1);
    expect(ids(queue)).toBe("b c a");
  });

  test("an edit that is refused is reported and taken back; the ones after it go on", async () => {
    const playlist = made("a", { collaborative: true, public: true });
    const reports: EditReport[] = [];
    const line = new Line(playlist, "friend");
    line.isUp = false;
    const queue = await line.open("phone", { reported: (report) => void reports.push(report) });
    queue.edit({ type: "rename", name: "Mine" });
    queue.edit({ type: "add", trackId: "t", itemId: "x" });
    expect(queue.meta.name).toBe("Mine");
    line.isUp = true;
    queue.retryNow();
    await queue.settled();
    expect(reports).toMatchObject([{ opId: "phone-1", status: "refused", error: { code: 403, type: "FORBIDDEN" } }]);
    expect([queue.meta.name, ids(queue)]).toEqual(["Mix", "a x"]);
  });

  test("when the playlist may not be read any more, every edit is reported as refused", async () => {
    const playlist = made("a", { collaborative: true, public: true });
    const reports: EditReport[] = [];
    const line = new Line(playlist, "friend");
    const queue = await line.open("phone", { reported: (report) => void reports.push(report) });
    playlist.call("remove");
    queue.edit({ type: "add", trackId: "t" });
    queue.edit({ type: "add", trackId: "t" });
    await queue.settled();
    expect(reports.map(({ status, error }) => [status, error?.code])).toEqual([["refused", 404], ["refused", 404]]);
  });

  test("not more than so many wait", async () => {
    const line = new Line(made("a"), "owner");
    line.isUp = false;
    const queue = await line.open("phone", { maxPending: 3 });
    for (let i = 0; i < 3; i++) queue.edit({ type: "add", trackId: "t" });
    expect(() => queue.edit({ type: "add", trackId: "t" })).toThrow(expect.objectContaining({ type: "LIMIT" }));
    expect(() => queue.edit({ type: "remove", itemId: "nothing" })).toThrow(PlaylistRefused);
    expect(queue.unsent).toBe(3);
  });
});

describe("edit queue - following the list", () => {
  test("events may come twice, out of order, or not at all", async () => {
    const playlist = made("a");
    const line = new Line(playlist, "owner");
    const queue = await line.open("phone");
    const since = playlist.version;
    for (const itemId of "bcdef") playlist.op({ type: "add", itemId, trackId: "t" });
    const [b, c, , e, f] = playlist.told(since).map((event) => ({ version: event.version, ops: [event] }));
    line.isUp = false;
    for (const told of [c, b, b, f, e]) queue.receive(told as { version: number; ops: PublicEvent[] });
    expect(ids(queue)).toBe("a b c");
    line.isUp = true;
    await caughtUp(queue, playlist);
    expect(queue.items()).toEqual(playlist.items);
  });

  test("when the server has forgotten that far back, the list is read again under the edits", async () => {
    const playlist = made("a");
    const line = new Line(playlist, "owner");
    line.isUp = false;
    const queue = await line.open("phone");
    queue.edit({ type: "add", trackId: "t", itemId: "x", after: "a" });
    for (let i = 0; i < 30; i++) playlist.op({ type: "add", itemId: `i${i}`, trackId: "t" });
    line.forgotten = playlist.version - 5;
    line.isUp = true;
    queue.retryNow();
    await queue.settled();
    expect(queue.items()).toEqual(playlist.items);
    expect(ids(queue)).toMatch(/^a x i0 /);
  });
});

describe("edit queue - many devices on a bad network", () => {
  const step = fc.record({ device: fc.nat(2), does: fc.constantFrom("add", "add", "addMany", "remove", "move", "rename", "hear", "switch", "online", "later"), which: fc.nat(20), where: fc.nat(20) });
  const fates = fc.infiniteStream(fc.constantFrom("answer", "answer", "lose the call", "lose the answer", "twice", "late"));

  test("all copies end as the server's; every edit that was acknowledged is in the journal once, and no track vanishes that nobody removed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fates, async (steps, fate) => {
        const playlist = made("abc", { collaborative: true, public: true });
        const users = ["owner", "u1", "u2"];
        const lines = users.map((user) => new Line(playlist, user));
        for (const line of lines) line.fate = () => fate.next().value as ReturnType<Line["fate"]>;
        const refused = new Set<string>();
        const queues = await Promise.all(lines.map((line, i) => line.open(`d${i}`, { batchOps: 3, reported: ({ opId, status }) => void (status === "refused" && refused.add(opId)) })));
        const asked: StampedOp[] = [];
        for (const { device, does, which, where } of steps) {
          const [queue, line] = [queues[device] as EditQueue, lines[device] as Line];
          const there = queue.items().map(({ itemId }) => itemId);
          const itemId = there[which % Math.max(1, there.length)];
          const other = there[where % Math.max(1, there.length)];
          const after = where % 3 === 0 ? {} : { after: where % 3 === 1 || other === undefined ? null : other };
          if (does === "switch") line.isUp = !line.isUp;
          if (does === "later") playlist.now += which;
          if (does === "hear") queue.receive({ version: playlist.version, ops: playlist.told(Math.max(0, playlist.version - where)).toReversed() });
          if (does === "online") playlist.op({ type: "add", trackId: "t", after: null }, users[device]);
          if (does === "add") asked.push(queue.edit({ type: "add", trackId: "t", ...after }));
          if (does === "addMany") asked.push(queue.edit({ type: "addMany", trackIds: ["t", "u"], ...after }));
          if (does === "rename") asked.push(queue.edit({ type: "rename", name: `n${which}` }));
          if (itemId !== undefined && does === "remove") asked.push(queue.edit({ type: "remove", itemId }));
          if (itemId !== undefined && does === "move" && itemId !== other) asked.push(queue.edit({ type: "move", itemId, ...after } satisfies Wish));
          if (which % 4 === 0) await soon();
        }
        for (const line of lines) line.isUp = true;
        await Promise.all(queues.map((queue) => queue.settled()));
        for (const queue of queues) {
          queue.receive({ version: playlist.version, ops: [] });
          await caughtUp(queue, playlist);
          expect(queue.items()).toEqual(playlist.items);
          expect(queue.meta.name).toBe(playlist.view.name);
        }
        const journalled = playlist.journal.map(({ opId }) => opId);
        expect(asked.map(({ opId }) => opId).filter((opId) => !refused.has(opId)).toSorted()).toEqual(journalled.filter((opId) => /^d\d/.test(opId)).toSorted());
        const removed = new Set(asked.flatMap((op) => (op.type === "remove" ? [op.itemId] : [])));
        const added = asked.flatMap((op) => (refused.has(op.opId) ? [] : op.type === "add" ? [op.opId] : op.type === "addMany" ? [`${op.opId}-0`, `${op.opId}-1`] : []));
        const there = new Set(playlist.ids);
        expect(added.filter((id) => !there.has(id) && !removed.has(id))).toEqual([]);
        // Edits of the owner are never refused here but for what was gone; adding always works.
        expect(asked.filter(({ opId, type }) => refused.has(opId) && (type === "add" || type === "addMany"))).toEqual([]);
        await Promise.all(opened.splice(0).map((queue) => queue.close()));
      }),
      { numRuns: 150, timeout: 2_000, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    );
  }, 30_000);
});
