import { describe, expect, test } from "@jest/globals";
import { deterministic, perBatch, Simulation, transmission, type Outcome, type Part, type Target } from "./index.ts";

/** Sends jobs at times and notes when and how each ended. */
function sent<J>(simulation: Simulation, target: Target<J>, jobs: readonly (readonly [atS: number, job: J])[]): [J, Outcome, number][] {
  const ended: [J, Outcome, number][] = [];
  const done = (job: J, outcome: Outcome) => void ended.push([job, outcome, Math.round(simulation.nowS * 1e9) / 1e9]);
  for (const [atS, job] of jobs) simulation.at(atS, (it: J) => target.enter(it, done), job);
  return ended;
}
const second = deterministic(1);

describe("stations -", () => {
  test("a station serves in the order of arrival, as many at once as it has servers", () => {
    const simulation = new Simulation({ seed: 1 });
    const ended = sent(simulation, simulation.station<string>({ name: "pool", servers: 2, service: second }), [[0, "a"], [0.5, "b"], [0.6, "c"], [0.7, "d"]]);
    simulation.run();
    expect(ended).toEqual([["a", "served", 1], ["b", "served", 1.5], ["c", "served", 2], ["d", "served", 2.5]]);
  });

  test("a better class goes first and interrupts nobody", () => {
    const simulation = new Simulation({ seed: 1 });
    const station = simulation.station<number>({ name: "node", service: second, classes: 3, classOf: (job) => Math.floor(job) });
    const ended = sent(simulation, station, [[0, 2], [0.1, 2.1], [0.2, 1], [0.3, 0], [0.4, 0.1]]);
    simulation.run();
    expect(ended.map(([job]) => job)).toEqual([2, 0, 0.1, 1, 2.1]);
    station.enter(0, () => undefined);
    expect(() => station.enter(7, () => undefined)).toThrow("classOf is 7");
  });

  test("a full station refuses at once", () => {
    const simulation = new Simulation({ seed: 1 });
    const ended = sent(simulation, simulation.station<string>({ name: "node", service: second, capacity: 2 }), [[0, "a"], [0, "b"], [0.5, "c"], [1.5, "d"]]);
    simulation.run();
    expect(ended).toEqual([["c", "refused", 0.5], ["a", "served", 1], ["b", "served", 2], ["d", "served", 3]]);
  });

  test.each([
    ["lost", "refused", [["a", "lost", 0.5], ["b", "lost", 0.5], ["c", "refused", 0.7], ["d", "served", 3.5]]],
    ["lost", "wait", [["a", "lost", 0.5], ["b", "lost", 0.5], ["c", "served", 3], ["d", "served", 4]]],
    ["retried", "wait", [["a", "served", 3], ["b", "served", 4], ["c", "served", 5], ["d", "served", 6]]],
  ] as const)("a killed node: what is inside is %s, arrivals %s", (inside, arrivals, expected) => {
    for (const kind of ["station", "commit"] as const) {
      const simulation = new Simulation({ seed: 1 });
      const node = kind === "station" ? simulation.station<string>({ name: "node", service: second }) : simulation.groupCommit<string>({ name: "node", batchMax: 1, service: perBatch(0, 1) });
      const ended = sent(simulation, node, [[0, "a"], [0.1, "b"], [0.7, "c"], [2.5, "d"]]);
      simulation.at(0.5, () => node.stop({ inside, arrivals }), undefined);
      simulation.at(2, () => node.restart(), undefined);
      simulation.run();
      expect(ended).toEqual(expected);
      expect(simulation.measure().stations["node"]?.counts["retried"]).toBe(inside === "retried" ? 1 : 0);
    }
  });

  test("jobs that are retried keep their order", () => {
    const simulation = new Simulation({ seed: 1 });
    const pool = simulation.station<string>({ name: "pool", servers: 2, service: second });
    const ended = sent(simulation, pool, [[0, "a"], [0, "b"], [0, "c"]]);
    simulation.at(0.5, () => pool.stop({ inside: "retried", arrivals: "wait" }), undefined);
    simulation.at(1, () => pool.restart(), undefined);
    simulation.run();
    expect(ended).toEqual([["a", "served", 2], ["b", "served", 2], ["c", "served", 3]]);
  });

  test("slowing stretches what is left of a service, and resizing starts those that wait", () => {
    const simulation = new Simulation({ seed: 1 });
    const node = simulation.station<string>({ name: "node", service: second });
    const ended = sent(simulation, node, [[0, "a"], [0, "b"], [0, "c"]]);
    simulation.at(0.5, () => node.slow(4), undefined);
    simulation.at(1, () => node.resize(2), undefined);
    simulation.at(2, () => node.slow(1), undefined);
    simulation.run();
    // a: 0.5 s done, 1.5 s at a quarter, 0.125 s. b: 1 s at a quarter, 0.75 s. c starts when a ends.
    expect(ended).toEqual([["a", "served", 2.125], ["b", "served", 2.75], ["c", "served", 3.125]]);
  });

  test("a job that comes back goes behind those that wait", () => {
    const simulation = new Simulation({ seed: 1 });
    const node = simulation.station<string>({ name: "node", service: second });
    const order: string[] = [];
    const done = (job: string) => {
      if (order.push(job) < 4) node.enter(job, done);
    };
    for (const job of ["a", "b"]) node.enter(job, done);
    simulation.run();
    expect(order.slice(0, 4)).toEqual(["a", "b", "a", "b"]);
  });

  test("a commit takes all that wait, up to a batch, one batch at a time", () => {
    const simulation = new Simulation({ seed: 1 });
    const commit = simulation.groupCommit<number>({ name: "journal", batchMax: 3, service: perBatch(1, 0.1) });
    const ended = sent(simulation, commit, [0, 1, 2, 3, 4].map((job) => [job / 10, job] as const));
    simulation.run();
    expect(ended).toEqual([[0, "served", 1.1], [1, "served", 2.4], [2, "served", 2.4], [3, "served", 2.4], [4, "served", 3.5]]);
    expect(commit.batches).toBe(3);
  });

  test("a link shares its bandwidth equally, up to what one transfer may get", () => {
    const simulation = new Simulation({ seed: 1 });
    const options = { rateKbps: 1_000, kilobits: (job: number) => job };
    const shared = sent(simulation, simulation.link({ ...options, name: "shared" }), [[0, 1_000], [0.5, 1_000], [0.5, 250]]);
    const limited = sent(simulation, simulation.link({ ...options, name: "limited", transferMaxKbps: 400 }), [[0, 400], [0, 401]]);
    const cut = simulation.link({ ...options, name: "cut" });
    const held = sent(simulation, cut, [[0, 1_000]]);
    simulation.at(0.5, () => cut.setRate(0), undefined);
    simulation.at(3, () => cut.setRate(2_000), undefined);
    const inTurn = sent(simulation, simulation.station<number>({ name: "in turn", service: transmission(1_000, (job) => job) }), [[0, 1_000], [0, 500]]);
    simulation.run();
    // A third each until 250 are sent (0.75 s); then halves until the first is through (0.5 s more); then all.
    expect(shared).toEqual([[250, "served", 1.25], [1_000, "served", 1.75], [1_000, "served", 2.25]]);
    expect(limited).toEqual([[400, "served", 1], [401, "served", 1.0025]]);
    expect(held).toEqual([[1_000, "served", 3.25]]);
    expect(inTurn).toEqual([[1_000, "served", 1], [500, "served", 1.5]]);
  });

  test("a key has one turn at a time, and other keys do not wait for it", () => {
    const simulation = new Simulation({ seed: 1 });
    const actors = simulation.serializers<string>({ name: "actors", keyOf: (job) => job.slice(0, 1), service: second, capacityPerKey: 3 });
    const ended = sent(simulation, actors, [[0, "a1"], [0, "a2"], [0.5, "b1"], [0.6, "a3"], [0.7, "a4"], [2.5, "a5"]]);
    simulation.run();
    expect(ended).toEqual([["a4", "refused", 0.7], ["a1", "served", 1], ["b1", "served", 1.5], ["a2", "served", 2], ["a3", "served", 3], ["a5", "served", 4]]);
    expect(actors.hottest).toEqual({ key: "a", inside: 3 });
    expect(actors.inside).toBe(0);
  });

  test("a turn that runs on a node holds its key while it waits there", () => {
    const simulation = new Simulation({ seed: 1 });
    const actors = simulation.serializers<string>({ name: "actors", keyOf: (job) => job.slice(0, 1) });
    const node = simulation.station<string>({ name: "node", servers: 2, service: second });
    const path: Target<string> = {
      enter: (job, done) =>
        actors.acquire(job, () =>
          node.enter(job, (_, outcome) => {
            actors.release(job);
            done(job, outcome);
          }),
        ),
    };
    const ended = sent(simulation, path, [[0, "a1"], [0.1, "a2"], [0.2, "b1"], [0.3, "a3"]]);
    simulation.run();
    expect(ended).toEqual([["a1", "served", 1], ["b1", "served", 1.2], ["a2", "served", 2], ["a3", "served", 3]]);
    expect(() => actors.release("c")).toThrow("a job whose key is held");
    expect(() => actors.enter("a", () => undefined)).toThrow("service is undefined");
  });

  test("a fork is done with its last part, as well as its worst", () => {
    const simulation = new Simulation({ seed: 1 });
    const branches = [1, 2].map((capacity) => simulation.station<Part<number>>({ name: `branch ${capacity}`, capacity, service: (_, { job }) => job * capacity }));
    const ended = sent(simulation, simulation.fork<number>({ name: "fork", branches }), [[0, 1], [1.5, 2]]);
    const crowded = sent(simulation, simulation.fork<number>({ name: "crowded", branches }), [[10, 1], [10, 1]]);
    simulation.run();
    expect(ended).toEqual([[1, "served", 2], [2, "served", 6]]);
    expect(crowded).toEqual([[1, "served", 12], [1, "refused", 14]]);
  });

  test("nobody waits in a delay", () => {
    const simulation = new Simulation({ seed: 1 });
    const ended = sent(simulation, simulation.station<number>({ name: "think", servers: Infinity, service: (_, job) => job }), [[0, 3], [0, 1], [0, 2]]);
    simulation.run();
    expect(ended.map(([job, , atS]) => [job, atS])).toEqual([[1, 1], [2, 2], [3, 3]]);
  });
});
