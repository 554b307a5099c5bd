/** The faults that come from outside while a run lasts: what happens to whom, and when. The seed decides. */
import { shardsOf } from "../../actors/runtime/placement.ts";
import type { Seeded } from "../chaos/random.ts";
import type { Entry } from "./entry.ts";
import type { Nemesis } from "./plan.ts";
import type { World } from "./world.ts";

/** A stop that takes longer is ended by force, as a supervisor does. */
const stopMs = 4_000;
const mostNodes = 7;

export class Storm {
  /** Faults so far. */
  count = 0;
  readonly #world: World;
  readonly #random: Seeded;
  #isOver = false;
  #joined = 0;
  /** Names of nodes that are down and will come back. */
  readonly #down = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork(4);
  }

  begin(): void {
    const { timeline, plan } = this.#world;
    if (plan.nemeses.length === 0) return;
    timeline.after(this.#random.next() * 2 * plan.nemesisMs, "storm", () => {
      if (this.#isOver) return;
      const nemesis = this.#random.pick(plan.nemeses);
      this.#world.trace?.(`--- ${nemesis}`);
      this.count += 1;
      this.#strike(nemesis);
      this.begin();
    });
  }

  /** No more faults; whoever is down comes back. */
  end(): void {
    this.#isOver = true;
    for (const name of this.#down) this.#world.startNode(name);
    this.#down.clear();
    for (const { process, node } of this.#world.entries.values()) {
      process.dieAtCall(0, () => {});
      process.run(() => node?.membership.draining === true && node.membership.setDraining(false));
    }
  }

  #strike(nemesis: Nemesis): void {
    const { network, mirror, timeline, plan, isolated } = this.#world;
    const random = this.#random;
    const { node, gateway } = this.#victims();
    const victim = random.chance(0.85) ? node : (gateway ?? node);
    const until = (ms: number, undo: () => void) => void timeline.after(ms, "calm", undo);
    switch (nemesis) {
      case "crash":
        if (victim !== undefined) this.#crash(victim);
        return;
      case "crashInside":
        // At a call of a port: between a commit and its answer, between two answers, in the middle of a claim.
        if (victim !== undefined) victim.process.dieAtCall(random.between(1, 40), () => this.#died(victim));
        return;
      case "pause":
        if (victim === undefined || victim.process.isPaused) return;
        victim.process.pause();
        until(random.pick([100, 1_000, 4_000]) * (0.5 + random.next()), () => {
          if (victim.process.isPaused) victim.process.resume();
        });
        return;
      case "stop":
        if (node !== undefined) this.#stop(node);
        return;
      case "join":
        if (this.#world.entries.size < mostNodes) this.#world.startNode(`n${plan.nodes + this.#joined++}`);
        return;
      case "partition": {
        const names = [...this.#world.entries.keys()];
        const side = names.filter(() => random.chance(0.4));
        network.cut(side, names.filter((name) => !side.includes(name)), random.chance(0.3));
        until(random.next() * 5_000, () => network.heal());
        return;
      }
      case "drain":
        if (node !== undefined) this.#drain(node, until);
        return;
      case "move":
        if (node !== undefined) this.#move(node);
        return;
      case "storeDown":
        this.#world.databaseBecomes(random.pick(["refuses", "holds"]));
        until(random.pick([50, 500, 3_000]) * random.next(), () => this.#world.databaseBecomes("works"));
        return;
      case "mirrorDown":
        mirror.calls.become(random.pick(["refuses", "holds"]));
        until(random.pick([50, 500, 3_000]) * random.next(), () => mirror.calls.become("works"));
        return;
      case "mirrorFlush":
        mirror.flush();
        return;
      case "storeCut":
      case "isolate": {
        if (node === undefined) return;
        const { name } = node.process;
        const way = random.pick(["refuses", "holds"] as const);
        this.#world.databaseBecomes(way, name);
        // Callers still reach it: it must know by itself that its time is over.
        if (nemesis === "isolate") {
          isolated.add(name);
          mirror.calls.become(way, name);
          network.cut([name], [...this.#world.entries.keys()].filter((other) => other !== name), false);
        }
        until(random.pick([1_000, 4_000, 6_000]) * (0.5 + random.next() / 2), () => {
          this.#world.databaseBecomes("works", name);
          mirror.calls.become("works", name);
          isolated.delete(name);
          if (nemesis === "isolate") network.heal();
        });
        return;
      }
    }
  }

  /** As the operators' `drain` and `undrain`: refused to the last node that takes actors. */
  #drain({ node, process }: Entry, until: (ms: number, undo: () => void) => void): void {
    const others = [...this.#world.entries.values()].filter((other) => other.node !== undefined && other.node !== node && !other.node.membership.draining);
    if (node === undefined || others.length === 0) return;
    this.#world.situations.saw("a node was drained while its actors had calls waiting", node.host.waiting > 0);
    process.run(() => node.membership.setDraining(true));
    until(this.#random.pick([200, 1_500, 5_000]) * (0.5 + this.#random.next()), () => process.run(() => node.membership.setDraining(false)));
  }

  /** As the operators' `shard move` to any node that takes actors, and `shard unpin`. */
  #move({ node, process, store }: Entry): void {
    const random = this.#random;
    const shard = random.pick(this.#world.workloads.flatMap(({ type }) => shardsOf(type)));
    const to = random.chance(0.3) ? null : random.pick([...this.#world.entries.values()].filter((other) => other.node !== undefined)).process.name;
    const isBusy = [...this.#world.entries.values()].some((entry) => [...(entry.node?.host.activations.values() ?? [])].some((one) => one.shard === shard && one.waiting > 0));
    this.#world.situations.saw("a shard was moved while its actors had calls waiting", isBusy);
    // A store that does not answer: the operator is told so.
    process.run(() => void store.pin(shard, to).then(() => node?.membership.look(), () => {}));
  }

  #victims(): { readonly node: Entry | undefined; readonly gateway: Entry | undefined } {
    const entries = [...this.#world.entries.values()];
    const pick = (some: readonly Entry[]) => (some.length === 0 ? undefined : this.#random.pick(some));
    return { node: pick(entries.filter(({ node }) => node !== undefined)), gateway: pick(entries.filter(({ node }) => node === undefined)) };
  }

  #crash(victim: Entry): void {
    victim.process.die();
    this.#died(victim);
  }

  /** It comes back under its name, sooner or later than its lease. */
  #died(victim: Entry): void {
    const { timeline } = this.#world;
    const { name } = victim.process;
    this.#world.trace?.(`--- ${name} died`);
    this.#world.forget(victim);
    const start = () => (victim.node === undefined ? this.#world.startGateway(name) : this.#world.startNode(name));
    if (this.#isOver) {
      start();
      return;
    }
    if (victim.node !== undefined) this.#down.add(name);
    timeline.after(this.#random.pick([50, 1_000, 5_000]) * (0.5 + this.#random.next()), `${name} comes back`, () => {
      if (victim.node === undefined || this.#down.delete(name)) start();
    });
  }

  #stop(entry: Entry): void {
    const { timeline } = this.#world;
    const { node, process } = entry;
    const end = () => {
      if (!process.isAlive) return;
      process.die();
      this.#died(entry);
    };
    process.run(() => void node?.stop().then(end));
    timeline.after(stopMs, `${process.name} is stopped by force`, end);
  }
}
