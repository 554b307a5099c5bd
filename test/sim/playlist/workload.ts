/**
 * Playlists in the simulated world: the production actor, people who edit over calls, devices with the client's edit queue, and
 * the topic that tells devices of commits, which loses, repeats and mixes up what it carries.
 */
import { messagesFor, type PlaylistChanged } from "../../../actors/playlist/changed.ts";
import { playlistActor } from "../../../actors/playlist/actor.ts";
import type { AnyActorType } from "../../../actors/runtime/activation.ts";
import type { ActorType } from "../../../actors/runtime/definition.ts";
import type { PlaylistEvent, PlaylistState } from "../../../actors/playlist/model/index.ts";
import type { Workload } from "../workload.ts";
import type { World } from "../world.ts";
import { checkPlaylists } from "./checkers/index.ts";
import { Device } from "./device.ts";
import { Person } from "./person.ts";
import { request, single, applying } from "./requests.ts";

/** A message as it was sent. */
export interface Told {
  readonly at: number;
  readonly by: string;
  readonly message: PlaylistChanged;
}

/** A topic's message takes so long. */
const topicMs = 50;
const repeated = 0.1;
/** Devices ask once, and the queue asks again. */
const onceMs = 1;

export function playlistWorkload(world: World): Workload {
  const { plan, timeline, random } = world;
  const keys = Array.from({ length: Math.ceil(plan.actors / 2) }, (_, n) => `p${n}`);
  const people = Array.from({ length: plan.callers }, (_, n) => `c${n}`);
  const owners = new Map(keys.map((key, n) => [key, people[n % people.length] ?? ""]));
  const luck = random.fork(5);
  const told: Told[] = [];
  const devices = Array.from({ length: plan.devices }, (_, n) => {
    const name = `d${n}`;
    return new Device({
      name, timeline, playlist: keys[n % keys.length] ?? "", user: luck.pick(people), random: world.randomOf(name), thinkMs: 2 * plan.thinkMs, skewMs: plan.clock.wallSkewMs * (2 * luck.next() - 1),
      caller: world.caller(name, false, onceMs, plan.callMs, undefined, random.fork(100 + n)),
    });
  });
  const tell = (message: PlaylistChanged) => {
    for (const device of devices) {
      if (device.playlist !== message.playlistId) continue;
      for (let copies = luck.chance(repeated) ? 2 : 1; copies > 0; copies--) {
        if (!luck.chance(plan.topicLoss)) timeline.after(luck.next() * topicMs, `${device.name} is told`, () => device.told(message));
      }
    }
  };
  return {
    name: "playlist",
    type: playlistActor.type,
    actors: keys,

    typeOf(process) {
      const type: ActorType<PlaylistState, PlaylistEvent> = {
        ...playlistActor,
        committed(key, _version, events, epoch) {
          if (!process.enter()) return;
          for (const sent of messagesFor(key, epoch, events)) {
            const message = JSON.parse(JSON.stringify(sent)) as PlaylistChanged;
            told.push({ at: timeline.now, by: process.name, message });
            tell(message);
          }
        },
      };
      return type as unknown as AnyActorType;
    },

    habits: (name, isReader, own) => new Person(name, isReader, own, keys, people),

    begin(end) {
      for (const [key, owner] of owners) {
        const open = { public: luck.chance(0.8), collaborative: luck.chance(0.8) };
        const make = async () => {
          await world.caller(`m${key}`, false, end, plan.callMs).ask(single(key, "create", `create-${key}`, owner, { name: key, ...open }));
        };
        make().catch((error: unknown) => world.wrong("callers", String(error)));
      }
      for (const device of devices) device.run(end).catch((error: unknown) => world.wrong("callers", `${device.name}: ${String(error)}`));
    },

    healed() {
      for (const device of devices) device.calm();
    },

    fair(name, key) {
      const owner = owners.get(key) ?? "";
      return [applying(key, [{ opId: `${name}-1`, type: "add", trackId: "t" }], owner), request(key, "get", {}, owner)];
    },

    rest() {
      for (const device of devices) device.catchUp();
    },

    settled: (evidence) => checkPlaylists({ evidence, keys, told, devices, entries: [...world.entries.values()], store: world.core }),
  };
}
