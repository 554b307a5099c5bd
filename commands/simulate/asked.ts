/** What the words of `npm run simulate` that run a scenario are asked: which scenario, how large, on how much. */
import { playlistsAt, readScenario, shippedScenario, type Scenario } from "../../simulations/index.ts";
import { describedIn, isFile } from "../described.ts";

/** Processes of each kind on one machine. */
export const atMost = { nodes: 9, gateways: 9, generators: 8 } as const;
/** Visits come and go: so many more users than listeners at one time, so that nobody is there twice. */
const usersPerListener = 3;
const usersLeast = 500;
const playlistsMost = 10_000;

export const isWhole = (value: number | undefined, most: number): value is number => Number.isInteger(value) && value !== undefined && value >= 1 && value <= most;

/** The star of each generator among them. */
export const usersOf = ({ concurrent }: Scenario, scale: number, generators: number): number => Math.max(usersLeast, Math.ceil(concurrent * scale * usersPerListener)) + generators;

/** Those that are edited, none in a scenario without edits. `asked` may be more than can be made. */
export function playlistsOf(scenario: Scenario, scale: number): { readonly asked: number; readonly made: number } {
  const asked = scenario.edits === undefined && scenario.returns === undefined ? 0 : playlistsAt(scenario, scale);
  return { asked, made: Math.min(asked, playlistsMost) };
}

/** A scenario that comes with Ensemble, by name, or a file of one. Undefined when there is none of the name. */
export const scenarioOf = async (name: string): Promise<Scenario | undefined> => (isFile(name) ? describedIn(name, readScenario) : shippedScenario(name));
