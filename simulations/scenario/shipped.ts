/**
 * The scenarios that come with Ensemble. Figures of traffic are cited as "traffic.md N.M"; what is assumed says so.
 *
 * A live run lasts minutes, so what takes hours in the world is drawn together: the ramp of a release, the wave of those who come back.
 * Scenarios that are about what is shared (searches, playlists) leave out the listeners whom nothing of it concerns: their streams are
 * the load of concurrent-streams, and of a world that is planned for.
 */
import { readScenario, type Scenario } from "./description.ts";

/** A visit or an errand is a spike over its base: flat until the start, up within the ramp, held, and down again. */
const spike = (ratePerS: number, amplitude: number, startS: number, holdS: number, rampS = 10, tauS = 15) => ({
  type: "spike", base: { type: "poisson", ratePerS }, startMs: startS * 1_000, rampMs: rampS * 1_000, holdMs: holdS * 1_000, tauMs: tauS * 1_000, amplitude,
});

/** As they are written. */
export const scenarioDocuments: readonly unknown[] = [
  {
    name: "concurrent-streams",
    about: "80 million people listen at one time: the seed's peak. Everybody plays track after track, skips some, and tells the service where he is.",
    durationS: 150,
    warmUpS: 60,
    concurrent: 80e6,
    thresholds: ["play.p99Ms < 200", "start.p99Ms < 500", "chunk.p99Ms < 200", "play.failedPercent < 0.1", "chunk.failedPercent < 0.1"],
  },
  {
    // The seed: 50K edits/s, 150K in a release, 200K searches/s. A release adds 17K plays/s when a fifth of a record first day falls into its first hour (traffic.md 2.6):
    // 2.1 million listeners of 126 s; before it as many listen as bring the searches and edits that there are... a fifth of that is taken.
    name: "release-spike",
    about: "Midnight: an album that everybody waited for is out. Edits of playlists rise from 50 to 150 thousand a second, half of the searches that come with it are for one title, and its tracks are in nobody's cache. Listeners are those of the release; the rest of the world is in concurrent-streams.",
    durationS: 150,
    warmUpS: 40,
    concurrent: 400e3,
    visits: spike(1, 4, 60, 30),
    searches: { arrivals: spike(100e3, 1, 60, 30), oneTerm: 0.5 },
    edits: { arrivals: spike(50e3, 2, 60, 30), playlists: 1e6, hottest: 0.005 },
    release: { tracks: 12 },
    thresholds: ["play.p99Ms < 200", "search.p99Ms < 300", "edit.p99Ms < 500", "edit.failedPercent < 0.1", "search.failedPercent < 0.1", "play.failedPercent < 0.1"],
  },
  {
    name: "regional-outage",
    about: "A region goes away for half a minute: a gateway and a node end without a word, and its listeners come to the others.",
    durationS: 150,
    warmUpS: 40,
    cluster: { nodes: 3, gateways: 2 },
    concurrent: 80e6,
    faults: [{ atS: 60, forS: 30, what: "gateway", number: 1, how: "kill" }, { atS: 60, forS: 30, what: "node", number: 2, how: "kill" }],
    thresholds: ["play.p50Ms < 200", "play.failedPercent < 5", "chunk.failedPercent < 1"],
  },
  {
    name: "node-loss",
    about: "One of three nodes is killed and comes back after half a minute: its sessions and playlists live on at the others once its lease has ended.",
    durationS: 150,
    warmUpS: 40,
    cluster: { nodes: 3, gateways: 1 },
    concurrent: 80e6,
    edits: { arrivals: { type: "poisson", ratePerS: 1e6 }, playlists: 10e6, hottest: 0 },
    faults: [{ atS: 60, forS: 30, what: "node", number: 2, how: "kill" }],
    thresholds: ["play.p50Ms < 200", "play.failedPercent < 5", "edit.failedPercent < 10", "chunk.failedPercent < 0.1"],
  },
  {
    // Two flights and a tunnel: how many events and edits wait is assumed.
    name: "celebrity-now-playing",
    about: "A star with a hundred thousand followers in a thousandth of the world changes what he plays every other second; half of the listeners are connected, a third of them follows him, and everybody follows three others.",
    durationS: 120,
    warmUpS: 40,
    concurrent: 20e6,
    social: { connected: 0.5, followed: 3, star: { followers: 0.3, changes: { type: "piecewise", points: [{ atMs: 0, ratePerS: 0 }, { atMs: 60_000, ratePerS: 0 }, { atMs: 60_000, ratePerS: 0.5 }, { atMs: 120_000, ratePerS: 0.5 }] } } },
    thresholds: ["push.p99Ms < 2000", "play.p99Ms < 200", "connect.failedPercent < 0.1"],
  },
  {
    name: "offline-reconnect-storm",
    about: "A mobile network comes back: within seconds a twentieth of the listeners return, each with what was heard and edited meanwhile.",
    durationS: 120,
    warmUpS: 40,
    concurrent: 40e6,
    returns: { arrivals: spike(20e3, 20, 60, 10, 2, 5), events: 4, edits: 0.5, playlists: 4e6 },
    thresholds: ["session.p99Ms < 1000", "edit.failedPercent < 0.1", "event.failedPercent < 0.1", "play.p99Ms < 500"],
  },
  {
    name: "new-year",
    about: "Midnight in one time zone: a third of the listeners stop shortly before, and after the bells everybody starts at once.",
    durationS: 120,
    warmUpS: 40,
    concurrent: 40e6,
    visits: { type: "piecewise", points: [{ atMs: 0, ratePerS: 1 }, { atMs: 50_000, ratePerS: 1 }, { atMs: 60_000, ratePerS: 0.2 }, { atMs: 70_000, ratePerS: 0.2 }, { atMs: 70_000, ratePerS: 60 }, { atMs: 73_000, ratePerS: 20 }, { atMs: 80_000, ratePerS: 1.2 }, { atMs: 120_000, ratePerS: 1 }] },
    thresholds: ["play.p99Ms < 500", "start.p99Ms < 1000", "play.failedPercent < 0.1"],
  },
];

const scenarios = new Map(scenarioDocuments.map((each) => {
  const scenario = readScenario(each);
  return [scenario.name, scenario] as const;
}));

export const scenarioNames = [...scenarios.keys()];

/** Undefined when there is none of this name. */
export const shippedScenario = (name: string): Scenario | undefined => scenarios.get(name);
