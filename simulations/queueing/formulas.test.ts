import { describe, expect, test } from "@jest/globals";
import { erlangB, erlangC, forkJoinMeanS, ggcMeanWaitS, InvalidLoad, mg1MeanWaitS, mm1k, mmcMaxUtilisation, mmcMeanWaitS, mmcSojournQuantileS, mmcSojournTail, mmcWaitQuantileS, mmcWaitTail, priorityMeanWaitsS } from "./formulas.ts";
import { fluidBacklog, qualityFor, serversFor, squareRootServers } from "./staffing.ts";

/** Services of 1 s. */
const at = (rho: number, servers = 1) => ({ arrivalsPerS: rho * servers, serviceS: 1, servers });

describe("queueing -", () => {
  test("the share that waits is that of the published tables", () => {
    expect(erlangC(4, 2.8)).toBeCloseTo(0.428654, 6);
    expect(erlangC(1, 0.8)).toBeCloseTo(0.8, 12);
    expect(erlangB(2, 1)).toBeCloseTo(0.2, 12);
    expect([erlangB(3, 0), erlangC(3, 3), erlangC(10_000, 9_900)].map((share) => share >= 0 && share <= 1)).toEqual([true, true, true]);
  });

  test("percentiles of the wait of a pool fall with its size", () => {
    const waits = (rho: number) => [1, 4, 16, 64].map((servers) => Math.round(mmcWaitQuantileS(at(rho, servers), 0.99) * 10) / 10);
    expect(waits(0.7)).toEqual([14.2, 3.1, 0.5, 0]);
    expect(waits(0.9)).toEqual([45, 10.9, 2.5, 0.5]);
    expect(mmcWaitTail(at(0.7, 4), mmcWaitQuantileS(at(0.7, 4), 0.99))).toBeCloseTo(0.01, 12);
  });

  test("one server keeps 99 % below 4.605 services over what is idle", () => {
    expect([0.5, 0.7, 0.8, 0.9].map((rho) => Math.round(mmcSojournQuantileS(at(rho), 0.99) * 10) / 10)).toEqual([9.2, 15.4, 23, 46.1]);
    expect(mmcSojournTail({ arrivalsPerS: 1, serviceS: 1, servers: 2 }, 2)).toBeCloseTo(Math.exp(-2) * (1 + erlangC(2, 1) * 2), 9);
    const servers = 4;
    const rho = mmcMaxUtilisation({ servers, serviceS: 0.2, p: 0.99, budgetS: 1 });
    expect(mmcSojournQuantileS({ arrivalsPerS: (rho * servers) / 0.2, serviceS: 0.2, servers }, 0.99)).toBeCloseTo(1, 6);
    expect(mmcMaxUtilisation({ servers, serviceS: 0.5, p: 0.99, budgetS: 1 })).toBe(0);
  });

  test("waits follow from how uneven service is", () => {
    expect(mg1MeanWaitS(at(0.7), 4)).toBeCloseTo(5.8333, 4);
    expect(mg1MeanWaitS(at(0.8), 1)).toBeCloseTo(mmcMeanWaitS(at(0.8)), 12);
    expect(ggcMeanWaitS(at(0.7), 1, 4)).toBeCloseTo(mg1MeanWaitS(at(0.7), 4), 12);
    expect([mg1MeanWaitS(at(1), 1), mmcMeanWaitS(at(1.2, 4))]).toEqual([Infinity, Infinity]);
  });

  test("a full queue refuses, also at and above saturation", () => {
    expect(mm1k(at(1), 4).blocked).toBeCloseTo(0.2, 12);
    expect(mm1k(at(0.5), 3).blocked).toBeCloseTo(0.125 / 1.875, 12);
    expect(mm1k(at(2), 3).blocked).toBeCloseTo(8 / 15, 12);
    expect(mm1k(at(2), 3).meanInside).toBeCloseTo((2 + 8 + 24) / 15, 12);
    expect(mm1k(at(1e3), 1_000).throughputPerS).toBeCloseTo(1, 9);
    expect(mm1k(at(0.8), 500).meanWaitS).toBeCloseTo(4, 9);
  });

  test("classes share what one queue would wait, by the work they bring", () => {
    const load = { arrivalsPerS: 0.4, serviceS: 1, cs2: 1 };
    const [first = 0, second = 0] = priorityMeanWaitsS([load, load]);
    expect(first).toBeCloseTo(0.8 / 0.6, 12);
    expect((first + second) / 2).toBeCloseTo(4, 12);
    expect(priorityMeanWaitsS([{ ...load, arrivalsPerS: 0.6 }, { ...load, arrivalsPerS: 0.6 }])[1]).toBe(Infinity);
  });

  test("the last of two parts takes as long as Flatto and Hahn say", () => {
    expect(forkJoinMeanS(at(0), 2)).toBeCloseTo(1.5, 12);
    expect(forkJoinMeanS(at(0.8), 2)).toBeCloseTo((11.2 / 8) * 5, 12);
    expect(forkJoinMeanS(at(0), 4)).toBeCloseTo(25 / 12, 12);
  });

  test("square-root staffing is close to the exact number of servers", () => {
    expect([0.01, 0.05].map((waiting) => Math.round(qualityFor(waiting) * 1000) / 1000)).toEqual([2.375, 1.74]);
    for (const offered of [10, 100, 1_000, 10_000]) expect(Math.abs(serversFor(offered, 0.05) - squareRootServers(offered, qualityFor(0.05)))).toBeLessThan(2);
    expect(erlangC(serversFor(100, 0.01), 100)).toBeLessThanOrEqual(0.01);
    expect(erlangC(serversFor(100, 0.01) - 1, 100)).toBeGreaterThan(0.01);
    expect(serversFor(0, 0.1)).toBe(1);
  });

  test("a spike above what is provisioned leaves a backlog that takes longer than the spike", () => {
    const [up, held] = [{ seconds: 60, fromPerS: 50e3, toPerS: 150e3 }, { seconds: 600, fromPerS: 150e3, toPerS: 150e3 }];
    const { peak, peakAtS, drainedAtS } = fluidBacklog([up, held, { seconds: 1, fromPerS: 50e3, toPerS: 50e3 }], 75e3);
    expect(peak / 1e6).toBeCloseTo(46.69, 2);
    expect(peakAtS).toBe(660);
    expect((drainedAtS - 660) / 60).toBeCloseTo(31.1, 1);
    expect(fluidBacklog([up, held], 75e3).drainedAtS).toBe(Infinity);
    expect(fluidBacklog([up], 150e3).peak).toBe(0);
    // Down in a straight line: 10 wait at 1 s, and the fall by 40 a second has taken 10 off after another 1/sqrt(2) s.
    expect(fluidBacklog([{ seconds: 1, fromPerS: 110, toPerS: 110 }, { seconds: 10, fromPerS: 100, toPerS: -100 }], 100).drainedAtS).toBeCloseTo(2, 9);
  });

  test("a load that cannot be is refused by name", () => {
    expect(() => mmcMeanWaitS({ arrivalsPerS: -1, serviceS: 1 })).toThrow(InvalidLoad);
    expect(() => mmcMeanWaitS({ arrivalsPerS: 1, serviceS: 0 })).toThrow("serviceS is 0");
    expect(() => mmcMeanWaitS({ ...at(0.5), servers: 1.5 })).toThrow("servers is 1.5");
    expect(() => mmcWaitQuantileS(at(0.5), 1)).toThrow("p is 1");
  });
});
