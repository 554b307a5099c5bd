import { describe, expect, test } from "@jest/globals";
import { emptyCopy } from "./copy.ts";
import { restorable } from "./restorable.ts";
import type { SessionView } from "./shapes.ts";

const view = (count: number, index: number, idLength = 37): SessionView => ({
  ...emptyCopy,
  index,
  queue: Array.from({ length: count }, (_, n) => ({ itemId: String(n).padStart(idLength, "i"), trackId: String(n).padStart(22, "t"), source: "context" as const })),
});

describe("restorable -", () => {
  test("a short queue is whole", () => {
    const short = view(100, 99);
    expect(restorable(short)).toBe(short);
  });

  test.each([[0, 37], [1_000, 37], [1_999, 37], [1_000, 64]])("of a long one what is around item %i fits into a message", (index, idLength) => {
    const long = view(2_000, index, idLength);
    const part = restorable(long);
    expect(JSON.stringify(part).length).toBeLessThan(50 * 1024);
    expect(part.queue[part.index]).toEqual(long.queue[index]);
    expect(part.index).toBe(Math.min(50, index));
    expect(part.queue.length).toBeGreaterThan(Math.min(300, 2_000 - index));
  });
});
