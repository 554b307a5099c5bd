import { expect, test } from "@jest/globals";
import { Stream } from "./stream.ts";

const draw = (stream: Stream, count: number) => Array.from({ length: count }, () => stream.next());

test("a stream is the same for the same seed and names, whatever was drawn elsewhere", () => {
  const one = new Stream(1, "listeners");
  const other = new Stream(1, "listeners");
  draw(other, 1_000);
  expect(draw(one.fork(7), 5)).toEqual(draw(other.fork(7), 5));
  expect(draw(new Stream(1, "listeners", 7), 5)).toEqual(draw(one.fork(7), 5));
});

test("the first numbers are those of every version", () => {
  expect(draw(new Stream(1, "listeners"), 3)).toMatchInlineSnapshot(`
[
  0.19849817912643286,
  0.04413524172188832,
  0.9481481348198029,
]
`);
});

test("near seeds and near names have nothing in common", () => {
  const streams = [new Stream(1), new Stream(2), new Stream(1, "a"), new Stream(1, "b"), new Stream(1, 0), new Stream(1, 1)].map((stream) => draw(stream, 20_000));
  for (const [n, one] of streams.entries()) {
    expect(Math.abs(mean(one) - 0.5)).toBeLessThan(0.01);
    for (const other of streams.slice(n + 1)) expect(Math.abs(correlation(one, other))).toBeLessThan(0.03);
  }
});

test("no number is 1, and no positive one is 0", () => {
  const stream = new Stream(3);
  const drawn = Array.from({ length: 100_000 }, () => [stream.next(), stream.positive()] as const);
  expect(drawn.every(([below, positive]) => below >= 0 && below < 1 && positive > 0 && positive <= 1)).toBe(true);
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const correlation = (one: readonly number[], other: readonly number[]) => 12 * (one.reduce((sum, value, n) => sum + value * (other[n] ?? 0), 0) / one.length - mean(one) * mean(other));
