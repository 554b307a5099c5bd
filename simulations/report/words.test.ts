import { expect, test } from "@jest/globals";
import { clock, counted, difference, money, ms, number, percent, short, timeOf } from "./words.ts";

test("numbers carry three digits, and what is none is a dash", () => {
  expect([0, 0.0001, 0.12345, 4.5678, 45.678, 456.78, 1_234.5, 9, 1_000_000].map(number)).toEqual(["0", "0.0001", "0.123", "4.57", "45.7", "457", "1,235", "9", "1,000,000"]);
  expect([Number.NaN, undefined, null].map(number)).toEqual(["–", "–", "–"]);
  expect([Infinity, -Infinity].map(number)).toEqual(["∞", "-∞"]);
});

test("large ones by their letter", () => {
  expect([999, 9_999, 12_345, 150_000, 80e6, 12.8e12].map(short)).toEqual(["999", "9,999", "12.3K", "150K", "80M", "12.8T"]);
  expect(money(20_700_000, "$")).toBe("$ 20.7M");
});

test("times in the unit that fits", () => {
  expect([0, 0.0416, 0.25, 1.5, 12.34, 999.6, 1_234, 23_030, Number.NaN].map(ms)).toEqual(["0 ms", "41.6 µs", "250 µs", "1.50 ms", "12.3 ms", "1,000 ms", "1.23 s", "23.0 s", "–"]);
  expect([0, 59.6, 245, 3_723].map(clock)).toEqual(["0:00", "1:00", "4:05", "1:02:03"]);
});

test("parts and differences", () => {
  expect([0, 0.0012, 0.831, 1].map(percent)).toEqual(["0 %", "0.120 %", "83.1 %", "100 %"]);
  expect([0.024, -0.1, 0.0001, 41, Number.NaN].map(difference)).toEqual(["+2.4 %", "-10.0 %", "±0.0 %", "42 times", "–"]);
  expect([counted(1, "run"), counted(2, "run")]).toEqual(["1 run", "2 runs"]);
});

test("hours of a day without seconds, as a clock otherwise", () => {
  expect([0, 64_800, 86_400].map((at) => timeOf(at, 86_400))).toEqual(["0:00", "18:00", "24:00"]);
  expect(timeOf(245, 3_600)).toBe("4:05");
});
