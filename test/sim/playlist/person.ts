/** Somebody who edits playlists online, by what was last read of them; alone and with others, well and badly informed. */
import type { ApplyReply, GetReply } from "../../../actors/playlist/actor.ts";
import type { Op } from "../../../actors/playlist/model/index.ts";
import type { Seeded } from "../../chaos/random.ts";
import type { Asked } from "../history.ts";
import type { Habits, Request } from "../workload.ts";
import { applying, request, single, since } from "./requests.ts";

/** The wall clock of those who ask, ms since 1970: processes' are up to a day off. */
export const wallMs = 1_700_000_000_000;
const weekMs = 7 * 24 * 3_600_000;

interface Known {
  items: readonly string[];
  version: number;
  /** Edits that say what they knew. */
  stamped: number;
  wantsCompaction: boolean;
}

/** More moves than a double has bits, into one gap: positions run out within the call. */
const wedgeMoves = 56;

export class Person implements Habits {
  readonly #name: string;
  readonly #isReader: boolean;
  readonly #random: Seeded;
  readonly #playlists: readonly string[];
  /** Everybody, by the ids of their accounts. */
  readonly #people: readonly string[];
  readonly #known = new Map<string, Known>();
  #ops = 0;
  #last: Request | undefined;

  constructor(name: string, isReader: boolean, random: Seeded, playlists: readonly string[], people: readonly string[]) {
    this.#name = name;
    this.#isReader = isReader;
    this.#random = random;
    this.#playlists = playlists;
    this.#people = people;
  }

  next(): Request {
    const random = this.#random;
    // Some programs send what they sent before.
    if (this.#last !== undefined && random.chance(0.03)) return this.#last;
    const key = random.pick(this.#playlists);
    const wanted = this.#known.get(key)?.wantsCompaction === true && random.chance(0.7) ? request(key, "compact", {}, undefined) : undefined;
    return (this.#last = wanted ?? (this.#isReader ? this.#read(key) : this.#anything(key)));
  }

  heard({ actor, operation: { kind }, outcome }: Asked): void {
    if (outcome.is !== "ok" || outcome.refusal !== undefined) return;
    const known = this.#knownOf(actor);
    if (kind === "get") {
      const { version, items } = outcome.reply as GetReply;
      Object.assign(known, { version, items: items?.map(({ itemId }) => itemId) ?? known.items });
    }
    if (kind === "apply") known.wantsCompaction = (outcome.reply as ApplyReply).compact === true;
    if (kind === "compact") known.wantsCompaction = false;
  }

  #knownOf(key: string): Known {
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, (known = { items: [], version: 0, stamped: 0, wantsCompaction: false }));
    return known;
  }

  #read(key: string): Request {
    const random = this.#random;
    const luck = random.next();
    if (luck < 0.15) return request(key, "may", {}, this.#name);
    if (luck < 0.3) return since(key, Math.max(0, this.#knownOf(key).version - random.between(0, 10)), random.pick([3, 200]), this.#name);
    return request(key, "get", luck < 0.35 ? { items: false } : {}, this.#name);
  }

  #anything(key: string): Request {
    const random = this.#random;
    const luck = random.next();
    const known = this.#knownOf(key);
    const opId = () => `${this.#name}-${++this.#ops}`;
    const user = this.#name;
    const hash = () => `h${random.between(1, 4)}`;
    if (luck < 0.25) return this.#read(key);
    if (luck < 0.75) return applying(key, this.#some(key, known, random.chance(0.2) ? random.between(2, 5) : 1), user);
    if (luck < 0.765 && known.items.length > 2) return applying(key, this.#wedge(known), user);
    if (luck < 0.84) return single(key, "undo", opId(), user);
    if (luck < 0.88) return single(key, "update", opId(), user, random.chance(0.5) ? { name: `${user} ${random.between(1, 3)}` } : { public: random.chance(0.7), collaborative: random.chance(0.7) });
    if (luck < 0.91) return single(key, "addCollaborator", opId(), user, { userId: random.pick(this.#people) });
    if (luck < 0.93) return single(key, "removeCollaborator", opId(), user, { userId: random.chance(0.3) ? user : random.pick(this.#people) });
    if (luck < 0.95) return single(key, "share", opId(), user, { tokenHash: hash(), expiresAt: wallMs + weekMs });
    if (luck < 0.955) return single(key, "revokeShare", opId(), user, { tokenHash: hash() });
    if (luck < 0.975) return single(key, "join", opId(), user, { tokenHash: hash() });
    if (luck < 0.997) return single(key, random.pick(["follow", "unfollow"]), opId(), user);
    return single(key, "remove", opId(), user);
  }

  /** Some ops; in a call of several, later ones may name what earlier ones add. */
  #some(key: string, known: Known, count: number): Op[] {
    const ops: Op[] = [];
    for (let n = 0; n < count; n++) ops.push({ ...this.#op(known), ...this.#stamp(key, known) });
    return ops;
  }

  #op(known: Known): Op {
    const random = this.#random;
    const opId = `${this.#name}-${++this.#ops}`;
    const { items } = known;
    const some = () => random.pick(items);
    // Mostly into one gap: behind the first.
    const after = items.length === 0 || random.chance(0.3) ? {} : random.chance(0.15) ? { after: null } : { after: random.chance(0.5) ? (items[0] ?? null) : some() };
    const luck = items.length === 0 ? random.next() * 0.45 : random.next();
    if (luck < 0.35) {
      known.items = [...known.items, opId];
      return { opId, type: "add", trackId: `t${random.between(1, 9)}`, ...after };
    }
    if (luck < 0.45) return { opId, type: "addMany", trackIds: Array.from({ length: random.between(2, 6) }, (_, n) => `t${n}`), ...after };
    if (luck < 0.58) return { opId, type: "move", itemId: some(), ...after };
    if (luck < 0.7) {
      const from = random.between(0, items.length - 1);
      return { opId, type: "move", itemIds: items.slice(from, from + random.between(2, 5)), ...after };
    }
    if (luck < 0.8) return { opId, type: "remove", itemId: some() };
    if (luck < 0.88) return { opId, type: "remove", itemIds: [...new Set([some(), some(), some()])] };
    if (luck < 0.93) return { opId, type: "rename", name: `${opId} ` };
    if (luck < 0.96) return { opId, type: "describe", description: opId };
    return luck < 0.98 ? { opId, type: "setPublic", public: random.chance(0.7) } : { opId, type: "setCollaborative", collaborative: random.chance(0.7) };
  }

  /** Programs of others say in their own way what they knew. */
  #stamp(key: string, known: Known): object {
    const random = this.#random;
    if (random.chance(0.85)) return {};
    known.stamped += 1;
    const clock = { server: Math.max(0, known.version - random.between(0, 6)), [`${this.#name}-${key}`]: known.stamped };
    const style = random.between(0, 2);
    return { clock, ...(style === 0 ? {} : { device: `${this.#name}-${key}` }), ...(style === 2 ? { at: wallMs + random.between(-1_000, 20_000) } : {}) };
  }

  #wedge({ items }: Known): Op[] {
    const [one = "", other = "", anchor = ""] = items.slice(-3);
    return Array.from({ length: wedgeMoves }, (_, n) => ({ opId: `${this.#name}-${++this.#ops}`, type: "move", itemId: n % 2 === 0 ? one : other, after: anchor }));
  }
}
