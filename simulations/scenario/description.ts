/** What a scenario says. Plain data: from TypeScript, JSON or YAML. Rates and counts are those of the whole world; a run takes a part of it (`scale`). */
import { fieldsOf, listOf, numberOf, optional, textOf } from "../description/index.ts";
import { listenerPresets, readListener, type ListenerDescription } from "../listener/index.ts";
import { popularityPresets, readPopularity, type PopularityDescription } from "../popularity/index.ts";
import { readThreshold, type Threshold } from "./thresholds.ts";

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly durationS: number;
  /** At the beginning, not counted. */
  readonly warmUpS: number;
  /** Listeners to whom something plays at one time. */
  readonly concurrent: number;
  readonly listener: ListenerDescription;
  readonly popularity: PopularityDescription;
  /** What must hold, e.g. "play.p99Ms < 200". */
  readonly thresholds: readonly Threshold[];
}

const most = { durationS: 86_400 * 7, concurrent: 1e10, thresholds: 100, text: 2_000, name: 64 };

/** Throws DescriptionError, which names the field. */
export function readScenario(value: unknown): Scenario {
  const path = "scenario";
  const fields = fieldsOf(path, value, ["name", "about", "durationS", "warmUpS", "concurrent", "listener", "popularity", "thresholds"]);
  const durationS = numberOf(`${path}.durationS`, fields["durationS"], { least: 1, most: most.durationS });
  return {
    name: textOf(`${path}.name`, fields["name"], most.name),
    about: textOf(`${path}.about`, fields["about"], most.text),
    durationS,
    warmUpS: numberOf(`${path}.warmUpS`, fields["warmUpS"], { least: 0, most: durationS }),
    concurrent: numberOf(`${path}.concurrent`, fields["concurrent"], { above: 0, most: most.concurrent }),
    listener: optional(fields["listener"], listenerPresets.seed, (given) => readListener(given, `${path}.listener`)),
    popularity: optional(fields["popularity"], popularityPresets.seed, (given) => readPopularity(given, `${path}.popularity`)),
    thresholds: optional(fields["thresholds"], [], (given) => listOf(`${path}.thresholds`, given, { least: 0, most: most.thresholds }).map((rule, n) => readThreshold(`${path}.thresholds[${n}]`, rule))),
  };
}
