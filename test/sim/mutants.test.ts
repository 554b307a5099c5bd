import { describe, expect, test } from "@jest/globals";
import { logMutants, type Mutant } from "./mutants.ts";
import { playlistMutants } from "./playlist/mutants.ts";
import { reminderMutants } from "./reminders/mutants.ts";
import { softMutants } from "./soft/mutants.ts";
import { simulate } from "./world.ts";

/** Each planted bug is found within so many seeds. */
const seeds = 60;

describe("simulation - planted bugs are caught:", () => {
  test.each(Object.entries({ ...logMutants, ...playlistMutants, ...reminderMutants, ...softMutants }))("%s", async (_name, mutant: Mutant) => {
    const { checkers = [] } = mutant;
    const caught = new Set<string>();
    let seed = 0;
    while (seed < seeds && !checkers.some((checker) => caught.has(checker))) {
      seed += 1;
      for (const { checker } of (await simulate(seed, { mutant })).violations) caught.add(checker);
    }
    expect([...caught].filter((checker) => checkers.includes(checker))).not.toEqual([]);
  });
});
