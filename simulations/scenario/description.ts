/** What a scenario says. Plain data: from TypeScript, JSON or YAML. Rates and counts are those of the whole world; a run takes a part of it (`scale`). */
import { readArrivals, type ArrivalsDescription } from "../arrivals/index.ts";
import { DescriptionError, fieldsOf, listOf, numberOf, optional, textOf, wordOf } from "../description/index.ts";
import { listenerPresets, readListener, type ListenerDescription } from "../listener/index.ts";
import { popularityPresets, readPopularity, type PopularityDescription } from "../popularity/index.ts";
import { traceSets, type TraceSet } from "../traces/index.ts";
import { readFaults, type Fault } from "./faults.ts";
import { readThreshold, type Threshold } from "./thresholds.ts";

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly durationS: number;
  /** At the beginning, not counted. */
  readonly warmUpS: number;
  /** The cluster that it is run on, unless the run says otherwise. */
  readonly cluster: { readonly nodes: number; readonly gateways: number };
  /** Listeners to whom something plays at one time, in the steady state. */
  readonly concurrent: number;
  /** How many visits begin, as multiples of those that keep `concurrent` listening: a rate of 1 is the steady state, which is also what is left out. What a spike adds is there for the release. */
  readonly visits?: ArrivalsDescription;
  readonly listener: ListenerDescription;
  readonly popularity: PopularityDescription;
  /** Of the listeners' own links; as fast as the service when left out. */
  readonly network?: { readonly traces: TraceSet; readonly scale: number };
  readonly searches?: { readonly arrivals: ArrivalsDescription; /** Part of what a spike adds that looks for one title. */ readonly oneTerm: number };
  readonly edits?: { readonly arrivals: ArrivalsDescription; /** That are edited. */ readonly playlists: number; /** Part of the edits that go to one of them. */ readonly hottest: number };
  /** Listeners who were away and come back, each with so many events and edits on average. */
  readonly returns?: { readonly arrivals: ArrivalsDescription; readonly events: number; readonly edits: number; readonly playlists: number };
  /** Listeners with a live connection: a part of them; each follows so many of the others, and a part of them the star, who changes what he plays at these times. */
  readonly social?: { readonly connected: number; readonly followed: number; readonly star?: { readonly followers: number; readonly changes: ArrivalsDescription } };
  /** Tracks that nobody has heard before the run: those whom the spike of `visits` brings hear nothing else. */
  readonly release?: { readonly tracks: number };
  readonly faults: readonly Fault[];
  /** What must hold, e.g. "play.p99Ms < 200". */
  readonly thresholds: readonly Threshold[];
}

const most = { durationS: 86_400 * 7, concurrent: 1e10, thresholds: 100, text: 2_000, name: 64, playlists: 1e12, queued: 1_000, nodes: 9, gateways: 9, tracks: 100, followed: 100 };
const share = { least: 0, most: 1 } as const;

/** Throws DescriptionError, which names the field. */
export function readScenario(value: unknown): Scenario {
  const path = "scenario";
  const fields = fieldsOf(path, value, ["name", "about", "durationS", "warmUpS", "cluster", "concurrent", "visits", "listener", "popularity", "network", "searches", "edits", "returns", "social", "release", "faults", "thresholds"]);
  const durationS = numberOf(`${path}.durationS`, fields["durationS"], { least: 1, most: most.durationS });
  const scenario: Scenario = {
    name: textOf(`${path}.name`, fields["name"], most.name),
    about: textOf(`${path}.about`, fields["about"], most.text),
    durationS,
    warmUpS: numberOf(`${path}.warmUpS`, fields["warmUpS"], { least: 0, most: durationS }),
    cluster: optional(fields["cluster"], { nodes: 2, gateways: 1 }, (given) => readCluster(given, `${path}.cluster`)),
    concurrent: numberOf(`${path}.concurrent`, fields["concurrent"], { least: 0, most: most.concurrent }),
    ...given("visits", readArrivals),
    listener: optional(fields["listener"], listenerPresets.seed, (held) => readListener(held, `${path}.listener`)),
    popularity: optional(fields["popularity"], popularityPresets.seed, (held) => readPopularity(held, `${path}.popularity`)),
    ...given("network", readNetwork),
    ...given("searches", (held, at) => {
      const { arrivals, oneTerm } = fieldsOf(at, held, ["arrivals", "oneTerm"]);
      return { arrivals: readArrivals(arrivals, `${at}.arrivals`), oneTerm: optional(oneTerm, 0, (part) => numberOf(`${at}.oneTerm`, part, share)) };
    }),
    ...given("edits", (held, at) => {
      const { arrivals, playlists, hottest } = fieldsOf(at, held, ["arrivals", "playlists", "hottest"]);
      return { arrivals: readArrivals(arrivals, `${at}.arrivals`), playlists: playlistsIn(playlists, at), hottest: optional(hottest, 0, (part) => numberOf(`${at}.hottest`, part, share)) };
    }),
    ...given("returns", (held, at) => {
      const { arrivals, events, edits, playlists } = fieldsOf(at, held, ["arrivals", "events", "edits", "playlists"]);
      const queued = { least: 0, most: most.queued };
      return { arrivals: readArrivals(arrivals, `${at}.arrivals`), events: numberOf(`${at}.events`, events, queued), edits: numberOf(`${at}.edits`, edits, queued), playlists: playlistsIn(playlists, at) };
    }),
    ...given("social", (held, at) => {
      const { connected, followed, star } = fieldsOf(at, held, ["connected", "followed", "star"]);
      return { connected: numberOf(`${at}.connected`, connected, share), followed: numberOf(`${at}.followed`, followed, { least: 0, most: most.followed, whole: true }), ...(star === undefined ? {} : { star: readStar(star, `${at}.star`) }) };
    }),
    ...given("release", (held, at) => ({ tracks: numberOf(`${at}.tracks`, fieldsOf(at, held, ["tracks"])["tracks"], { least: 1, most: most.tracks, whole: true }) })),
    faults: optional(fields["faults"], [], (held) => readFaults(held, `${path}.faults`, durationS)),
    thresholds: optional(fields["thresholds"], [], (held) => listOf(`${path}.thresholds`, held, { least: 0, most: most.thresholds }).map((rule, n) => readThreshold(`${path}.thresholds[${n}]`, rule))),
  };
  if (scenario.release !== undefined && scenario.visits?.type !== "spike") throw new DescriptionError(`${path}.release`, fields["release"], "left out, or beside visits of type spike: it is they who hear it");
  return scenario;

  function given<Name extends string, Read>(name: Name, read: (held: unknown, at: string) => Read): { readonly [K in Name]?: Read } {
    return fields[name] === undefined ? {} : ({ [name]: read(fields[name], `${path}.${name}`) } as { readonly [K in Name]?: Read });
  }
}

function readCluster(value: unknown, path: string): Scenario["cluster"] {
  const { nodes, gateways } = fieldsOf(path, value, ["nodes", "gateways"]);
  return { nodes: numberOf(`${path}.nodes`, nodes, { least: 1, most: most.nodes, whole: true }), gateways: numberOf(`${path}.gateways`, gateways, { least: 1, most: most.gateways, whole: true }) };
}

function readNetwork(value: unknown, path: string): NonNullable<Scenario["network"]> {
  const { traces, scale } = fieldsOf(path, value, ["traces", "scale"]);
  return { traces: wordOf(`${path}.traces`, traces, traceSets), scale: optional(scale, 1, (factor) => numberOf(`${path}.scale`, factor, { above: 0, most: 1_000 })) };
}

function readStar(value: unknown, path: string): NonNullable<NonNullable<Scenario["social"]>["star"]> {
  const { followers, changes } = fieldsOf(path, value, ["followers", "changes"]);
  return { followers: numberOf(`${path}.followers`, followers, share), changes: readArrivals(changes, `${path}.changes`) };
}

const playlistsIn = (value: unknown, path: string): number => numberOf(`${path}.playlists`, value, { least: 1, most: most.playlists });
