/** What goes wrong in a scenario, and when. */
import { z } from "zod";
import { fields, kinds, number, word, type Described } from "../description/index.ts";
import type { RunResult } from "../run/index.ts";

const most = 100;
const secondsMost = 86_400 * 7;
const killable = ["node", "gateway"] as const;
/** Of these a killed one would take the whole cluster's memory with it. */
const pausable = ["nats", "redis"] as const;

const when = {
  atS: number({ least: 0, most: secondsMost }).describe("Seconds from the beginning of the run."),
  forS: number({ above: 0, most: secondsMost }).describe("Seconds, after which it is started again, or goes on."),
};
const which = number({ least: 1, most, whole: true }).default(1).describe("Which of them, from 1.");

export const faultSchema = kinds(
  "what",
  fields({ ...when, what: word(killable).describe("A process of the cluster."), number: which, how: word(["kill", "pause"]).describe("kill: its process ends without a word. pause: it stands still, and whoever waits for it waits.") }),
  fields({ ...when, what: word(pausable).describe("A server of the cluster."), number: which, how: z.literal("pause", { error: `"pause": only ${killable.join("s and ")}s can be killed and started again` }).describe("It stands still, and whoever waits for it waits.") }),
);

export type Fault = Described<typeof faultSchema>;

export const nameOf = ({ what, number }: Fault): string => (what === "node" || what === "gateway" ? `${what}-${number}` : what);
/** For plots. */
export const marksOf = ({ faults }: { readonly faults: readonly Fault[] }): RunResult["marks"] => faults.map((fault) => ({ atS: fault.atS, untilS: fault.atS + fault.forS, what: sentenceOf(fault) }));
const sentenceOf = (fault: Fault): string => `${nameOf(fault)} ${fault.how === "kill" ? "killed" : "stands still"} for ${fault.forS} s`;
