/**
 * Listening events: devices play short songs and say what happens, one event in ten twice, some with too little patience. A consumer that is
 * killed every few seconds reads them all the while. What was acknowledged is in the log once, each playback is counted once, the
 * consumer's group has each event once.
 */
import { shardOf } from "../../../actors/runtime/placement.ts";
import { connectSocket } from "../../../client/index.ts";
import { callsBySocket, callsOver, pause, untilKnown, type Call } from "../callers.ts";
import { checkConsumer, checkEvents, checkPlays, type EventRow, type Heard } from "../check/events.ts";
import { Consumer } from "../consumer.ts";
import { FaultTimes } from "../fault-times.ts";
import { makeListeners, makeSongs } from "../listeners.ts";
import type { Seeded } from "../random.ts";
import type { Findings, Load, Stage, Workload } from "./workload.ts";

const listeners = 24;
/** Of them, by a socket of the client; the others by the bus. */
const bySocket = 4;
const songMs = 3_000;
const songs = 100;
/** Heard for so long, a song counts: half of it. */
const countsMs = songMs / 2;
/** A playback is held for long enough, or for too short a time, by a wide margin. */
const marginMs = 400;
const longMs = [2_100, 2_600] as const;
const shortMs = [100, 500] as const;
const betweenEventsMs = [10, 60] as const;
/** A client with so little patience asks again at once. */
const impatientMs = 4;
/** Playbacks so near to a fault count at most once; others exactly once. */
const nearFaultMs = 3_000;
const consumerStillMs = 20_000;

interface Player {
  readonly userId: string;
  readonly call: Call;
  readonly random: Seeded;
  readonly name: string;
}

interface Playback extends Heard {
  readonly from: number;
  readonly to: number;
}

export const listeningEvents: Workload = {
  services: ["catalog", "account", "playlist", "rights", "streaming", "presence", "session", "operations"],
  gateways: 1,
  hasJournal: false,
  begin,
};

async function begin(stage: Stage): Promise<Load> {
  const { cluster, broker, random, history, isOver, giveUpAt } = stage;
  const trackIds = await makeSongs(cluster, "short", songs, songMs);
  await broker.waitForServices(["session", "presence", "catalog"], 20_000);
  const people = await makeListeners(cluster, broker, Array.from({ length: listeners }, (_, n) => `listener${n + 1}`));
  const players = people.map(({ user, address, accessToken }, n): Player => {
    let call = callsOver(broker, user);
    if (n < bySocket) {
      const socket = connectSocket({ url: address, token: async () => accessToken, timeoutMs: 3_000 });
      stage.onEnd(() => socket.close());
      call = callsBySocket(socket);
    }
    return { userId: String(user["id"]), call, random: random.fork(n + 1), name: `c${n + 1}` };
  });
  const consumer = new Consumer(cluster.consumerEnv(), "chaos");
  stage.onEnd(() => consumer.close());
  const playbacks: Playback[] = [];
  const faults = new FaultTimes();
  // A stop of the last moments before a kill is lost with its owner: its playback may go on until the device is heard again, and count.
  const isNear = ({ from, to }: Playback) => faults.isNear(from, to, nearFaultMs);
  const counts = { twice: 0, impatient: 0 };
  await Promise.all(players.map(({ call, name, random: own }) => untilKnown({ history, giveUpAt, random: own }, [], () => call("session.register", { deviceId: `device-${name}`, name, type: "phone", opId: `register-${name}` }))));
  return {
    about: `${listeners} listeners play songs of ${songMs / 1_000} s`,
    shards: players.map(({ userId }) => shardOf("session", userId)),
    shardOf: (userId) => shardOf("session", userId),
    async run() {
      const consuming = consumer.run(random.fork(500), isOver);
      await Promise.all(players.map(async (player) => {
        for (let n = 1; !isOver(); n++) playbacks.push(await play(player, `${player.name}-p${n}`, player.random.pick(trackIds), stage, counts));
      }));
      await consuming;
    },
    struck: () => faults.struck(history.now()),
    healed: async () => faults.healed(history.now()),
    async finish(): Promise<Findings> {
      const rows = await cluster.ask<EventRow>(`select user_id as "userId", id, type, track_id as "trackId", playback_id as "playbackId" from listening_event`);
      await consumer.catchUp(rows.length, consumerStillMs);
      await consumer.close();
      const heard = playbacks.filter((playback) => playback.isCertain || playback.to - playback.from >= countsMs || isNear(playback)).map((playback) => ({
        userId: playback.userId, playbackId: playback.playbackId, isCertain: playback.isCertain && !isNear(playback),
      }));
      const plays = rows.filter(({ type }) => type === "play").length;
      return {
        violations: [...checkEvents(history.operations, rows), ...checkPlays(heard, rows), ...checkConsumer(consumer.read, rows)],
        sentTwice: counts.twice,
        figures: { events: rows.length, plays, playbacksThatCount: heard.filter(({ isCertain }) => isCertain).length, impatient: counts.impatient, consumed: consumer.read.length, consumerKills: consumer.kills, batchesReadAgain: consumer.again },
        vacuous: [
          ...(heard.some(({ isCertain }) => isCertain) ? [] : ["no play had to be counted: a fault was near to all"]),
          ...(consumer.kills < 3 ? [`the consumer was killed ${consumer.kills} times`] : []),
          ...(consumer.again === 0 ? ["the consumer was never killed between reading and committing"] : []),
        ],
      };
    },
  };
}

/** One song on one device, long enough to count or not, with everything that is said of it. */
async function play(player: Player, playbackId: string, trackId: string, stage: Stage, counts: { twice: number; impatient: number }): Promise<Playback> {
  const { history, isOver } = stage;
  const { call, random, userId, name } = player;
  const deviceId = `device-${name}`;
  const counted = random.chance(0.7);
  const [leastMs, mostMs] = counted ? longMs : shortMs;
  const forMs = random.between(leastMs, mostMs);
  // Its outcome is not part of the history: what it leads to is the count of plays.
  const command = (type: string, more: object = {}) => call("session.command", { type, opId: `${playbackId}-${type}`, deviceId, ...more }).then(() => true, () => false);
  const report = (isPlaying: boolean) => call("session.report", { deviceId, playbackId, trackId, positionMs: Math.min(songMs, Math.round(history.now() - begunAt)), isPlaying }).then(() => true, () => false);
  const askedAt = history.now();
  const begun = await command("play", { trackIds: [trackId], playbackId });
  const begunAt = history.now();
  let said = 0;
  const say = async (type: string) => {
    const at = Date.now();
    const eventId = `${playbackId}-${type}-${++said}`;
    const positionMs = Math.min(songMs, Math.round(history.now() - begunAt));
    const operation = history.invoke({ opId: eventId, caller: name, subject: userId, op: { type, opId: eventId, trackId } });
    const answer = await untilKnown({ ...stage, random }, [operation], () => {
      const isImpatient = operation.attempts === 1 && random.chance(0.05);
      if (isImpatient) counts.impatient += 1;
      const isMark = type === "save" || type === "unsave";
      const [action, event] = isMark ? ["session.mark", { type, eventId, at, trackId, deviceId }] : ["session.event", { playbackId, type, eventId, at, trackId, deviceId, positionMs }];
      if (random.chance(0.1)) {
        counts.twice += 1;
        void call(action, event).catch(() => {});
      }
      return call(action, event, isImpatient ? impatientMs : undefined);
    });
    if (answer !== undefined) history.end(operation, "ok");
  };
  await say("start");
  for (let n = 0; history.now() - begunAt < forMs && !isOver(); n++) {
    if (n % 10 === 9) await report(true);
    await say(random.pick(["progress", "progress", "pause", "resume", "seek", "save", "unsave"]));
    await pause(random.between(...betweenEventsMs));
  }
  const heardMs = history.now() - begunAt;
  const reported = await report(false);
  await say("complete");
  const stopped = await command("stop");
  // A stop that nobody answered may never have happened: then it played on.
  return { userId, playbackId, isCertain: begun && reported && stopped && heardMs >= countsMs + marginMs, from: askedAt, to: stopped ? history.now() : Infinity };
}
