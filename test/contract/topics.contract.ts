/** What every Topics adapter promises. */
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { InvalidKey, StorageUnavailable, type Topics } from "../../storage/index.ts";
import { topicLength, topicMessageBytes } from "../../storage/limits.ts";
import { until } from "../kit/index.ts";

export interface TopicsUnderTest {
  /** Two nodes of one cluster; in one process, the same twice. */
  readonly one: Topics;
  readonly other: Topics;
  close(): Promise<void>;
}

let used = 0;
const fresh = () => `playlist:${used++}`;

export function topicsContract(name: string, start: () => Promise<TopicsUnderTest>): void {
  describe(`topics - ${name}`, () => {
    let under: TopicsUnderTest;
    let one: Topics;
    let other: Topics;

    beforeAll(async () => {
      under = await start();
      ({ one, other } = under);
    });

    afterAll(async () => {
      await one?.close();
      await other?.close();
      await under?.close();
    });

    test("subscribe - every listener of a topic gets a message, in its JSON form, and nobody else does", async () => {
      const topic = fresh();
      const heard: [string, unknown][] = [];
      const ends = [
        await one.subscribe(topic, (message) => heard.push(["one", message])),
        await one.subscribe(topic, (message) => heard.push(["one again", message])),
        await other.subscribe(topic, (message) => heard.push(["other", message])),
        await other.subscribe(fresh(), (message) => heard.push(["another topic", message])),
      ];
      one.publish(topic, { event: "playlist.changed", version: 7, none: undefined, name: "Ünder ☃" });
      await until(() => heard.length >= 3);
      const expected = { event: "playlist.changed", version: 7, name: "Ünder ☃" };
      expect(Object.fromEntries(heard)).toEqual({ one: expected, "one again": expected, other: expected });
      expect(heard.length).toBe(3);
      for (const end of ends) end();
    });

    test("subscribe - nothing published before is heard; nothing after the end, which may be called twice", async () => {
      const topic = fresh();
      const heard: unknown[] = [];
      const stays: unknown[] = [];
      one.publish(topic, "before");
      await one.ping();
      const end = await other.subscribe(topic, (message) => heard.push(message));
      const endOther = await other.subscribe(topic, (message) => stays.push(message));
      one.publish(topic, "during");
      await until(() => stays.includes("during"));
      end();
      end();
      one.publish(topic, "after");
      await until(() => stays.includes("after"));
      expect(heard).toEqual(["during"]);
      endOther();
      // Listening again works after the last has left.
      const endAgain = await other.subscribe(topic, (message) => heard.push(message));
      one.publish(topic, "again");
      await until(() => heard.includes("again"));
      expect(heard).toEqual(["during", "again"]);
      endAgain();
    });

    test("mayBeHeard - only false when nobody listens, and true again for who was expected", async () => {
      const topic = fresh();
      const heard: unknown[] = [];
      const say = (message: string) => {
        if (one.mayBeHeard(topic, 1)) one.publish(topic, message);
      };
      await until(() => {
        say("to nobody");
        return !one.mayBeHeard(topic, 1);
      });
      const end = await other.subscribe(topic, (message) => heard.push(message));
      one.expect(topic);
      expect(one.mayBeHeard(topic, 1)).toBe(true);
      for (let sent = 0; sent < 50; sent++) {
        say(`${sent}`);
        await one.ping();
        expect(one.mayBeHeard(topic, 1)).toBe(true);
      }
      await until(() => heard.length === 50);
      expect(heard).toEqual(Array.from({ length: 50 }, (_, sent) => `${sent}`));
      end();
    });

    test("publish - keeps the order of one publisher, over several topics", async () => {
      const topics = [fresh(), fresh(), fresh()];
      const heard: unknown[] = [];
      const ends = await Promise.all(topics.map((topic) => other.subscribe(topic, (message) => heard.push(message))));
      const sent = Array.from({ length: 3_000 }, (_, number) => number);
      for (const number of sent) one.publish(topics[number % topics.length] ?? "", number);
      await until(() => heard.length >= sent.length);
      expect(heard).toEqual(sent);
      for (const end of ends) end();
    });

    test("publish - calls no listener before it returns", async () => {
      const topic = fresh();
      const heard: unknown[] = [];
      const end = await one.subscribe(topic, (message) => heard.push(message));
      one.publish(topic, 1);
      expect(heard).toEqual([]);
      await until(() => heard.length === 1);
      end();
    });

    test("listeners - one that throws, or changes what it got, harms nobody", async () => {
      const topic = fresh();
      const heard: unknown[] = [];
      const said = jest.spyOn(process, "emitWarning").mockImplementation(() => {});
      const ends = [
        await one.subscribe(topic, (message) => {
          (message as { version: number }).version = 0;
          throw new Error("a listener's own mistake");
        }),
        await one.subscribe(topic, (message) => heard.push(message)),
      ];
      for (const version of [1, 2, 3]) other.publish(topic, { version });
      await until(() => heard.length === 3);
      expect(heard).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }]);
      expect(said.mock.calls).toEqual([[expect.stringContaining("a listener's own mistake"), "TopicListenerFailed"]]);
      said.mockRestore();
      for (const end of ends) end();
      await one.ping();
    });

    test("topics - keep apart whatever their characters mean to a bus", async () => {
      const names = ["playlist:*", "playlist:>", "playlist:a.b", "playlist:a=2Eb", "playlist:A", "playlist:a", ">", "*", "=3A", ":", "session/me~!'()", "x".repeat(topicLength)];
      const heard: unknown[] = [];
      const ends = await Promise.all(names.map((topic) => other.subscribe(topic, (message) => heard.push([topic, message]))));
      for (const topic of names) one.publish(topic, topic);
      await until(() => heard.length >= names.length);
      expect(heard).toEqual(names.map((topic) => [topic, topic]));
      for (const end of ends) end();
    });

    test("bounds - refuses topics and messages that no adapter takes, and carries the largest that is one", async () => {
      const topic = fresh();
      const heard: string[] = [];
      const end = await other.subscribe(topic, (message) => heard.push(message as string));
      const circular: { self?: unknown } = {};
      circular.self = circular;
      for (const bad of ["", "a b", "a\n", "ä", "x".repeat(topicLength + 1)]) {
        expect(() => one.publish(bad, 1)).toThrow(InvalidKey);
        await expect(one.subscribe(bad, () => {})).rejects.toThrow(InvalidKey);
      }
      for (const bad of ["x".repeat(topicMessageBytes), "☃".repeat(topicMessageBytes / 3), undefined, circular, 1n, () => 1]) expect(() => one.publish(topic, bad)).toThrow(InvalidKey);
      const largest = "x".repeat(topicMessageBytes - 2);
      one.publish(topic, largest);
      await until(() => heard.length > 0);
      expect(heard.map(({ length }) => length)).toEqual([largest.length]);
      end();
    });

    test("close - ends every listener; later calls change nothing or say so", async () => {
      const { one: closing, close } = await start();
      const heard: unknown[] = [];
      const topic = fresh();
      const end = await closing.subscribe(topic, (message) => heard.push(message));
      await closing.close();
      closing.publish(topic, 1);
      end();
      await expect(closing.subscribe(topic, () => {})).rejects.toThrow(StorageUnavailable);
      await expect(closing.ping()).rejects.toThrow(StorageUnavailable);
      expect(heard).toEqual([]);
      await close();
    });
  });
}
