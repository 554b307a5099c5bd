/** What every Mirror promises. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InvalidKey, type Mirror, type MirrorEntry } from "../../storage/index.ts";
import { journalActorLength, mirrorBodyBytes, mirrorEntries } from "../../storage/limits.ts";
import { expectOutage, type Outage } from "./outage.ts";

export interface MirrorUnderTest {
  /** The mirror as another node opens it. */
  open(): Promise<Mirror>;
  close(): Promise<void>;
}

export const freshActor = () => `session/${randomUUID().slice(0, 8)}`;

/** The suite; `outage` takes its server away, where there is one. */
export function mirrorContract(name: string, start: () => Promise<MirrorUnderTest>, outage?: Outage): void {
  describe(`mirror - ${name}`, () => {
    let under: MirrorUnderTest;
    let mirror: Mirror;
    let other: Mirror;

    beforeAll(async () => {
      under = await start();
      [mirror, other] = await Promise.all([under.open(), under.open()]);
    });

    afterAll(() => under?.close());

    test("load - answers what was saved, on any node, and undefined for what was not", async () => {
      const [actor, empty] = [freshActor(), freshActor()];
      await mirror.save([{ actor, epoch: 3, n: 2 ** 52, body: '{"a":"☃ \\" \\\\ \n é"}' }, { actor: empty, epoch: 0, n: 0, body: "" }]);
      expect(await other.load(actor)).toEqual({ epoch: 3, n: 2 ** 52, body: '{"a":"☃ \\" \\\\ \n é"}' });
      expect(await other.load(empty)).toEqual({ epoch: 0, n: 0, body: "" });
      expect(await mirror.load(freshActor())).toBeUndefined();
      await mirror.save([]);
    });

    test("save - replaces what is earlier, by the epoch first, and nothing else", async () => {
      const actor = freshActor();
      const save = (epoch: number, n: number) => mirror.save([{ actor, epoch, n, body: `${epoch}.${n}` }]);
      for (const [epoch, n, kept] of [[2, 5, "2.5"], [2, 4, "2.5"], [1, 99, "2.5"], [2, 10, "2.10"], [3, 1, "3.1"], [2, 11, "3.1"], [10, 0, "10.0"], [9, 100, "10.0"]] as const) {
        await save(epoch, n);
        expect((await other.load(actor))?.body).toBe(kept);
      }
      await other.save([{ actor, epoch: 10, n: 0, body: "the same again, as if its outcome had been unknown" }]);
      expect((await mirror.load(actor))?.body).toBe("10.0");
    });

    test("save - of null forgets, and what is earlier or as late does not come back", async () => {
      const actor = freshActor();
      await mirror.save([{ actor, epoch: 1, n: 5, body: "kept" }]);
      await mirror.save([{ actor, epoch: 1, n: 4, body: null }]);
      expect(await mirror.load(actor)).toEqual({ epoch: 1, n: 5, body: "kept" });
      await mirror.save([{ actor, epoch: 1, n: 5, body: null }]);
      expect(await mirror.load(actor)).toBeUndefined();
      await other.save([{ actor, epoch: 1, n: 3, body: "late" }]);
      await other.save([{ actor, epoch: 1, n: 5, body: "late" }]);
      expect(await mirror.load(actor)).toBeUndefined();
      await other.save([{ actor, epoch: 1, n: 6, body: "again" }]);
      expect(await mirror.load(actor)).toEqual({ epoch: 1, n: 6, body: "again" });
      const never = freshActor();
      await mirror.save([{ actor: never, epoch: 2, n: 0, body: null }]);
      await mirror.save([{ actor: never, epoch: 1, n: 9, body: "late" }]);
      expect(await mirror.load(never)).toBeUndefined();
    });

    test("save - of one actor several times in one call keeps the latest", async () => {
      const actor = freshActor();
      await mirror.save([{ actor, epoch: 1, n: 2, body: "b" }, { actor, epoch: 2, n: 1, body: "c" }, { actor, epoch: 1, n: 3, body: "a" }]);
      expect(await mirror.load(actor)).toEqual({ epoch: 2, n: 1, body: "c" });
      await mirror.save([{ actor, epoch: 2, n: 2, body: null }, { actor, epoch: 2, n: 2, body: "d" }]);
      expect(await mirror.load(actor)).toBeUndefined();
    });

    test("save - by several nodes at once, in any order: the latest of each actor stays", async () => {
      const actors = Array.from({ length: 20 }, freshActor);
      const entries = actors.flatMap((actor, of) =>
        Array.from({ length: 60 }, (_, at): MirrorEntry => ({ actor, epoch: 1 + Math.floor(at / 20), n: at % 20, body: at === 59 && of % 4 === 0 ? null : `${at}` })),
      );
      let random = 11;
      const shuffled = entries.map((entry) => ({ entry, at: (random = (random * 48_271) % 2_147_483_647) })).toSorted((a, b) => a.at - b.at).map(({ entry }) => entry);
      const batches = Array.from({ length: 40 }, (_, n) => shuffled.filter((_entry, at) => at % 40 === n));
      await Promise.all(batches.map((batch, n) => (n % 2 === 0 ? mirror : other).save(batch)));
      for (const [of, actor] of actors.entries()) expect(await mirror.load(actor)).toEqual(of % 4 === 0 ? undefined : { epoch: 3, n: 19, body: "59" });
    });

    test("save - carries many entries, and large ones", async () => {
      const large = "é".repeat(mirrorBodyBytes / 2);
      const entries = Array.from({ length: mirrorEntries }, (_, at): MirrorEntry => ({ actor: freshActor(), epoch: 1, n: at, body: at % 100 === 0 ? large : `${at}` }));
      await mirror.save(entries);
      const kept = await Promise.all(entries.map(({ actor }) => other.load(actor)));
      expect(kept.every((one, at) => one?.n === at && one.body === entries[at]?.body)).toBe(true);
    });

    test("bounds - refuses what is malformed or too much, and keeps nothing of that call", async () => {
      const [actor, good] = [freshActor(), freshActor()];
      const whole: MirrorEntry = { actor, epoch: 1, n: 1, body: "x" };
      const bad: Partial<Record<keyof MirrorEntry, unknown>>[] = [
        { actor: "" }, { actor: "x".repeat(journalActorLength + 1) }, { actor: "a\0b" }, { actor: "\ud800" },
        ...[-1, 1.5, Number.NaN, 2 ** 60].flatMap((number) => [{ epoch: number }, { n: number }]),
        { body: "a\0b" }, { body: "\ud800" }, { body: "x".repeat(mirrorBodyBytes + 1) }, { body: "é".repeat(mirrorBodyBytes / 2 + 1) },
      ];
      for (const wrong of bad) await expect(mirror.save([{ ...whole, actor: good }, { ...whole, ...wrong } as MirrorEntry])).rejects.toThrow(InvalidKey);
      await expect(mirror.save(Array.from({ length: mirrorEntries + 1 }, () => ({ ...whole, actor: good })))).rejects.toThrow(InvalidKey);
      await expect(mirror.load("")).rejects.toThrow(InvalidKey);
      expect(await mirror.load(good)).toBeUndefined();
      expect(await mirror.load(actor)).toBeUndefined();
    });

    test("clear - forgets everything, also what it forgot; then anything is taken", async () => {
      const [actor, gone] = [freshActor(), freshActor()];
      await mirror.save([{ actor, epoch: 5, n: 5, body: "new" }, { actor: gone, epoch: 5, n: 5, body: null }]);
      await other.clear();
      expect(await mirror.load(actor)).toBeUndefined();
      await mirror.save([{ actor, epoch: 1, n: 1, body: "old" }, { actor: gone, epoch: 1, n: 1, body: "old" }]);
      expect(await mirror.load(actor)).toEqual({ epoch: 1, n: 1, body: "old" });
      expect(await mirror.load(gone)).toEqual({ epoch: 1, n: 1, body: "old" });
    });

    if (outage === undefined) return;

    test("outage - fails quickly while the server is away, works again with it", async () => {
      const actor = freshActor();
      await mirror.save([{ actor, epoch: 1, n: 1, body: "a" }]);
      await expectOutage(outage, [() => mirror.save([{ actor, epoch: 1, n: 2, body: "b" }]), () => mirror.load(actor), () => mirror.clear()]);
      await mirror.save([{ actor, epoch: 1, n: 3, body: "c" }]);
      expect(await mirror.load(actor)).toEqual({ epoch: 1, n: 3, body: "c" });
    });
  });
}
