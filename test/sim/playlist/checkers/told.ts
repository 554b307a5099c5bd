/** What listeners and readers of the journal are told is what is committed, in its public form, not before it is; and events are kept as long as is said. */
import type { OpsPage } from "../../../../actors/playlist/read-ops.ts";
import { publicEvent, type PlaylistEvent, type PublicEvent } from "../../../../actors/playlist/model/index.ts";
import { lastBefore } from "./answers.ts";
import { different, type PlaylistChecker } from "./evidence.ts";

export const told: PlaylistChecker = (playlist) => {
  const { events, eventsKept } = playlist;
  const wrong: string[] = [];
  const check = (ops: readonly PublicEvent[], at: number, who: string) => {
    for (const op of ops) {
      const event = events[op.version - 1];
      if (event === undefined || event.at > at) wrong.push(`${who} told of event ${op.version} at ${at.toFixed(1)} ms, before it was committed`);
      else {
        const found = different(JSON.stringify(publicEvent(event.body.e as PlaylistEvent, event.seq, event.opId, event.body.at)), JSON.stringify(op));
        if (found !== true) wrong.push(`${who} told otherwise of event ${op.version}: ${found}`);
      }
    }
  };
  for (const { at, by, message } of playlist.told) check(message.ops, at, `listeners were by ${by}`);
  for (const { operation, outcome, endedAt, caller } of playlist.asked) {
    if (operation.kind !== "ops" || outcome.is !== "ok") continue;
    const { since } = operation.params as { readonly since: number };
    if (outcome.refusal === "OPS_GONE" && since + 1 + eventsKept > lastBefore(playlist, endedAt)) wrong.push(`${caller} was told at ${endedAt.toFixed(1)} ms that event ${since + 1} is not kept, of ${lastBefore(playlist, endedAt)}`);
    if (outcome.refusal !== undefined) continue;
    const { ops } = outcome.reply as OpsPage;
    check(ops, endedAt, `${caller} was`);
    if (ops.some(({ version }, n) => version !== since + 1 + n)) wrong.push(`${caller} was told of events ${ops.map(({ version }) => version).join(" ")} since ${since}`);
  }
  return { wrong, claims: [] };
};
