/** What goes wrong in a scenario, and when. */
import { DescriptionError, fieldsOf, listOf, numberOf, wordOf } from "../description/index.ts";
import type { RunResult } from "../run/index.ts";

export interface Fault {
  readonly atS: number;
  /** Afterwards it is started again, or goes on. */
  readonly forS: number;
  readonly what: (typeof whats)[number];
  /** Which of them, from 1. */
  readonly number: number;
  /** `kill`: its process ends without a word. `pause`: it stands still, and whoever waits for it waits. */
  readonly how: (typeof hows)[number];
}

const whats = ["node", "gateway", "nats", "redis"] as const;
const hows = ["kill", "pause"] as const;
const most = 100;

/** Of the faulty: a killed server would take the whole cluster's memory with it. */
export function readFaults(value: unknown, path: string, durationS: number): Fault[] {
  return listOf(path, value, { least: 0, most }).map((each, n): Fault => {
    const at = `${path}[${n}]`;
    const fields = fieldsOf(at, each, ["atS", "forS", "what", "number", "how"]);
    const fault: Fault = {
      atS: numberOf(`${at}.atS`, fields["atS"], { least: 0, most: durationS }),
      forS: numberOf(`${at}.forS`, fields["forS"], { above: 0, most: durationS }),
      what: wordOf(`${at}.what`, fields["what"], whats),
      number: fields["number"] === undefined ? 1 : numberOf(`${at}.number`, fields["number"], { least: 1, most, whole: true }),
      how: wordOf(`${at}.how`, fields["how"], hows),
    };
    if (fault.how === "kill" && (fault.what === "nats" || fault.what === "redis")) throw new DescriptionError(`${at}.how`, fault.how, `"pause" for ${fault.what}: only nodes and gateways can be killed and started again`);
    return fault;
  });
}

export const nameOf = ({ what, number }: Fault): string => (what === "node" || what === "gateway" ? `${what}-${number}` : what);
/** For plots. */
export const marksOf = ({ faults }: { readonly faults: readonly Fault[] }): RunResult["marks"] => faults.map((fault) => ({ atS: fault.atS, untilS: fault.atS + fault.forS, what: sentenceOf(fault) }));
const sentenceOf = (fault: Fault): string => `${nameOf(fault)} ${fault.how === "kill" ? "killed" : "stands still"} for ${fault.forS} s`;
