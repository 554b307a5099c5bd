/**
 * What is asked of the service beside listening: searches, edits of playlists, and those who come back after they were away. Each
 * comes at its own time, whatever else goes on, and is decided by the scenario, the seed and the scale alone.
 */
import { arrivals, excessShare, scaled, type ArrivalsDescription } from "../arrivals/index.ts";
import { Stream } from "../random/index.ts";
import type { Scenario } from "./description.ts";

export type ErrandWork =
  /** `term`: a number that stands for what is typed; -1 is the title that everybody looks for. */
  | { readonly kind: "search"; readonly term: number }
  /** `playlist` 0 is the one that most edit. */
  | { readonly kind: "edit"; readonly playlist: number }
  /** The star plays another track. */
  | { readonly kind: "star" }
  /** Fetches his session, then brings what he did meanwhile. */
  | { readonly kind: "return"; readonly events: number; readonly edits: number; readonly playlist: number };

export type Errand = ErrandWork & { readonly number: number; readonly atMs: number; /** Any whole number: who it is, by the number of users that there are. */ readonly user: number };

export interface ErrandOptions {
  readonly seed: number;
  readonly scale: number;
  readonly share?: { readonly index: number; readonly of: number };
}

const usersMost = 2 ** 31;
const termsMost = 2 ** 31;

/** Playlists that are edited in a part of the world. */
export const playlistsAt = ({ edits, returns }: Pick<Scenario, "edits" | "returns">, scale: number): number => Math.max(1, Math.round((edits?.playlists ?? returns?.playlists ?? 0) * scale));

/** In order of time. */
export function* errandsOf(scenario: Scenario, options: ErrandOptions): Generator<Errand> {
  const { searches, edits, returns, social } = scenario;
  const playlists = playlistsAt(scenario, options.scale);
  const flows = [
    ...(searches === undefined ? [] : [flow("search", searches.arrivals, scenario, options, (stream, atMs): ErrandWork => ({ kind: "search", term: stream.chance(searches.oneTerm * excessShare(searches.arrivals, atMs)) ? -1 : stream.index(termsMost) }))]),
    ...(edits === undefined ? [] : [flow("edit", edits.arrivals, scenario, options, (stream): ErrandWork => ({ kind: "edit", playlist: stream.chance(edits.hottest) ? 0 : stream.index(playlists) }))]),
    ...(returns === undefined ? [] : [flow("return", returns.arrivals, scenario, options, (stream): ErrandWork => ({ kind: "return", events: countOf(stream, returns.events), edits: countOf(stream, returns.edits), playlist: stream.index(playlists) }))]),
    ...(social?.star === undefined ? [] : [flow("star", social.star.changes, scenario, { ...options, scale: 1 }, (): ErrandWork => ({ kind: "star" }))]),
  ];
  const heads = flows.map((each) => each.next());
  for (;;) {
    let first = -1;
    for (const [n, head] of heads.entries()) if (head.done !== true && (first < 0 || head.value.atMs < (heads[first]?.value?.atMs ?? Infinity))) first = n;
    const head = heads[first];
    if (head === undefined || head.done === true) return;
    yield head.value;
    heads[first] = flows[first]?.next() ?? head;
  }
}

/** A whole number with this mean: exponential, rounded. */
const countOf = (stream: Stream, mean: number): number => (mean === 0 ? 0 : Math.round(stream.exponential(mean)));

function* flow(name: string, description: ArrivalsDescription, { durationS }: Scenario, { seed, scale, share = { index: 0, of: 1 } }: ErrandOptions, work: (stream: Stream, atMs: number) => ErrandWork): Generator<Errand, undefined> {
  let number = 0;
  for (const atMs of arrivals(scaled(description, scale), new Stream(seed, name), { untilMs: durationS * 1_000 })) {
    if (number % share.of === share.index) {
      const stream = new Stream(seed, name, number);
      yield { number, atMs, user: stream.index(usersMost), ...work(stream, atMs) };
    }
    number += 1;
  }
  return undefined;
}
