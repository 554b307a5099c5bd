import { expect, test } from "@jest/globals";
import { Loops } from "./loops.ts";

test("a loop's share is of the time since it was asked for last; silence is work, and a new process begins anew", () => {
  const loops = new Loops();
  const shares = [{ busyS: 10, atS: 100 }, { busyS: 10.5, atS: 101 }, { busyS: 10.5, atS: 101 }, { busyS: 12.5, atS: 103 }, { busyS: 0.1, atS: 0.4 }].map((time) => loops.share("node-1", time));
  expect(shares).toEqual([0.1, 0.5, 1, 1, 0.25]);
});
