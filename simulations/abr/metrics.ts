/**
 * What a listener notices of a session, and what it cost. The quality of experience (QoE) is the mean over the chunks heard of
 * ln(rate / 96) - 2.66 per second of stall before it - |change of ln rate|, as in the simulation that docs/abr.md compares with.
 */
import type { ChunkLog } from "./session.ts";

export interface SessionFigures {
  readonly heardS: number;
  /** From the first request to the first sound. */
  readonly startS: number;
  readonly stalls: number;
  readonly stalledS: number;
  readonly switches: number;
  readonly meanKbps: number;
  readonly qoe: number;
  readonly fetchedBytes: number;
  /** Of chunks of which nothing was heard. */
  readonly wastedBytes: number;
}

export interface Figures {
  readonly sessions: number;
  readonly meanKbps: number;
  /** Time stalled, per cent of the session after its start. A mean over sessions: one dead link does not outweigh all others. */
  readonly rebufferPercent: number;
  readonly stallsPer10Min: number;
  /** Per cent of the sessions without a stall after the start. */
  readonly stallFreePercent: number;
  readonly switchesPerMin: number;
  readonly startP50S: number;
  readonly qoe: number;
  /** Bytes fetched of which nothing was heard, per cent of those heard. */
  readonly wastedPercent: number;
}

const stallWeightPerS = 2.66;
const lowestKbps = 96;
/** Rounding of sums of times is no stall. */
const leastStallMs = 0.001;

/** Of one session's log. What a new track takes to start after a skip counts as a stall. */
export function sessionFigures(log: readonly ChunkLog[]): SessionFigures {
  let heardMs = 0, stalls = 0, stalledMs = 0, switches = 0, kbpsMs = 0, quality = 0, chunks = 0, fetchedBytes = 0, wastedBytes = 0;
  let endMs: number | null = null;
  let previousKbps: number | null = null;
  for (const chunk of log) {
    fetchedBytes += chunk.bytes;
    if (chunk.startMs === null) {
      wastedBytes += chunk.bytes;
      continue;
    }
    const stallMs = endMs === null ? 0 : chunk.startMs - endMs;
    const isStall = stallMs > leastStallMs;
    stalls += isStall ? 1 : 0;
    stalledMs += isStall ? stallMs : 0;
    switches += previousKbps !== null && previousKbps !== chunk.rateKbps ? 1 : 0;
    quality += Math.log(chunk.rateKbps / lowestKbps) - (isStall ? (stallWeightPerS * stallMs) / 1000 : 0) - (previousKbps === null ? 0 : Math.abs(Math.log(chunk.rateKbps / previousKbps)));
    chunks += 1;
    heardMs += chunk.heardMs;
    kbpsMs += chunk.rateKbps * chunk.heardMs;
    endMs = chunk.startMs + chunk.heardMs;
    previousKbps = chunk.rateKbps;
  }
  const startMs = log.find((chunk) => chunk.startMs !== null)?.startMs ?? 0;
  return { heardS: heardMs / 1000, startS: startMs / 1000, stalls, stalledS: stalledMs / 1000, switches, meanKbps: kbpsMs / heardMs, qoe: quality / chunks, fetchedBytes, wastedBytes };
}

/** Over sessions of one length: means of what each had, the median of their starts. */
export function figures(sessions: readonly SessionFigures[]): Figures {
  const sum = (of: (session: SessionFigures) => number) => sessions.reduce((total, session) => total + of(session), 0);
  const heardS = sum((session) => session.heardS);
  const wastedBytes = sum((session) => session.wastedBytes);
  const starts = sessions.map(({ startS }) => startS).toSorted((a, b) => a - b);
  return {
    sessions: sessions.length,
    meanKbps: sum((session) => session.meanKbps) / sessions.length,
    rebufferPercent: (100 * sum(({ stalledS, heardS: own }) => stalledS / (stalledS + own))) / sessions.length,
    stallsPer10Min: (600 * sum((session) => session.stalls)) / heardS,
    stallFreePercent: (100 * sessions.filter(({ stalls }) => stalls === 0).length) / sessions.length,
    switchesPerMin: (60 * sum((session) => session.switches)) / heardS,
    startP50S: ((starts[(starts.length - 1) >> 1] ?? Number.NaN) + (starts[starts.length >> 1] ?? Number.NaN)) / 2,
    qoe: sum((session) => session.qoe) / sessions.length,
    wastedPercent: (100 * wastedBytes) / (sum((session) => session.fetchedBytes) - wastedBytes),
  };
}
