/** The days that come with Ensemble, by the names of the scenarios that they belong to. Hours are those at which much is going on in the world. */
import { readWorldDay, type WorldDay } from "./description.ts";

const shipped: Readonly<Record<string, { readonly about: string; readonly happenings: readonly unknown[] }>> = {
  "concurrent-streams": { about: "A day on which nothing happens: 80 million streams at its highest moment, three parts of the world in their own time.", happenings: [] },
  // 313 M plays on the first day, some 3 to 4 % of the seed's plays (traffic.md 2.6). How many notices make a session is assumed.
  "release-spike": {
    about: "An album of 31 tracks comes out at midnight in New York: three times the edits, searches for one term, notices to 50 million, and 3,900 objects that no cache has.",
    happenings: [{ type: "release", atHour: 5, tracks: 31, editsTimes: 3, searchesTimes: 2, playsShare: 0.04, notified: 3e6, pushed: 50e6, rampS: 60, holdMinutes: 10, fallMinutes: 60 }],
  },
  "regional-outage": {
    about: "Europe and Africa answer nobody for 45 minutes in their evening; 95 % of those who listened there come to the other two regions.",
    happenings: [{ type: "region-outage", region: "Europe and Africa", atHour: 18, minutes: 45, reconnectS: 60, lost: 0.05 }],
  },
  "node-loss": {
    about: "A third of the gateways of the Americas is gone for 20 minutes at the region's busiest hour, and a tenth of its playlist nodes an hour later.",
    happenings: [
      { type: "node-loss", region: "Americas", kind: "gateway", share: 1 / 3, atHour: 23, minutes: 20, reconnectS: 30 },
      { type: "node-loss", region: "Americas", kind: "playlist", share: 0.1, atHour: 21, minutes: 20 },
    ],
  },
  "celebrity-now-playing": {
    about: "Somebody with 100 million followers listens in public for an hour: each change goes to all of them who are there, and one in fifty comes along.",
    happenings: [{ type: "celebrity", atHour: 19, minutes: 60, followers: 100e6, changeEveryS: 160, joinShare: 0.02 }],
  },
  "offline-reconnect-storm": {
    about: "A mobile network loses a fifth of Asia-Pacific's listeners for 30 minutes; they come back within a minute, each with six edits and eleven plays to report.",
    happenings: [{ type: "reconnect-storm", region: "Asia-Pacific", share: 0.2, atHour: 10, minutes: 30, reconnectS: 20, edits: 6, events: 25 }],
  },
  "new-year": {
    about: "At midnight of each region's clock a quarter as many as listen there at most begin a session, within a minute or two.",
    happenings: [{ type: "synchronised", localHour: 0, joinShare: 0.25, spreadS: 60 }],
  },
};

export const worldDayNames = Object.keys(shipped);

/** As it is written. */
export const worldDayDocument = (name: string): Readonly<Record<string, unknown>> => ({ name, ...shipped[name] });

/** Undefined when there is none of this name. `changed` stands in for fields of it. */
export function shippedWorldDay(name: string, changed: Readonly<Record<string, unknown>> = {}): WorldDay | undefined {
  return Object.hasOwn(shipped, name) ? readWorldDay({ ...worldDayDocument(name), ...changed }) : undefined;
}
