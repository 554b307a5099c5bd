/**
 * Now playing: people with friends, each with a device that changes what it plays. Ten seconds after a fault everybody online sees of everybody what
 * he said last; whose device falls silent is shown no more after half a minute; nothing is sent twice or out of order; and without a fault
 * near, what is said is seen within two seconds.
 */
import { shardOf } from "../../../actors/runtime/placement.ts";
import { pause } from "../callers.ts";
import { quantile } from "../check/gaps.ts";
import { mayBeSeen } from "../check/views.ts";
import type { Violation } from "../check/violation.ts";
import { FaultTimes } from "../fault-times.ts";
import { makeListeners, makeSongs } from "../listeners.ts";
import { Person } from "../person.ts";
import type { Findings, Load, Stage, Workload } from "./workload.ts";

const people = 100;
/** Whom each follows: his neighbours in a ring, who follow back. */
const friends = 10;
const changesPerSecond = 10;
const songMs = 600_000;
const songs = 500;
const stopChance = 0.15;
/** Views are right so long after a fault. */
const rightAfterMs = 10_000;
/** What was acknowledged so lately may be on its way: what is promised to be seen within. */
const promisedMs = 2_000;
const goneAfterMs = 30_000;
const deathEveryMs = 8_000;
const awayMs = 45_000;
/** A change so near to a fault may take longer. */
const nearFaultMs = 15_000;
/** Of what came in the first moments nothing is said: connections are being made. */
const warmUpMs = 3_000;
/** Violations of one look are told one by one up to so many. */
const toldMost = 5;

export const nowPlaying: Workload = {
  services: ["catalog", "account", "playlist", "rights", "streaming", "presence", "session", "operations"],
  gateways: 2,
  hasJournal: false,
  betweenMs: [11_000, 12_500],
  begin,
};

interface Delivery {
  readonly at: number;
  readonly ms: number;
}

async function begin(stage: Stage): Promise<Load> {
  const run = new NowPlaying(stage);
  await run.begin();
  return run;
}

class NowPlaying implements Load {
  readonly about = `${people} people with ${friends} friends each`;
  shards: string[] = [];
  readonly #stage: Stage;
  readonly #everybody: Person[] = [];
  readonly #byId = new Map<string, Person>();
  readonly #violations: Violation[] = [];
  readonly #deliveries: Delivery[] = [];
  #trackIds: readonly string[] = [];
  readonly #faults = new FaultTimes();
  readonly #counts = { looks: 0, viewsCompared: 0, deaths: 0, deathsSeen: 0, goneMsMax: 0 };

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  shardOf(userId: string): string {
    return shardOf("session", userId);
  }

  async begin(): Promise<void> {
    const { cluster, broker, random } = this.#stage;
    this.#trackIds = await makeSongs(cluster, "song", songs, songMs);
    await broker.waitForServices(["session", "presence", "catalog"], 20_000);
    const listeners = await makeListeners(cluster, broker, Array.from({ length: people }, (_, n) => `person-${n + 1}`));
    for (const [n, listener] of listeners.entries()) {
      const person: Person = new Person({ listener, stage: this.#stage, random: random.fork(n + 1), saw: (userId, trackId, since) => this.#saw(userId, trackId, since), violated: (violation) => void this.#violations.push(violation) });
      this.#everybody.push(person);
      this.#stage.onEnd(() => person.leave());
      this.#byId.set(person.userId, person);
    }
    await Promise.all(this.#everybody.map((person) => person.come()));
    await Promise.all(this.#everybody.map(async (person) => {
      for (const friend of this.#friendsOf(person)) await person.follow(friend);
    }));
    this.shards = [...new Set(this.#everybody.flatMap(({ userId }) => [shardOf("session", userId), shardOf("presence", userId)]))];
  }

  async run(): Promise<void> {
    const { isOver } = this.#stage;
    const live = async (person: Person) => {
      const { random } = person;
      // Spread evenly, each at his own pace.
      for (await pause(random.between(0, 5_000)); !isOver(); await pause(random.between(0.5 * everyMs, 1.5 * everyMs))) {
        if (person.isOnline) await person.play(random.chance(stopChance) ? null : random.pick(this.#trackIds));
      }
    };
    const everyMs = (people / changesPerSecond) * 1_000;
    await Promise.all([...this.#everybody.map(live), this.#deaths()]);
  }

  struck(): void {
    this.#faults.struck(this.#stage.history.now());
  }

  async healed(): Promise<void> {
    this.#faults.healed(this.#stage.history.now());
    await pause(rightAfterMs);
    this.#look(`${rightAfterMs / 1_000} s after a fault`);
  }

  async finish(): Promise<Findings> {
    // What was said last has had the time it is given; nobody says anything any more.
    await pause(promisedMs);
    this.#look("in the end");
    const calm = this.#deliveries.filter(({ at }) => !this.#isNearFault(at)).map(({ ms }) => ms).toSorted((a, b) => a - b);
    const at = (q: number) => Math.round(quantile(calm, q));
    if (at(0.999) > promisedMs) this.#violations.push({ kind: "late", subject: "", about: `without a fault near, 99.9 % of what was said was seen within ${at(0.999)} ms`, opIds: [] });
    const told = this.#everybody.reduce((sum, person) => sum + person.told, 0);
    return {
      violations: this.#violations,
      sentTwice: 0,
      figures: { deliveries: this.#deliveries.length, deliveriesWithoutFault: calm.length, deliveryP50Ms: at(0.5), deliveryP99Ms: at(0.99), deliveryP999Ms: at(0.999), messages: told, ...this.#counts },
      vacuous: [
        ...(calm.length < 1_000 ? [`only ${calm.length} changes were seen without a fault near`] : []),
        ...(this.#counts.deathsSeen === 0 ? ["no device fell silent for long enough"] : []),
      ],
    };
  }

  #friendsOf(person: Person): Person[] {
    const at = this.#everybody.indexOf(person);
    return Array.from({ length: friends }, (_, k) => this.#everybody[(at + (k < friends / 2 ? k - friends / 2 : k - friends / 2 + 1) + people) % people] as Person);
  }

  #saw(userId: string, trackId: string | null, since: number): void {
    const { history } = this.#stage;
    const said = this.#byId.get(userId)?.said.at(-1);
    // Who has just come is shown what was said long ago.
    if (said !== undefined && said.trackId === trackId && said.sentAt > since) this.#deliveries.push({ at: said.sentAt, ms: history.now() - said.sentAt });
  }

  /** Compares what everybody online sees with what his friends said. */
  #look(when: string): void {
    const at = this.#stage.history.now();
    let told = 0;
    this.#counts.looks += 1;
    for (const observer of this.#everybody) {
      if (!observer.isOnline) continue;
      for (const friend of this.#friendsOf(observer)) {
        // Who is gone has a promise of his own.
        if (!friend.isOnline) continue;
        this.#counts.viewsCompared += 1;
        const right = mayBeSeen(friend.said, at, promisedMs);
        const seen = observer.seen.get(friend.userId) ?? null;
        if (right.has(seen)) continue;
        told += 1;
        if (told <= toldMost) this.#violations.push({ kind: "state", subject: friend.userId, about: `${when} ${observer.userId} sees ${seen}, and ${[...right].join(" or ")} was said`, opIds: [] });
      }
    }
    if (told > toldMost) this.#violations.push({ kind: "state", subject: "", about: `${when} ${told} views are wrong`, opIds: [] });
  }

  /** One after the other somebody's device dies, and comes back when that must have been seen. */
  async #deaths(): Promise<void> {
    const { isOver, random } = this.#stage;
    const chance = random.fork(900);
    const deaths: Promise<void>[] = [];
    for (await pause(deathEveryMs); !isOver(); await pause(deathEveryMs)) {
      const victim = chance.pick(this.#everybody);
      if (victim.isOnline && typeof victim.said.at(-1)?.trackId === "string") deaths.push(this.#death(victim));
    }
    await Promise.all(deaths);
  }

  async #death(victim: Person): Promise<void> {
    const { history, isOver } = this.#stage;
    victim.die();
    this.#counts.deaths += 1;
    const diedAt = history.now();
    const observers = this.#friendsOf(victim);
    const stillSeen = () => observers.filter((observer) => observer.isOnline && (observer.seen.get(victim.userId) ?? null) !== null);
    let goneAt: number | undefined;
    // A fault takes the time with it in which nobody could tell.
    const dueAt = () => this.#faults.clearAfter(diedAt) + goneAfterMs;
    while (history.now() < dueAt() && !isOver()) {
      await pause(200);
      if (stillSeen().length > 0) goneAt = undefined;
      else goneAt ??= history.now();
    }
    if (history.now() >= dueAt()) {
      this.#counts.deathsSeen += 1;
      const [one] = stillSeen();
      if (one !== undefined) this.#violations.push({ kind: "late", subject: victim.userId, about: `${one.userId} still sees ${one.seen.get(victim.userId)} ${Math.round(history.now() - diedAt)} ms after the device fell silent`, opIds: [] });
      else if (goneAt !== undefined && !this.#faults.isNear(diedAt, goneAt, 0)) this.#counts.goneMsMax = Math.max(this.#counts.goneMsMax, Math.round(goneAt - diedAt));
    }
    while (history.now() < diedAt + awayMs && !isOver()) await pause(200);
    if (isOver()) return;
    // It forgot what it played.
    await victim.come().catch(() => undefined);
    await victim.play(null);
  }

  #isNearFault(at: number): boolean {
    return at < (this.#deliveries[0]?.at ?? 0) + warmUpMs || this.#faults.isNear(at, at, nearFaultMs);
  }
}
