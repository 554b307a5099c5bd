/**
 * What the checkers of playlists are given, and how they ask: with claims about the states that the journal makes. The journal is
 * folded once, with the production actor's `apply`; at each version the claims about it are held to the state.
 */
import { playlistActor } from "../../../../actors/playlist/actor.ts";
import type { PlaylistEvent, PlaylistState } from "../../../../actors/playlist/model/index.ts";
import type { Entry } from "../../entry.ts";
import type { Asked } from "../../history.ts";
import type { Committed, Saved } from "../../ledger.ts";
import type { ActorStore } from "../../../../storage/ports.ts";
import type { Device } from "../device.ts";
import type { Told } from "../workload.ts";

/** One playlist, and all that was said of it. */
export interface Playlist {
  readonly key: string;
  /** In the order of their numbers, the first being 1. */
  readonly events: readonly Committed[];
  /** Places of each operation: more than one when the journal had forgotten it. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  readonly asked: readonly Asked[];
  readonly snapshots: readonly Saved[];
  readonly told: readonly Told[];
  readonly devices: readonly Device[];
  /** Where callers enter, at the end. */
  readonly entries: readonly Entry[];
  readonly store: ActorStore;
  readonly eventsKept: number;
}

/** True of the state after one of these events at least. */
export interface Claim {
  readonly from: number;
  readonly to: number;
  /** True, or what is different. */
  holds(state: PlaylistState, version: number): true | string;
  readonly message: string;
}

export interface Finding {
  readonly checker: string;
  readonly message: string;
}

export interface Claims {
  /** What is wrong whatever the state. */
  readonly wrong: readonly string[];
  readonly claims: readonly Claim[];
}

export type PlaylistChecker = (playlist: Playlist) => Claims | Promise<Claims>;

/** Folds the journal and holds the claims to it. Answers those that nothing made true, each with what was different. */
export function unfounded<C extends Claim>({ key, events }: Playlist, claims: readonly C[]): C[] {
  const open = new Map<C, string>();
  const starting = Map.groupBy(claims, ({ from }) => from);
  const current = new Set<C>();
  const state = playlistActor.empty(key);
  for (let version = 0; version <= events.length; version++) {
    const event = events[version - 1];
    if (event !== undefined) playlistActor.apply(state, event.body.e as PlaylistEvent, event.body.at, version);
    for (const claim of starting.get(version) ?? []) current.add(claim);
    for (const claim of current) {
      const found = claim.holds(state, version);
      if (found === true || version >= claim.to) current.delete(claim);
      if (found === true) open.delete(claim);
      else open.set(claim, found);
    }
  }
  for (const claim of claims) if (claim.from > events.length || claim.from > claim.to) open.set(claim, `there is no event ${claim.from}`);
  return [...open].map(([claim, difference]) => ({ ...claim, message: `${claim.message}: ${difference}` }));
}

/** Where two texts part. */
export function different(expected: string, found: string): true | string {
  if (expected === found) return true;
  let at = 0;
  while (expected[at] === found[at]) at += 1;
  const from = Math.max(0, at - 60);
  return `...${found.slice(from, at + 60)}... where the journal has ...${expected.slice(from, at + 60)}...`;
}
