/** A process of `npm run bench -- generator`: a generator, as one core of a live run would be. Told what to do by messages (told.ts). */
import { setTimeout as pause } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";
import { arrivals } from "../../simulations/arrivals/index.ts";
import { callAt, goFirst, LightSocket, Pacer } from "../../simulations/live/index.ts";
import { Stream } from "../../simulations/random/index.ts";
import { exampleLog, replay, scheduleOf, type ReplayService } from "../../simulations/replay/index.ts";
import { Recorder, type Recorded } from "../../simulations/run/index.ts";
import { sharedNow } from "./clock.ts";
import { answers, cpuSecondsOf, footprint } from "./told.ts";

export type LoadOrder =
  | { readonly do: "open"; readonly action: string; readonly type: "poisson" | "constant"; readonly ratePerS: number; readonly forS: number; readonly seed: number; /** So many names are called, in turn. */ readonly names: number; /** Ms since 1970. */ readonly startAt: number }
  /** One call after the other. */
  | { readonly do: "closed"; readonly action: string; readonly forS: number; readonly startAt: number }
  /** A log of the listener model, in front of a service that answers after 2 ms. */
  | { readonly do: "replay"; readonly users: number; readonly forS: number; readonly speed: number }
  | { readonly do: "sockets"; readonly url: string; readonly tokens: readonly string[]; readonly holdS: number };

export interface Loaded {
  readonly recorded: Recorded;
  /** When the first second of its calls began, by `sharedNow`. */
  readonly beganAt: number;
  /** Calls that left. */
  readonly calls: number;
  readonly cpuS: number;
}

export interface Replayed {
  readonly acts: number;
  readonly gapP50Ms: number;
  readonly gapP99Ms: number;
}

export interface Connected {
  readonly open: number;
  readonly openMs: number;
  readonly cpuS: number;
  /** Of the process's heap and buffers, for each socket, after a collection. */
  readonly bytes: number;
  /** CPU of the process while they are held, parts of a core. */
  readonly heldCpu: number;
}

const opening = 50;
const drainMs = 2_000;
const startMs = 200;

const broker = new ServiceBroker(brokerOptions(loadConfig()));
const now = () => performance.now();
const cpuS = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const call = async (action: string, name: number, done: (outcome: string) => void): Promise<void> => {
  let outcome = "ok";
  try {
    await broker.call(action, { counterId: `c${name}` });
  } catch (error) {
    outcome = String((error as { readonly code?: number }).code);
  }
  done(outcome);
};

/** As a run does each second: what a second takes is part of a generator's work. */
const everySecond = (recorder: Recorder): NodeJS.Timeout => setInterval(() => void recorder.second(), 1_000);

async function open({ action, type, ratePerS, forS, seed, names, startAt }: Extract<LoadOrder, { do: "open" }>): Promise<Loaded> {
  const startsAt = startOf(startAt);
  const recorder = new Recorder(now, 0);
  const times = arrivals({ type, ratePerS }, new Stream(seed, "calls"), { untilMs: forS * 1_000 });
  await pause(Math.max(0, startsAt - now() - 50));
  const used = cpuS();
  const seconds = everySecond(recorder);
  let calls = 0;
  await callAt({
    pacer: new Pacer(), recorder, kind: "call", timesMs: from(startsAt, times),
    call(n, done) {
      calls += 1;
      void call(action, n % names, done);
    },
  });
  for (const until = now() + drainMs; recorder.inFlight > 0 && now() < until; ) await pause(10);
  clearInterval(seconds);
  return { recorded: recorder.total(), calls, beganAt: beganAt(startsAt), cpuS: cpuS() - used };
}

/** Of this process's clock. */
const startOf = (startAt: number) => now() + (startAt - performance.timeOrigin - performance.now());
const beganAt = (startsAt: number) => startsAt + sharedNow() - now();

function* from(startsAt: number, times: Iterable<number>): Generator<number> {
  for (const time of times) yield startsAt + time;
}

async function closed({ action, forS, startAt }: Extract<LoadOrder, { do: "closed" }>): Promise<Loaded> {
  const startsAt = startOf(startAt);
  await pause(startsAt - now());
  const recorder = new Recorder(now, 0);
  const used = cpuS();
  let calls = 0;
  for (; now() < startsAt + forS * 1_000; calls++) {
    const operation = recorder.begin("call", now());
    operation.sent();
    await call(action, calls, (outcome) => operation.end(outcome));
  }
  return { recorded: recorder.total(), calls, beganAt: beganAt(startsAt), cpuS: cpuS() - used };
}

const soon = (answer: () => void) => void setTimeout(answer, 2);

async function replayed({ users, forS, speed }: Extract<LoadOrder, { do: "replay" }>): Promise<Replayed> {
  const log = exampleLog({ seed: 1, users, durationS: forS * speed, startAt: Date.now() }).map(({ at, userId, trackId, ...act }) => ({ ...act, atMs: Date.parse(at), user: userId, track: trackId, playback: act.playbackId }));
  const { shares, durationMs } = scheduleOf(log, { speed }, 1);
  const service: ReplayService = {
    play: (_visitor, _track, done) => soon(() => done("ok", { playbackId: "p", tiers: { "160": { url: "", query: "" } } })),
    chunk: (_visitor, _grant, _tier, _chunk, done) => soon(() => done("ok", 1)),
    report: (_visitor, _report, done) => soon(() => done("ok")),
    event: (_visitor, _event, done) => soon(() => done("ok")),
    mark: (_visitor, _mark, done) => soon(() => done("ok")),
  };
  const pacer = new Pacer();
  const recorder = new Recorder(now, 0);
  const seconds = everySecond(recorder);
  const { acts, gapErrors } = await new Promise<ReturnType<typeof replay>>((resolve) => {
    const fidelity = replay(shares[0] ?? [], { service, recorder, tracks: [{ trackId: "t", durationMs: 210_000 }], speed, startsAt: now() + startMs, visitorOf: (user) => ({ user, token: "" }), now, at: (ms, run) => pacer.at(ms, run) });
    setTimeout(() => resolve(fidelity), startMs + durationMs + startMs);
  });
  clearInterval(seconds);
  pacer.stop();
  return { acts, gapP50Ms: gapErrors.getValueAtPercentile(50) / 1_000, gapP99Ms: gapErrors.getValueAtPercentile(99) / 1_000 };
}

async function sockets({ url, tokens, holdS }: Extract<LoadOrder, { do: "sockets" }>): Promise<Connected> {
  const before = footprint();
  const began = now();
  const all: LightSocket[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: opening }, async () => {
    for (let n = next++; n < tokens.length; n = next++) {
      const socket = await LightSocket.open({ url, auth: { token: tokens[n] }, onEvent: () => undefined });
      const { error } = (await socket.ask("subscribe", { topics: ["session"] })) as { error?: object };
      if (error !== undefined) throw new Error(JSON.stringify(error));
      all.push(socket);
    }
  }));
  const openMs = now() - began;
  const after = footprint();
  const held = cpuSecondsOf(process.pid);
  await pause(holdS * 1_000);
  const heldCpu = (cpuSecondsOf(process.pid) - held) / holdS;
  const open = all.filter(({ isOpen }) => isOpen).length;
  await Promise.all(all.map((socket) => socket.close()));
  return { open, openMs, cpuS: after.cpuSeconds - before.cpuSeconds, bytes: (after.heapBytes - before.heapBytes) / tokens.length, heldCpu };
}

goFirst();
answers((given) => {
  const order = given as LoadOrder;
  if (order.do === "open") return open(order);
  if (order.do === "closed") return closed(order);
  return order.do === "replay" ? replayed(order) : sockets(order);
});
await broker.start();
await broker.waitForServices(["plain", "counter", "actors"]);
process.send?.("up");
process.on("SIGTERM", () => void broker.stop().then(() => process.exit(0)));
