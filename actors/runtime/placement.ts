/**
 * Where an actor belongs: its shard by a hash of type and key, the shard's node by rendezvous hashing over the nodes that
 * host the type (Thaler and Ravishankar 1998): a join or leave moves only the shards it must.
 */
import type { Member } from "../../storage/index.ts";
import { limits } from "./limits.ts";

/** FNV-1a over UTF-8, finished as MurmurHash3 does so that the low bits are good. Frozen: journals are found by it (test vectors). */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) value = Math.imul(value ^ unit, 0x01000193);
    else for (const byte of new TextEncoder().encode(String.fromCodePoint(text.codePointAt(at) ?? 0))) value = Math.imul(value ^ byte, 0x01000193);
    // The second half of a surrogate pair was taken with the first.
    if (unit >= 0xd800 && unit <= 0xdbff) at++;
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Types whose actors live where those of another type with the same key live, as far as both are hosted alike: what they tell each other need not travel. For ever. */
const companions: Readonly<Record<string, string>> = { presence: "session" };

/** An actor's name in the journal, e.g. "playlist/p1". */
export const actorName = (type: string, key: string): string => `${type}/${key}`;

const names = new Map<string, readonly string[]>();
/** Types whose shards' names are kept: operators may ask for any. */
const namesKept = 100;

/** Names of a type's shards. Kept: one string for each, however many actors hold it, and its hash is computed once. A simulation has fewer in one run than in the next. */
function namesOf(type: string): readonly string[] {
  let known = names.get(type);
  if (known?.length !== limits.shards) {
    known = Array.from({ length: limits.shards }, (_, n) => `${type}/${n}`);
    if (names.size < namesKept || names.has(type)) names.set(type, known);
  }
  return known;
}

/** An actor's shard, e.g. "playlist/17". */
export const shardOf = (type: string, key: string): string => namesOf(type)[hash(actorName(companions[type] ?? type, key)) % limits.shards] ?? "";

/** Every shard of a type. */
export const shardsOf = (type: string): string[] => [...namesOf(type)];

/** Nodes that may own shards of `type`. */
export const hostsOf = (members: readonly Member[], type: string): string[] => members.filter(({ live, leaving, types }) => live && !leaving && types.includes(type)).map(({ node }) => node);

/** The node that should own `shard`: the one it is pinned to if that is among `nodes`. Undefined when there is none. */
export function preferred(shard: string, nodes: readonly string[], pin?: string): string | undefined {
  if (pin !== undefined && nodes.includes(pin)) return pin;
  let best: string | undefined;
  let bestScore = -1;
  const [type = "", number = ""] = shard.split("/");
  const placed = `${companions[type] ?? type}/${number}`;
  for (const node of nodes) {
    const score = hash(`${node}|${placed}`);
    if (score > bestScore || (score === bestScore && best !== undefined && node < best)) [best, bestScore] = [node, score];
  }
  return best;
}
