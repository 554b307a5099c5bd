/** The load of a workload on playlists: its callers, two observers per playlist, a reader, and in the end all that is promised of playlists. */
import type { ServiceBroker } from "moleculer";
import { shardOf } from "../../actors/runtime/placement.ts";
import { resourcesOf } from "../../resources.ts";
import { Caller, overBroker, overRest, pause, type Access } from "./callers.ts";
import { checkAll, type FinalRead, type JournalRow, type Violation } from "./check/index.ts";
import type { ChaosCluster } from "./cluster.ts";
import { register } from "./listeners.ts";
import { Observer } from "./observer.ts";
import type { PlaylistWorkload } from "./workloads/playlist-workload.ts";
import type { Findings, Load, Stage, Workload } from "./workloads/workload.ts";

/** Callers that come over REST, when the workload does not say; the others are nodes' neighbours on the bus. */
const usualRestCallers = 2;
/** They rest after each round: all of them are one account, and the gateway makes who calls too often wait, which would look like a shard that is away. */
const restRestMs = 200;
const observersPerPlaylist = 2;

export const playlists = (workload: PlaylistWorkload): Workload => ({
  services: ["catalog", "account", "playlist", "operations"],
  gateways: 1,
  hasJournal: true,
  begin: (stage) => begin(workload, stage),
});

async function begin(workload: PlaylistWorkload, stage: Stage): Promise<Load> {
  const { cluster, broker, random, history, isOver, giveUpAt } = stage;
  // One listener, who owns everything: what callers may is not what is tested here.
  const { user, address, accessToken } = await register(cluster, "chaos");
  const rest = overRest(address, accessToken);
  const bus = overBroker(broker, user);
  await broker.waitForServices(["playlist"], 20_000);
  const ids = await makePlaylists(broker, user, workload.playlists);
  const { topics } = resourcesOf(broker).ports;
  const observers = await Promise.all(ids.flatMap((playlist) => Array.from({ length: observersPerPlaylist }, (_, n) => Observer.open(`observer-${n + 1}`, playlist, topics, bus))));
  const restCallers = workload.restCallers ?? usualRestCallers;
  const callers = Array.from({ length: workload.callers }, (_, n) => new Caller({ name: `c${n + 1}`, access: n < restCallers ? rest : bus, history, random: random.fork(n + 1), giveUpAt }));
  const reading = new Caller({ name: "reader", access: bus, history, random: random.fork(99), giveUpAt });

  const works = async (caller: Caller, isRest: boolean) => {
    while (!isOver()) {
      await workload.round(caller, ids);
      if (isRest) await pause(restRestMs);
    }
  };
  /** Reads one playlist after the other as its owner, all the time. */
  const reads = async () => {
    while (!isOver()) {
      await reading.read(reading.random.pick(ids));
      await pause(25);
    }
  };
  return {
    about: `${workload.callers} callers on ${ids.length} playlists`,
    shards: [...new Set(ids.map((playlist) => shardOf("playlist", playlist)))],
    shardOf: (playlist) => shardOf("playlist", playlist),
    run: async () => void (await Promise.all([...callers.map((caller, n) => works(caller, n < restCallers)), reads()])),
    finish: () => finish(workload, stage, { ids, observers, callers, bus, rest }),
  };
}

interface Parts {
  readonly ids: readonly string[];
  readonly observers: readonly Observer[];
  readonly callers: readonly Caller[];
  readonly bus: Access;
  readonly rest: Access;
}

async function finish(workload: PlaylistWorkload, { cluster, history }: Stage, { ids, observers, callers, bus, rest }: Parts): Promise<Findings> {
  const rows = await journalOf(cluster);
  const unreadable: Violation[] = [];
  const cannot = (playlist: string, reader: string) => (error: unknown) => void unreadable.push({ kind: "state", subject: playlist, about: `${reader} cannot read it: ${error instanceof Error ? error.message : String(error)}`, opIds: [] });
  const found = (await Promise.all(ids.flatMap((playlist) => [finalRead("bus", bus, playlist).catch(cannot(playlist, "bus")), finalRead("rest", rest, playlist).catch(cannot(playlist, "rest"))]))).filter((read) => read !== undefined);
  await Promise.all(observers.map((observer) => observer.catchUp().catch(cannot(observer.playlist, observer.observer))));
  for (const observer of observers) observer.close();
  const vacuous: string[] = [];
  if (observers.every(({ told }) => told.length === 0)) vacuous.push("no observer was told of anything");
  if (history.reads.length === 0) vacuous.push("nobody read");
  return {
    violations: [...checkAll({ history, rows, observed: observers, reads: found, mayYield: workload.mayYield === true }), ...unreadable, ...(workload.check?.(history, found) ?? [])],
    sentTwice: callers.reduce((sum, { sentTwice }) => sum + sentTwice, 0),
    vacuous,
  };
}

async function makePlaylists(broker: ServiceBroker, user: object, count: number): Promise<string[]> {
  const made = Array.from({ length: count }, (_, n) => broker.call<{ id: string }, object>("playlist.create", { name: `Chaos ${n + 1}`, opId: `create-${n + 1}` }, { meta: { user }, timeout: 10_000 }));
  return (await Promise.all(made)).map(({ id }) => id);
}

/** What the database holds. */
async function journalOf(cluster: ChaosCluster): Promise<JournalRow[]> {
  const rows = await cluster.ask<{ actor: string; seq: string; epoch: string; op_id: string; body: { e: JournalRow["event"] } }>("select actor, seq, epoch, op_id, body from journal where actor like 'playlist/%' order by actor, seq");
  return rows.map(({ actor, seq, epoch, op_id, body }) => ({ playlist: actor.slice("playlist/".length), seq: Number(seq), epoch: Number(epoch), opId: op_id, event: body.e }));
}

/** What a reader gets in the end; asked for again while the cluster is still busy coming back. */
async function finalRead(reader: string, access: Access, playlist: string): Promise<FinalRead> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { reader, playlist, ...(await access.get(playlist)) };
    } catch (error) {
      if (attempt === 10) throw error;
      await pause(500);
    }
  }
}
