import { describe, expect, test } from "@jest/globals";
import { topicProbeMs, topicsProbed } from "../limits.ts";
import { Silence } from "./silence.ts";

const topic = "playlist:p";

describe("silence", () => {
  test("a topic may be heard until a probe of it reached nobody", () => {
    const silence = new Silence();
    expect(silence.mayBeHeard(topic, 1, 0)).toBe(true);
    const probe = silence.probe(topic, 0);
    expect(silence.mayBeHeard(topic, 1, 1)).toBe(true);
    silence.silent(probe ?? 0);
    expect(silence.mayBeHeard(topic, 1, 2)).toBe(false);
    expect(silence.mayBeHeard("playlist:q", 1, 2)).toBe(true);
  });

  test("who is expected is heard, also when a probe under way comes back after", () => {
    const silence = new Silence();
    silence.mayBeHeard(topic, 1, 0);
    const before = silence.probe(topic, 0);
    silence.expect(topic);
    silence.silent(before ?? 0);
    expect(silence.mayBeHeard(topic, 1, 1)).toBe(true);
    silence.silent(before ?? 0);
    expect(silence.mayBeHeard(topic, 1, 1)).toBe(true);
  });

  test("another term knows nothing, also not from a probe of the term before", () => {
    const silence = new Silence();
    silence.mayBeHeard(topic, 1, 0);
    const first = silence.probe(topic, 0);
    silence.silent(first ?? 0);
    expect(silence.mayBeHeard(topic, 2, 1)).toBe(true);
    const second = silence.probe(topic, 1);
    silence.mayBeHeard(topic, 3, 2);
    silence.silent(second ?? 0);
    expect(silence.mayBeHeard(topic, 3, 3)).toBe(true);
  });

  test("a topic is probed once in a while, and silence grows old", () => {
    const silence = new Silence();
    silence.mayBeHeard(topic, 1, 0);
    expect(silence.probe(topic, 0)).toBe(1);
    expect(silence.probe(topic, topicProbeMs - 1)).toBeUndefined();
    silence.silent(1);
    expect(silence.mayBeHeard(topic, 1, topicProbeMs - 1)).toBe(false);
    expect(silence.mayBeHeard(topic, 1, topicProbeMs)).toBe(true);
    expect(silence.probe(topic, topicProbeMs)).toBe(2);
    // The answer to an earlier probe says nothing about this one.
    silence.silent(1);
    expect(silence.mayBeHeard(topic, 1, topicProbeMs)).toBe(true);
  });

  test("what nobody watches is not probed, and what is known is bounded: the oldest goes first", () => {
    const silence = new Silence();
    expect(silence.probe("nobody:asked", 0)).toBeUndefined();
    silence.mayBeHeard("oldest", 1, 0);
    silence.silent(silence.probe("oldest", 0) ?? 0);
    for (let n = 0; n < topicsProbed; n++) silence.mayBeHeard(`t${n}`, 1, 0);
    expect(silence.probe("t0", 0)).toBeDefined();
    expect(silence.probe("oldest", topicProbeMs)).toBeUndefined();
    expect(silence.mayBeHeard("oldest", 1, 1)).toBe(true);
  });
});
