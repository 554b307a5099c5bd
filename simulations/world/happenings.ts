/**
 * What happens on a day beside its curve, as plain data. `atHour` is of UTC; a happening that names no region is one of the whole world.
 *
 *   region-outage    a region answers nobody: its listeners come to the others, those who come at all
 *   node-loss        a share of a region's nodes of one kind is gone
 *   release          new tracks: more edits, searches for one term, sessions begun by a notice, objects that no cache has
 *   celebrity        somebody with many followers listens: each change goes to all who are online, some come along
 *   reconnect-storm  a share of devices loses the network, and comes back at once with what was done meanwhile
 *   synchronised     at an hour of their own clocks many begin at once, with the same tracks
 */
import { DescriptionError, fieldsOf, numberOf, optional, wordOf } from "../description/index.ts";

export type Happening = RegionOutage | NodeLoss | WorldRelease | Celebrity | ReconnectStorm | Synchronised;

interface At {
  readonly atHour: number;
}

export interface RegionOutage extends At {
  readonly type: "region-outage";
  readonly region: string;
  readonly minutes: number;
  /** Mean time until a listener has a socket elsewhere. */
  readonly reconnectS: number;
  /** Of its listeners, those who do not come back. */
  readonly lost: number;
}

export interface NodeLoss extends At {
  readonly type: "node-loss";
  readonly region: string;
  readonly kind: NodeKind;
  readonly share: number;
  readonly minutes: number;
  readonly reconnectS: number;
}

export const nodeKinds = ["gateway", "session", "playlist", "streaming", "search", "nats", "redis", "postgres", "edge"] as const;
export type NodeKind = (typeof nodeKinds)[number];

export interface WorldRelease extends At {
  readonly type: "release";
  readonly tracks: number;
  /** Edits and searches at the top, as multiples of what they are without. */
  readonly editsTimes: number;
  readonly searchesTimes: number;
  /** Of plays, those of the new tracks at the top. */
  readonly playsShare: number;
  /** People who begin a session because of a notice, and who are told by a push. */
  readonly notified: number;
  readonly pushed: number;
  readonly rampS: number;
  readonly holdMinutes: number;
  readonly fallMinutes: number;
}

export interface Celebrity extends At {
  readonly type: "celebrity";
  readonly minutes: number;
  readonly followers: number;
  /** Of the followers, those who can be online; of these the share that listens at that time is told. */
  readonly changeEveryS: number;
  /** Of the followers, those who begin a session to listen along. */
  readonly joinShare: number;
}

export interface ReconnectStorm extends At {
  readonly type: "reconnect-storm";
  /** Undefined: all regions. */
  readonly region?: string;
  readonly share: number;
  readonly minutes: number;
  /** Mean time in which they come back, once they can. */
  readonly reconnectS: number;
  /** Kept by each device while it was away. */
  readonly edits: number;
  readonly events: number;
}

export interface Synchronised {
  readonly type: "synchronised";
  /** Of each region's own clock. */
  readonly localHour: number;
  /** Sessions that begin, over the region's most listeners on a day without. */
  readonly joinShare: number;
  /** Mean time over which they begin. */
  readonly spreadS: number;
}

const share = { least: 0, most: 1 } as const;

export function readHappening(value: unknown, path: string, { hours, regions }: { readonly hours: number; readonly regions: readonly string[] }): Happening {
  const given = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  const type = wordOf(`${path}.type`, given, ["region-outage", "node-loss", "release", "celebrity", "reconnect-storm", "synchronised"]);
  const fields = (names: readonly string[]) => fieldsOf(path, value, ["type", ...names]);
  const number = (held: Readonly<Record<string, unknown>>, name: string, range: Parameters<typeof numberOf>[2], otherwise?: number) => (otherwise === undefined ? numberOf(`${path}.${name}`, held[name], range) : optional(held[name], otherwise, (one) => numberOf(`${path}.${name}`, one, range)));
  const atHour = (held: Readonly<Record<string, unknown>>) => number(held, "atHour", { least: 0, most: hours });
  const minutes = (held: Readonly<Record<string, unknown>>) => number(held, "minutes", { above: 0, most: 60 * hours });
  const reconnectS = (held: Readonly<Record<string, unknown>>, otherwise: number) => number(held, "reconnectS", { least: 1, most: 3_600 }, otherwise);
  const region = (held: Readonly<Record<string, unknown>>) => wordOf(`${path}.region`, held.region, regions);
  switch (type) {
    case "region-outage": {
      const held = fields(["region", "atHour", "minutes", "reconnectS", "lost"]);
      return { type, region: region(held), atHour: atHour(held), minutes: minutes(held), reconnectS: reconnectS(held, 60), lost: number(held, "lost", share, 0.05) };
    }
    case "node-loss": {
      const held = fields(["region", "kind", "share", "atHour", "minutes", "reconnectS"]);
      return { type, region: region(held), kind: wordOf(`${path}.kind`, held.kind, nodeKinds), share: number(held, "share", { least: 0, most: 0.99 }), atHour: atHour(held), minutes: minutes(held), reconnectS: reconnectS(held, 30) };
    }
    case "release": {
      const held = fields(["atHour", "tracks", "editsTimes", "searchesTimes", "playsShare", "notified", "pushed", "rampS", "holdMinutes", "fallMinutes"]);
      return {
        type, atHour: atHour(held), tracks: number(held, "tracks", { least: 1, most: 1e6, whole: true }, 31), editsTimes: number(held, "editsTimes", { least: 1, most: 1_000 }, 3), searchesTimes: number(held, "searchesTimes", { least: 1, most: 1_000 }, 2),
        playsShare: number(held, "playsShare", { least: 0, most: 0.99 }, 0.04), notified: number(held, "notified", { least: 0, most: 1e10 }, 0), pushed: number(held, "pushed", { least: 0, most: 1e10 }, 0),
        rampS: number(held, "rampS", { least: 1, most: 86_400 }, 60), holdMinutes: number(held, "holdMinutes", { least: 0, most: 60 * hours }, 10), fallMinutes: number(held, "fallMinutes", { above: 0, most: 60 * hours }, 60),
      };
    }
    case "celebrity": {
      const held = fields(["atHour", "minutes", "followers", "changeEveryS", "joinShare"]);
      return { type, atHour: atHour(held), minutes: minutes(held), followers: number(held, "followers", { least: 0, most: 1e10 }), changeEveryS: number(held, "changeEveryS", { least: 1, most: 86_400 }, 160), joinShare: number(held, "joinShare", share, 0) };
    }
    case "reconnect-storm": {
      const held = fields(["region", "share", "atHour", "minutes", "reconnectS", "edits", "events"]);
      return {
        type, ...(held.region === undefined ? {} : { region: region(held) }), share: number(held, "share", share), atHour: atHour(held), minutes: minutes(held),
        reconnectS: reconnectS(held, 30), edits: number(held, "edits", { least: 0, most: 1_000 }, 0), events: number(held, "events", { least: 0, most: 10_000 }, 0),
      };
    }
    case "synchronised": {
      const held = fields(["localHour", "joinShare", "spreadS"]);
      return { type, localHour: number(held, "localHour", { least: 0, most: 24 }, 0), joinShare: number(held, "joinShare", { least: 0, most: 10 }), spreadS: number(held, "spreadS", { least: 1, most: 86_400 }, 60) };
    }
    default:
      return unheardOf(type);
  }
}

/** A description that came past its reader. */
export function unheardOf(happening: never): never {
  throw new DescriptionError("happenings.type", happening, "one of those that readHappening knows");
}
