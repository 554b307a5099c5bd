/** Commands about what actors did: the journal, and whether it still leads to the state that the house believes in. */
import type { Check, Log, Replayed } from "../../actors/index.ts";
import type { ConsoleCommand } from "./command.ts";
import { short, when } from "./layout.ts";
import { anyNode, ask, find } from "./nodes.ts";

/** Characters of an event in the table. */
const eventShown = 100;

const log: ConsoleCommand = {
  command: "log <type> <key>",
  description: "An actor's journal: the last events, or those from --from on",
  options: { "--from <n>": "first event", "--limit <n>": "how many (20)" },
  completes: ["type"],
  async run({ broker, args: { type, key }, number }) {
    const found = await ask<Log>(broker, anyNode(broker), "log", { type, key, from: number("from"), limit: number("limit") });
    return {
      json: found,
      text: (tableOf) => [
        found.version === 0 ? `${type} ${key} has no events.` : tableOf(["Event", "Epoch", "When", "Operation", "What"], found.entries.map((one) => [one.seq, one.epoch, when(one.at), one.opId, short(JSON.stringify(one.event), eventShown)])),
        ...(found.next === null ? [] : [`It goes on: log ${type} ${key} --from ${found.next}`]),
      ].join("\n"),
    };
  },
};

const replay: ConsoleCommand = {
  command: "replay <type> <key>",
  description: "Fold an actor's journal again: print the state, or compare it with the snapshot and the live actor (--verify)",
  options: { "--to <seq>": "up to this event", "--verify": "compare" },
  completes: ["type"],
  async run({ broker, args: { type = "", key = "" }, options, number }) {
    const { node } = await find(broker, type, key);
    const found = await ask<Replayed>(broker, node, "replay", { type, key, to: number("to") });
    const isVerified = options["verify"] === true;
    const { state, ...rest } = found;
    return {
      json: isVerified ? { node, equal: isEqual(found), ...rest } : { node, ...found },
      text: () => [
        found.version === 0 ? "There are no events." : `Events ${found.startedAt} to ${found.version}, folded on ${node}${found.startedAt > 1 ? " from the snapshot before them" : ""}.`,
        ...(found.broken === undefined ? [] : [`BROKEN at ${found.broken}`]),
        ...(isVerified ? [checked("snapshot", found.snapshot, "there is none"), checked("live actor", found.live, "not in memory")]
          : [state === null && found.stateBytes > 4 ? `The state has ${found.stateBytes} bytes: too many to print.` : JSON.stringify(state, null, 2)]),
      ].join("\n"),
    };
  },
};

/** Null when nothing could be compared. */
function isEqual({ broken, snapshot, live }: Replayed): boolean | null {
  const checks = [snapshot?.equal, live?.equal].filter((equal) => typeof equal === "boolean");
  if (broken !== undefined || checks.includes(false)) return false;
  return checks.length === 0 ? null : true;
}

function checked(what: string, check: Check | null, absent: string): string {
  if (check === null) return `${what}: ${absent}`;
  const at = `${what} at version ${check.version}`;
  if (check.equal === null) return `${at}: not compared, ${check.why ?? ""}`;
  if (check.equal) return `${at}: equal`;
  const { path, one, other } = check.difference ?? { path: "", one: "", other: check.why ?? "" };
  return `${at}: DIFFERENT${path === "" ? "" : ` at ${path}`}: the journal says ${one}, the ${what} ${other}`;
}

export const journalCommands: readonly ConsoleCommand[] = [log, replay];
