/** What a scenario says. Plain data: from TypeScript, JSON or YAML. The JSON Schema is scenario.schema.json beside this file. */
import { arrivalsSchema } from "../arrivals/index.ts";
import { fields, list, number, read, ruled, schemaAddress, schemaOf, share, text, word, type Described, type Refusal } from "../description/index.ts";
import { listenerSchema } from "../listener/index.ts";
import { popularitySchema } from "../popularity/index.ts";
import { traceSets } from "../traces/index.ts";
import { faultSchema } from "./faults.ts";
import { thresholdSchema } from "./thresholds.ts";

const processes = number({ least: 1, most: 9, whole: true });
const playlists = number({ least: 1, most: 1e12 });
const queued = number({ least: 0, most: 1_000 });

const fieldsAlone = fields({
  ...schemaAddress,
  name: text(64).describe("What results and their folder are called."),
  about: text(2_000).describe("For people."),
  durationS: number({ least: 1, most: 86_400 * 7 }).describe("Seconds, the warm-up included."),
  warmUpS: number({ least: 0, most: 86_400 * 7 }).describe("Seconds at the beginning, not counted; listeners come in its first part."),
  cluster: fields({ nodes: processes.describe("Nodes, a process each."), gateways: processes.describe("Gateways, a process each.") })
    .default({ nodes: 2, gateways: 1 })
    .describe("The cluster that it is run on, unless the run says otherwise."),
  concurrent: number({ least: 0, most: 1e10 }).describe("Listeners to whom something plays at one time in the steady state, of the whole world."),
  visits: arrivalsSchema.exactOptional().describe("How many visits begin, as multiples of those that keep `concurrent` listening: a rate of 1 is the steady state, which is also what is left out. What a spike adds is there for the release."),
  listener: listenerSchema.prefault("seed"),
  popularity: popularitySchema.prefault("seed"),
  network: fields({ traces: word(traceSets).describe("Recorded links."), scale: number({ above: 0, most: 1_000 }).default(1).describe("Their rates times this.") })
    .exactOptional()
    .describe("Of the listeners' own links; as fast as the service when left out."),
  searches: fields({ arrivals: arrivalsSchema, oneTerm: share.default(0).describe("Part of what a spike adds that looks for one title.") })
    .exactOptional()
    .describe("Searches a second, of the whole world."),
  edits: fields({ arrivals: arrivalsSchema, playlists: playlists.describe("That are edited."), hottest: share.default(0).describe("Part of the edits that go to one of them.") })
    .exactOptional()
    .describe("Edits of playlists a second, of the whole world."),
  returns: fields({
    arrivals: arrivalsSchema,
    events: queued.describe("Of the listening log, that each has kept on average."),
    edits: queued.describe("That each has kept on average."),
    playlists: playlists.describe("That are edited."),
  })
    .exactOptional()
    .describe("Listeners who were away and come back, of the whole world."),
  social: fields({
    connected: share.describe("Part of the listeners that has a live connection."),
    followed: number({ least: 0, most: 100, whole: true }).describe("How many of the others each of them follows."),
    star: fields({ followers: share.describe("Part of the listeners that follows the star."), changes: arrivalsSchema.describe("When the star changes what he plays: not scaled.") })
      .exactOptional()
      .describe("Somebody whom many follow beside."),
  })
    .exactOptional()
    .describe("Listeners who see what others play."),
  release: fields({ tracks: number({ least: 1, most: 100, whole: true }).describe("How many.") })
    .exactOptional()
    .describe("Tracks that nobody has heard before the run: those whom the spike of `visits` brings hear nothing else."),
  faults: list(faultSchema, { least: 0, most: 100 }).default([]).describe("What breaks, and when."),
  thresholds: list(thresholdSchema, { least: 0, most: 100 }).default([]).describe("What must hold."),
}).describe("A load simulation: who comes, what he hears, what he looks for and edits, and what breaks. Rates and counts are those of the whole world; a run takes a part of it (--scale).");

const schema = ruled(fieldsAlone, ({ durationS, warmUpS, faults, release, visits }) => {
  const late = (path: Refusal[0], valueS: number, above: string): Refusal[] => (valueS > durationS ? [[path, `a number ${above} 0 up to ${durationS}, the duration`]] : []);
  return [
    ...late(["warmUpS"], warmUpS, "from"),
    ...faults.flatMap(({ atS, forS }, n) => [...late(["faults", n, "atS"], atS, "from"), ...late(["faults", n, "forS"], forS, "above")]),
    ...(release === undefined || visits?.type === "spike" ? [] : [[["release"], "left out, or beside visits of type spike: it is they who hear it"] as const]),
  ];
});

export type Scenario = Omit<Described<typeof schema>, "$schema">;

/** Throws DescriptionError, which names every field that is wrong. */
export function readScenario(value: unknown): Scenario {
  const { $schema: _, ...scenario } = read(schema, "scenario", value);
  return scenario;
}

/** JSON Schema of a scenario, for editors. */
export const scenarioSchema = () => schemaOf("A scenario of npm run simulate", schema);
