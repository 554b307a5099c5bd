/** What a line of the console may go on with: nodes, shards and types of actors, in the places where our commands take them. */
import type { CompleterResult } from "node:readline";
import type { ServiceBroker } from "moleculer";
import { shardsOf } from "../../actors/index.ts";
import type { ConsoleCommand } from "./command.ts";
import { actorNodes, actorTypes } from "./nodes.ts";

/** A completer for our commands; it answers undefined for a line of another one. */
export function completer(broker: ServiceBroker, commands: readonly ConsoleCommand[]): (line: string) => CompleterResult | undefined {
  const byName = new Map(commands.map((one) => [one.command.split(" ", 1)[0], one]));
  return (line) => {
    const [name, ...words] = line.split(" ");
    const command = byName.get(name);
    if (command === undefined || words.length === 0) return undefined;
    const word = words.at(-1) ?? "";
    if (word.startsWith("-")) return [matching(optionsOf(command), word), word];
    const place = command.completes?.[words.length - 1];
    return [place === undefined ? [] : matching(candidates(broker, place), word), word];
  };
}

function candidates(broker: ServiceBroker, place: "node" | "shard" | "type" | readonly string[]): readonly string[] {
  if (place === "node") return actorNodes(broker);
  if (place === "type") return actorTypes(broker);
  if (place === "shard") return actorTypes(broker).flatMap((type) => shardsOf(type));
  return place;
}

const matching = (all: readonly string[], word: string) => all.filter((one) => one.startsWith(word));
const optionsOf = ({ options, changes }: ConsoleCommand) => [...Object.keys(options ?? {}).map((option) => option.split(" ", 1)[0] ?? ""), ...(changes === true ? ["--yes"] : []), "--json"];
