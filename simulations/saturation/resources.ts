/**
 * What is fullest at a load, and where it would be full, from what was measured at several loads (utilisation law: a resource is busy in proportion to what it is
 * asked, beside a constant share of its own).
 */
import { isOfService, type ResourceResult } from "../run/index.ts";

export interface Use {
  readonly load: number;
  readonly resources: readonly Pick<ResourceResult, "name" | "kind" | "meanUtilisation">[];
}

export interface Filling {
  readonly name: string;
  /** Part of it in use at the load asked for, by the line through what was measured; at most 1. */
  readonly utilisation: number;
  /** The load that would fill it; null where it does not grow with load. */
  readonly fullAt: number | null;
}

const least = 0.005;

/** The fullest at `load` first. */
export function fillings(uses: readonly Use[], load: number): Filling[] {
  const names = new Set(uses.flatMap(({ resources }) => resources.filter(isOfService).map(({ name }) => name)));
  const found = [...names].map((name): Filling => {
    // Beyond the load what is full no longer grows, and would bend the line.
    const points = uses.filter((use) => use.load <= load * 1.05).flatMap((use) => use.resources.filter((one) => one.name === name).map(({ meanUtilisation }) => ({ load: use.load, used: meanUtilisation })));
    const { constant, perLoad } = line(points);
    const full = (1 - constant) / perLoad;
    return { name, utilisation: Math.min(1, Math.max(0, constant + perLoad * load)), fullAt: perLoad * load > least && full > 0 ? full : null };
  });
  return found.toSorted((one, other) => other.utilisation - one.utilisation);
}

/** Through 0 where there are too few points for a constant, or it would be below 0. */
function line(points: readonly { readonly load: number; readonly used: number }[]): { readonly constant: number; readonly perLoad: number } {
  const sum = (of: (point: { readonly load: number; readonly used: number }) => number) => points.reduce((all, point) => all + of(point), 0);
  const through0 = { constant: 0, perLoad: sum(({ load, used }) => load * used) / Math.max(1e-12, sum(({ load }) => load * load)) };
  if (points.length < 3) return through0;
  const [load, used] = [sum((point) => point.load) / points.length, sum((point) => point.used) / points.length];
  const spread = sum((point) => (point.load - load) ** 2);
  const perLoad = spread === 0 ? 0 : sum((point) => (point.load - load) * (point.used - used)) / spread;
  const constant = used - perLoad * load;
  return perLoad > 0 && constant >= 0 ? { constant, perLoad } : through0;
}
