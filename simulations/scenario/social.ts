/** Who is connected and who follows whom, by number of the user: the same wherever it is asked. */
import { Stream } from "../random/index.ts";
import type { Scenario } from "./description.ts";

/** Whom the star's followers follow. Nobody else is this user. */
export const star = 0;

/** Whether the listener of a visit has a live connection. */
export const isConnected = ({ social }: Scenario, seed: number, visit: number): boolean => social !== undefined && new Stream(seed, "connected", visit).chance(social.connected);

/** Whom a user follows: those behind him in a ring, and the star. */
export function followedBy({ social }: Pick<Scenario, "social">, users: number, user: number): number[] {
  if (social === undefined || user === star) return [];
  const near = Array.from({ length: Math.min(social.followed, users - 2) }, (_, n) => ((user + n) % (users - 1)) + 1);
  const followsStar = social.star !== undefined && new Stream(0, "follows the star", user).chance(social.star.followers);
  return followsStar ? [star, ...near] : near;
}
