/** Every claim about playlists that is checked at the end of a run, besides those that hold of any actor (checkers/ of the simulation). */
import type { Workload } from "../../workload.ts";
import type { Evidence } from "../../checkers/evidence.ts";
import { answers } from "./answers.ts";
import { copies } from "./copies.ts";
import { unfounded, type Claim, type Finding, type Playlist } from "./evidence.ts";
import { placed } from "./placed.ts";
import { states } from "./states.ts";
import { told } from "./told.ts";

const checkers = { answers, states, copies, told };

type Given = Pick<Playlist, "told" | "devices" | "entries" | "store"> & { readonly evidence: Evidence; readonly keys: readonly string[] };

export async function checkPlaylists({ evidence, keys, ...rest }: Given): ReturnType<NonNullable<Workload["settled"]>> {
  const isOurs = new Set(keys);
  const history = [...evidence.history.filter(({ actor }) => !isOurs.has(actor)), ...placed(evidence.history.filter(({ actor }) => isOurs.has(actor)), evidence.commits)];
  const violations: Finding[] = [];
  for (const key of keys) {
    const found = evidence.commits.filter(({ actor }) => actor === key).toSorted((one, other) => one.seq - other.seq);
    // Of a number that was overwritten the last one counts: it is what anybody will read. That it was, journal.ts says.
    const events = [...new Map(found.map((event) => [event.seq, event])).values()];
    const playlist: Playlist = {
      ...rest, key, events, eventsKept: evidence.eventsKept,
      places: Map.groupBy(events.map(({ seq }) => seq), (seq) => events[seq - 1]?.item ?? ""),
      asked: history.filter(({ actor }) => actor === key),
      snapshots: evidence.snapshots.filter(({ actor }) => actor === key),
      told: rest.told.filter(({ message }) => message.playlistId === key),
      devices: rest.devices.filter((device) => device.playlist === key),
    };
    const claims: (Claim & { readonly checker: string })[] = [];
    const wrong = (checker: string, message: string) => void violations.push({ checker, message: `${key}: ${message}` });
    try {
      for (const [checker, check] of Object.entries(checkers)) {
        const said = await check(playlist);
        for (const message of said.wrong) wrong(checker, message);
        claims.push(...said.claims.map((claim) => ({ ...claim, checker })));
      }
      for (const { checker, message } of unfounded(playlist, claims)) wrong(checker, message);
    } catch (error) {
      wrong("fold", error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  return { history, violations };
}
