/**
 * What becomes of sessions after they began: by age in steps, the share that is still there, the share to whom something plays, and the
 * plays that start. With arrivals of any rate a(t), sessions at one time are the convolution of a and the first (M(t)/G/inf, exact in the
 * mean: Eick, Massey and Whitt 1993), and so on for the others. Sessions have the listener's own law: hazards by track, plays, pauses.
 *
 *   play, stop with hazard 1, else pause, play, stop with hazard 2, else ...
 *
 * The number of plays and the lengths are independent, so the n-th play starts at the n-1-fold sum of (play + pause), a power of their transform.
 * A length is put on the steps to both sides of it so that its mean stays: Little's law holds to the last digit.
 */
import { stopHazard, type ListenerDescription } from "../listener/index.ts";
import { inverse, transformed, zeros } from "./fourier.ts";
import { meanOf, meanPauseS, pauseBeyondS, type Pauses } from "./lengths.ts";

export interface Kernels {
  readonly stepS: number;
  /** Of sessions that began in one step, on average over a step so many steps later; [0] is the step in which they began, half of it gone. */
  readonly inSession: Float64Array;
  readonly playing: Float64Array;
  /** Plays that start in a step, of one session. */
  readonly starts: Float64Array;
  readonly meanSessionS: number;
  readonly meanPlayingS: number;
  readonly meanPlays: number;
}

export interface SessionLaw {
  /** Equally likely. */
  readonly playLengthsS: Float64Array;
  readonly pauses: Pauses;
  readonly sessions: ListenerDescription["sessions"];
}

/** Longer sessions are cut: of the presets', one in a million. */
const longestS = 48 * 3_600;
const fewest = 1e-9;
const tail = 1e-7;

export function kernelsOf(law: SessionLaw, stepS: number): Kernels {
  const most = Math.ceil(longestS / stepS);
  let length = 1;
  while (length < 1.5 * most) length *= 2;
  const [plays, pauses] = [transformed(onSteps(law.playLengthsS, stepS), length), transformed(pausesOnSteps(law.pauses, stepS, length / 2), length)];
  const reach = reachOf(law.sessions);
  const [startsAt, playEndsAt, sessionEndsAt] = [zeros(length), zeros(length), zeros(length)];
  for (let n = 0; n < length; n++) {
    const [playRe, playIm, pauseRe, pauseIm] = [plays.re[n] as number, plays.im[n] as number, pauses.re[n] as number, pauses.im[n] as number];
    const [re, im] = [playRe * pauseRe - playIm * pauseIm, playRe * pauseIm + playIm * pauseRe];
    let [startRe, startIm, stopRe, stopIm] = [0, 0, 0, 0];
    for (let play = reach.length - 1; play >= 0; play--) {
      const there = reach[play] as number;
      [startRe, startIm] = [startRe * re - startIm * im + there, startRe * im + startIm * re];
      [stopRe, stopIm] = [stopRe * re - stopIm * im + there - (reach[play + 1] ?? 0), stopRe * im + stopIm * re];
    }
    startsAt.re[n] = startRe;
    startsAt.im[n] = startIm;
    playEndsAt.re[n] = startRe * playRe - startIm * playIm;
    playEndsAt.im[n] = startRe * playIm + startIm * playRe;
    sessionEndsAt.re[n] = stopRe * playRe - stopIm * playIm;
    sessionEndsAt.im[n] = stopRe * playIm + stopIm * playRe;
  }
  const [starts, playEnds, sessionEnds] = [inverse(startsAt), inverse(playEndsAt), inverse(sessionEndsAt)];
  const [there, playing] = [new Float64Array(most), new Float64Array(most)];
  let [sessions, sounding, last] = [1, 0, most];
  for (let n = 0; n < most; n++) {
    sessions -= sessionEnds[n] as number;
    sounding += (starts[n] as number) - (playEnds[n] as number);
    there[n] = sessions;
    playing[n] = sounding;
    if (sessions > tail) last = n + 1;
  }
  const meanPlays = reach.reduce((sum, share) => sum + share, 0);
  const meanPlayingS = meanPlays * meanOf(law.playLengthsS);
  return {
    stepS,
    inSession: spread(there, last),
    playing: spread(playing, last),
    starts: starts.slice(0, last),
    meanPlays,
    meanPlayingS,
    meanSessionS: meanPlayingS + (meanPlays - 1) * meanPauseS(law.pauses),
  };
}

/** P(a session has an n-th play), from the first. */
function reachOf(sessions: ListenerDescription["sessions"]): number[] {
  const reach = [1];
  for (let track = 1; track < sessions.maxTracks; track++) {
    const next = (reach[track - 1] ?? 0) * (1 - stopHazard(sessions, track));
    if (next < fewest) break;
    reach.push(next);
  }
  return reach;
}

/** Those of one step began at any moment of it and are looked at over all of another: an age is one step or the one before, evenly. */
const spread = (byAge: Float64Array, length: number): Float64Array => byAge.slice(0, length).map((value, n) => (value + (n === 0 ? 0 : (byAge[n - 1] as number))) / 2);

function onSteps(lengthsS: Float64Array, stepS: number): Float64Array {
  const shares = new Float64Array(Math.floor((lengthsS.at(-1) ?? 0) / stepS) + 2);
  for (const lengthS of lengthsS) {
    const steps = lengthS / stepS;
    const below = Math.floor(steps);
    shares[below] = (shares[below] ?? 0) + (below + 1 - steps) / lengthsS.length;
    shares[below + 1] = (shares[below + 1] ?? 0) + (steps - below) / lengthsS.length;
  }
  return shares;
}

function pausesOnSteps(pauses: Pauses, stepS: number, most: number): Float64Array {
  const length = Math.min(most, Math.ceil((40 * (pauses.shortMeanS + pauses.longMeanS)) / stepS) + 2);
  const beyond = Array.from({ length: length + 1 }, (_, n) => pauseBeyondS(pauses, n * stepS));
  const shares = Float64Array.from({ length }, (_, n) => (n === 0 ? 0 : ((beyond[n - 1] ?? 0) - 2 * (beyond[n] ?? 0) + (beyond[n + 1] ?? 0)) / stepS));
  shares[0] = 1 - shares.reduce((sum, share) => sum + share, 0);
  return shares;
}
