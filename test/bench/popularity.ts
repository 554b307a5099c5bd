/** How fast simulations draw tracks from catalogues of 1e8, listeners' plays and arrivals, per CPU-second; and what share of the draws the top 1 % got. */
import { arrivals, type ArrivalsDescription } from "../../simulations/arrivals/index.ts";
import { listenerPresets, meanSessionTracks, sessionPlays } from "../../simulations/listener/index.ts";
import { popularityOf, popularityPresets, type Popularity } from "../../simulations/popularity/index.ts";
import { Stream } from "../../simulations/random/index.ts";
import { machine, round, type BenchCase, type BenchResult } from "./result.ts";

const draws = 1_000_000;
const rounds = 7;
const goalPerS = 5e6;
const dayMs = 86_400_000;
/** Each about as many arrivals a day as there are draws. */
const processes: Readonly<Record<string, ArrivalsDescription>> = {
  "one rate": { type: "poisson", ratePerS: 11.6 },
  "a day": { type: "diurnal", ratePerS: 11.6, startHour: 0, regions: [{ name: "Europe", share: 0.5, offsetHours: 1 }, { name: "Americas", share: 0.5, offsetHours: -6 }] },
  "a release": { type: "spike", base: { type: "poisson", ratePerS: 11.6 }, startMs: dayMs / 2, rampMs: 60_000, tauMs: 900_000, amplitude: 2 },
  bursts: { type: "mmpp", ratesPerS: [23.2, 5.8], meanStayMs: [10_000, 20_000] },
};

export async function bench(): Promise<BenchResult> {
  const before = machine();
  const results = Object.entries(popularityPresets).flatMap(([name, description]) => measured(name, popularityOf(description)));
  results.push(listeners(), ...Object.entries(processes).map(([name, description]) => arrivalsOf(name, description)));
  return { bench: "popularity", machine: before, results };
}

function measured(name: string, popularity: Popularity): BenchCase[] {
  const stream = new Stream(1, "bench", name);
  const [onePercent, perS] = [Math.floor(popularity.tracks / 100), [] as number[]];
  let [top, first] = [0, 0];
  for (let n = 0; n < rounds; n++) {
    [top, first] = [0, 0];
    const begun = cpuS();
    for (let draw = 0; draw < draws; draw++) {
      const track = popularity.sample(stream);
      if (track <= onePercent) top++;
      if (track === 1) first++;
    }
    perS.push(draws / (cpuS() - begun));
  }
  const median = medianOf(perS);
  const share = popularity.shareOfTop(onePercent);
  return [
    { case: `${name}: draws`, ours: Math.round(median), limit: null, unit: "draws per CPU-second", ratio: null, goal: goalPerS, met: median >= goalPerS },
    { case: `${name}: share of the top 1 %`, ours: round(top / draws), limit: round(share), unit: "of draws", ratio: round(top / draws / share), goal: "0.003 from the closed form", met: Math.abs(top / draws - share) <= 0.003 },
    { case: `${name}: share of the top track`, ours: first / draws, limit: popularity.probability(1), unit: "of draws", ratio: round(first / draws / popularity.probability(1)), goal: null, met: null },
  ];
}

function listeners(): BenchCase {
  const stream = new Stream(1, "bench", "listeners");
  const sessions = Math.round(draws / 10 / meanSessionTracks(listenerPresets.seed.sessions));
  const perS = Array.from({ length: rounds }, () => {
    const begun = cpuS();
    let plays = 0;
    for (let session = 0; session < sessions; session++) for (const { listenedS } of sessionPlays(listenerPresets.seed, stream)) plays += listenedS >= 0 ? 1 : 0;
    return plays / (cpuS() - begun);
  });
  return { case: "plays of listeners", ours: Math.round(medianOf(perS)), limit: null, unit: "plays per CPU-second", ratio: null, goal: null, met: null };
}

function arrivalsOf(name: string, description: ArrivalsDescription): BenchCase {
  const perS = Array.from({ length: rounds }, (_, n) => {
    const begun = cpuS();
    let count = 0;
    for (const atMs of arrivals(description, new Stream(n, "bench"), { untilMs: dayMs })) count += atMs >= 0 ? 1 : 0;
    return count / (cpuS() - begun);
  });
  return { case: `arrivals: ${name}`, ours: Math.round(medianOf(perS)), limit: null, unit: "arrivals per CPU-second", ratio: null, goal: null, met: null };
}

const medianOf = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
