import { describe, expect, test } from "@jest/globals";
import { ChunkAssembler, crossfadeSamples, type ChunkPlan } from "./assembler.ts";

/** A decoded chunk whose every sample says where in the track it lies, plus `bias` to tell tiers apart. */
function decoded(from: number, length: number, bias: number = 0): Float32Array[] {
  return [Float32Array.from({ length }, (_, i) => from + i + bias)];
}

function play(assembler: ChunkAssembler, plan: ChunkPlan, samples: readonly Float32Array[], step: number): number[] {
  assembler.begin(plan);
  const out: number[] = [];
  const [only = new Float32Array(0)] = samples;
  for (let at = 0; at < only.length; at += step) out.push(...(assembler.accept([only.slice(at, at + step)])[0] ?? []));
  assembler.end();
  return out;
}

const plan = (over: Partial<ChunkPlan>): ChunkPlan => ({ tier: "160", lead: 0, samples: 1_000, tail: 256, skip: 0, last: false, ...over });
const count = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("assembler - one tier", () => {
  test.each([1, 7, 64, 1_000, 5_000])("every sample once, whatever the blocks (%i samples each)", (step) => {
    const assembler = new ChunkAssembler();
    const first = play(assembler, plan({}), decoded(0, 1_256), step);
    const second = play(assembler, plan({ lead: 300, tail: 0, samples: 500, last: true }), decoded(700, 900), step);
    expect([...first, ...second]).toEqual(count(0, 1_500));
  });

  test("playback may begin inside a chunk", () => {
    expect(play(new ChunkAssembler(), plan({ lead: 100, skip: 250 }), decoded(900, 1_400), 33)).toEqual(count(1_250, 2_000));
  });

  test("a chunk that is short is an error", () => {
    const assembler = new ChunkAssembler();
    assembler.begin(plan({ lead: 10 }));
    assembler.accept(decoded(0, 1_009));
    expect(() => assembler.end()).toThrow(expect.objectContaining({ code: "CORRUPT" }));
  });

  test("a lossless chunk's last samples come with the next chunk, all of them", () => {
    const assembler = new ChunkAssembler();
    const first = play(assembler, plan({ tier: "flac", tail: 0 }), decoded(0, 1_000), 90);
    expect(first).toEqual(count(0, 1_000 - crossfadeSamples));
    expect(assembler.heldSamples).toBe(crossfadeSamples);
    expect(play(assembler, plan({ tier: "flac", tail: 0, last: true, samples: 200 }), decoded(1_000, 200), 90)).toEqual(count(1_000 - crossfadeSamples, 1_200));
  });
});

describe("assembler - a change of tier", () => {
  const bias = 1_000_000;

  test.each([1, 50, 2_000])("from Vorbis: the new head rises over the old tail for 64 samples (blocks of %i)", (step) => {
    const assembler = new ChunkAssembler();
    play(assembler, plan({}), decoded(0, 1_256), step);
    const second = play(assembler, plan({ tier: "320", lead: 128, tail: 0, last: true }), decoded(872, 1_128, bias), step);
    expect(second).toHaveLength(1_000);
    for (let i = 0; i < crossfadeSamples; i++) expect(second[i]).toBeCloseTo(1_000 + i + bias * ((i + 0.5) / crossfadeSamples), -1);
    expect(second.slice(crossfadeSamples)).toEqual(count(1_000 + crossfadeSamples, 2_000).map((sample) => sample + bias));
  });

  test.each([1, 50, 2_000])("from FLAC: the new lead rises over the held end (blocks of %i)", (step) => {
    const assembler = new ChunkAssembler();
    play(assembler, plan({ tier: "flac", tail: 0 }), decoded(0, 1_000), step);
    const second = play(assembler, plan({ tier: "160", lead: 128, tail: 0, last: true }), decoded(872, 1_128, bias), step);
    expect(second).toHaveLength(1_000 + crossfadeSamples);
    for (let i = 0; i < crossfadeSamples; i++) expect(second[i]).toBeCloseTo(936 + i + bias * ((i + 0.5) / crossfadeSamples), -1);
    expect(second.slice(crossfadeSamples)).toEqual(count(1_000, 2_000).map((sample) => sample + bias));
  });

  test("after a reset nothing of the chunk before sounds", () => {
    const assembler = new ChunkAssembler();
    play(assembler, plan({}), decoded(0, 1_256), 100);
    assembler.reset();
    expect(play(assembler, plan({ tier: "320", tail: 0, last: true }), decoded(5_000, 1_000), 100)).toEqual(count(5_000, 6_000));
  });
});
