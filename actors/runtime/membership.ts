/**
 * A node's place in the cluster: its lease, the shards it owns, and its part in moving them. No coordinator: every node
 * reads the same rows, computes the same wishes, and takes what it should have by compare-and-set.
 *
 *   out --join--> in --stop--> leaving --everything released--> out
 *                  ^ |
 *                  +-+ the store says that another node took this one for dead: all is dropped, and it joins anew
 *
 * Operators have two wishes in this. A drained node is in, and treated by all as if it were leaving: it gives everything
 * away that another node takes, and takes nothing until it is undrained. A pinned shard belongs to the node it is pinned
 * to whenever that one may own it.
 *
 * A lease says when this node must stop by its own clock; it is counted from before the renewal was sent, so it ends here
 * before it ends in the store. It is for liveness and for reads only. What keeps writes apart is the store: each append
 * carries this node's life and the shard's epoch.
 *
 * A shard changes hands in this order: the owner refuses new calls, commits what it has, releases, and announces for whom; that node
 * claims at once, without a look of its own. When the announcement is lost it finds the shard at its next look. A dead owner's
 * shards are claimed when its lease has ended.
 */
import { Fenced, type ActorStore, type ClusterView, type Lease } from "../../storage/index.ts";
import type { Limits } from "./limits.ts";
import type { Owners } from "./owners.ts";
import { hostsOf, preferred, shardsOf } from "./placement.ts";
import type { Clock, Moved } from "./ports.ts";

export interface MembershipParts {
  readonly node: string;
  readonly types: readonly string[];
  readonly store: ActorStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly owners: Owners;
  /** Tells other nodes; a hint. */
  announce(owners: readonly Moved[]): void;
  /** Resolves when no call waits for an actor of these shards any more. New ones are refused already. */
  drain(shards: readonly string[]): Promise<void>;
  /** These shards are somebody else's: whatever is in memory of them is void. */
  lost(shards: readonly string[]): void;
  /** A round failed; for the log. */
  failed(error: unknown): void;
}

export class Membership {
  readonly #parts: MembershipParts;
  /** Shards that this node owns, and since which epoch. */
  readonly #owned = new Map<string, number>();
  /** Owned, but given away at this moment: calls are refused. */
  readonly #yielding = new Set<string>();
  #lease: Lease | undefined;
  /** Monotonic: from here on this node must not answer. */
  #deadline = 0;
  /** Whether this node has seen the cluster. */
  #hasView = false;
  #renewedAt = 0;
  /** Nobody is taken for dead before. */
  #patientUntil = 0;
  #round: Promise<void> | undefined;
  /** What the next round is for: a look at the cluster, and shards that were released for this node. */
  #isLookDue = false;
  readonly #offered = new Set<string>();
  #cancel: () => void = () => {};
  #leaving = false;
  #draining = false;
  /** What the store was last told of whether this node's shards should go to others. */
  #toldLeaving = false;
  #stopped = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  get lease(): Lease | undefined {
    return this.#lease;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Gives everything away and takes nothing (true), or no longer (false). Begins at once; lasts as long as this process. */
  setDraining(isDraining: boolean): void {
    this.#draining = isDraining;
    void this.look();
  }

  /** The epoch in which this node owns `shard` at this moment and may answer for it; undefined when it may not. */
  epochOf(shard: string): number | undefined {
    if (this.#parts.clock.now() >= this.#deadline || this.#yielding.has(shard)) return undefined;
    return this.#owned.get(shard);
  }

  /** Whether a call that was taken in `epoch` may still be answered: the lease holds, also while the shard is being given away. */
  mayFinish(shard: string, epoch: number): boolean {
    return this.#parts.clock.now() < this.#deadline && this.#owned.get(shard) === epoch;
  }

  owned(): string[] {
    return [...this.#owned.keys()];
  }

  /** Enters the cluster and owns what it should when this resolves (what others must hand over comes a little later). */
  async start(): Promise<void> {
    await this.#join();
    await this.look();
    this.#schedule();
  }

  /** Looks at the cluster now: renews when it is time, claims and hands over what it should. One look at a time. */
  look(): Promise<void> {
    this.#isLookDue = true;
    return this.#next();
  }

  /** Others released these shards. Takes those that are for this node; looks when it is not said for whom they are. */
  released(shards: readonly Moved[]): void {
    const { node } = this.#parts;
    for (const { shard, to } of shards) if (to === node) this.#offered.add(shard);
    if (shards.some(({ to }) => to === undefined)) this.#isLookDue = true;
    if (this.#isLookDue || this.#offered.size > 0) void this.#next();
  }

  /** One round after the other until nothing is left to do. */
  #next(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#round ??= this.#do()
      .catch((error: unknown) => this.#fail(error))
      .then(() => {
        this.#round = undefined;
        return this.#isLookDue || this.#offered.size > 0 ? this.#next() : undefined;
      });
    return this.#round;
  }

  /** Hands everything over (bounded by the caller's `drain`) and leaves. What cannot be told to the store ends with the lease. */
  async stop(): Promise<void> {
    this.#leaving = true;
    this.#cancel();
    await this.#round?.catch(() => {});
    const lease = this.#lease;
    if (lease !== undefined) {
      try {
        await this.#releaseAll(lease);
        await this.#parts.store.leave(lease);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#stopped = true;
    this.#forget();
  }

  /** As if the power went: nothing is told to anybody. For simulations. */
  crash(): void {
    this.#stopped = true;
    this.#cancel();
    this.#forget();
  }

  /** The store refused this node's life: another node took it for dead. Joins anew. */
  fenced(): void {
    this.#forget();
    void this.look();
  }

  #schedule(): void {
    if (this.#stopped || this.#leaving) return;
    this.#cancel = this.#parts.clock.after(this.#parts.limits.lookMs, () => {
      void this.look().then(() => this.#schedule());
    });
  }

  #fail(error: unknown): void {
    if (error instanceof Fenced) {
      this.#forget();
      this.#isLookDue = !this.#leaving;
    }
    this.#parts.failed(error);
  }

  #forget(): void {
    const shards = this.owned();
    this.#lease = undefined;
    this.#deadline = 0;
    this.#owned.clear();
    this.#yielding.clear();
    if (shards.length > 0) this.#parts.lost(shards);
  }

  async #join(): Promise<Lease> {
    const { store, node, types, limits, clock } = this.#parts;
    const sent = clock.now();
    const lease = await store.join(node, types, limits.leaseMs);
    // Another join was under way: what that life took is over.
    this.#forget();
    this.#lease = lease;
    this.#renewedAt = sent;
    this.#toldLeaving = false;
    this.#deadline = sent + limits.leaseMs - limits.leaseMarginMs;
    return this.#lease;
  }

  async #do(): Promise<void> {
    const { clock, limits, store } = this.#parts;
    const offered = [...this.#offered];
    this.#offered.clear();
    let isLookDue = this.#isLookDue;
    this.#isLookDue = false;
    // Whoever was away looks before it takes anything.
    if (this.#lease === undefined || clock.now() >= this.#deadline || clock.now() < this.#patientUntil) isLookDue = true;
    const lease = this.#lease ?? (await this.#join());
    if (!isLookDue && !this.#shouldLeave()) await this.#claim(lease, offered);
    if (!isLookDue || this.#lease !== lease) return;
    const isDue = clock.now() - this.#renewedAt >= limits.renewMs || !this.#hasView || this.#toldLeaving !== this.#shouldLeave();
    const view = isDue ? await this.#renew(lease) : await store.view();
    if (this.#lease === lease) await this.#settle(lease, view);
  }

  async #renew(lease: Lease): Promise<ClusterView> {
    const { clock, limits, store } = this.#parts;
    const sent = clock.now();
    const leaving = this.#shouldLeave();
    const view = await store.renew(lease, { leaseMs: limits.leaseMs, leaving });
    if (this.#lease !== lease) throw new Fenced("node", lease.incarnation);
    this.#toldLeaving = leaving;
    // The store was away for longer than a lease: everybody's has ended, and the others are about to renew theirs, too.
    if (sent >= this.#deadline) this.#patientUntil = clock.now() + limits.renewMs + limits.lookMs;
    this.#renewedAt = sent;
    this.#deadline = sent + limits.leaseMs - limits.leaseMarginMs;
    return view;
  }

  #shouldLeave(): boolean {
    return this.#leaving || this.#draining;
  }

  /** Makes true what the view asks of this node. */
  async #settle(lease: Lease, view: ClusterView): Promise<void> {
    const { node, types, owners, limits, clock } = this.#parts;
    this.#hasView = true;
    owners.learn(view.shards);
    // In the same epoch it is nobody's when the life that took it has ended.
    const taken = view.shards.filter(({ shard, owner, epoch }) => owner !== node && epoch >= (this.#owned.get(shard) ?? Infinity));
    this.#lose(taken.map(({ shard }) => shard));
    if (this.#leaving) return;

    const place = this.#placing(view);
    const isPatienceOver = clock.now() >= this.#patientUntil;
    const live = new Set([node, ...view.members.filter((member) => member.live).map((member) => member.node)]);
    const toClaim: string[] = [];
    const toYield = new Map<string, string>();
    for (const type of types) {
      for (const shard of shardsOf(type)) {
        const owner = owners.get(shard)?.owner ?? null;
        const wanted = place(shard);
        const isMine = wanted === node;
        if (isMine && !this.#owned.has(shard) && (owner === null || owner === node || (!live.has(owner) && isPatienceOver))) toClaim.push(shard);
        else if (!isMine && (this.#owned.has(shard) || owner === node) && !this.#yielding.has(shard) && wanted !== undefined) toYield.set(shard, wanted);
      }
    }
    await this.#claim(lease, toClaim);
    await this.#release(lease, new Map([...toYield].slice(0, limits.movesPerRound)));
    if (toYield.size > limits.movesPerRound) this.#isLookDue = true;
  }

  /** Which node should own a shard, by this view; undefined when none may. */
  #placing(view: ClusterView): (shard: string) => string | undefined {
    const pins = new Map(view.pins.map((pin) => [pin.shard, pin.node]));
    // Whoever looks is alive.
    const members = view.members.map((member) => (member.node === this.#parts.node ? { ...member, live: true } : member));
    const hosts = new Map(this.#parts.types.map((type) => [type, hostsOf(members, type)]));
    return (shard) => preferred(shard, hosts.get(shard.slice(0, shard.indexOf("/"))) ?? [], pins.get(shard));
  }

  async #claim(lease: Lease, shards: readonly string[]): Promise<void> {
    if (shards.length === 0) return;
    const { store, node, owners, announce } = this.#parts;
    const now = await store.claim(lease, shards);
    if (this.#lease !== lease) return;
    const mine = now.filter(({ owner }) => owner === node);
    for (const { shard, epoch } of mine) this.#owned.set(shard, epoch);
    owners.learn(now);
    if (mine.length > 0) announce(mine);
  }

  /** Some at a time: the others are served meanwhile, and nobody has all of them to load at once. Calls that do not end in time end with the rest. */
  async #releaseAll(lease: Lease): Promise<void> {
    const { clock, limits } = this.#parts;
    const started = clock.now();
    let place = this.#placing(await this.#renew(lease));
    while (this.#lease === lease && this.#owned.size > 0) {
      const isLate = clock.now() - started >= limits.drainMs;
      const shards = isLate ? this.owned() : this.owned().slice(0, limits.movesPerRound);
      await this.#release(lease, new Map(shards.map((shard) => [shard, place(shard)])));
      if (this.#lease === lease && clock.now() - this.#renewedAt >= limits.renewMs) place = this.#placing(await this.#renew(lease));
    }
  }

  /** Gives shards up, each for the node that should have it. */
  async #release(lease: Lease, heirs: ReadonlyMap<string, string | undefined>): Promise<void> {
    const { store, owners, announce, drain } = this.#parts;
    const shards = [...heirs.keys()];
    if (shards.length === 0) return;
    for (const shard of shards) this.#yielding.add(shard);
    try {
      await drain(shards);
      if (this.#lease !== lease) return;
      const now = await store.release(lease, shards);
      if (this.#lease !== lease) return;
      this.#lose(shards);
      owners.learn(now);
      announce(now.map((owner) => ({ ...owner, to: heirs.get(owner.shard) })));
    } catch (error) {
      // Nobody knows whether they are ours still, or will be given up later: what this life read from now on might be old.
      if (this.#lease === lease) this.#forget();
      this.#isLookDue = !this.#leaving;
      throw error;
    } finally {
      for (const shard of shards) this.#yielding.delete(shard);
    }
  }

  #lose(shards: readonly string[]): void {
    for (const shard of shards) this.#owned.delete(shard);
    if (shards.length > 0) this.#parts.lost(shards);
  }
}
