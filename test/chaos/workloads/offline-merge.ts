/**
 * Devices that edit offline: each makes some edits on the copy it has, each with its vector clock, and sends them in one call when it is
 * online again. Besides what all workloads promise: an edit is called concurrent with another only when its author did
 * not know that one.
 */
import type { Violation } from "../check/violation.ts";
import { pause, type Caller, type Op } from "../callers.ts";
import type { Operation } from "../history.ts";
import { popularTracks, trackOf, type PlaylistWorkload } from "./playlist-workload.ts";

interface Copy {
  version: number;
  items: string[];
}

interface Device {
  readonly name: string;
  /** Edits that it has made on any copy. */
  made: number;
  readonly copies: Map<string, Copy>;
  /** Hybrid time of its last edit, ms. */
  at: number;
}

const devices = new WeakMap<Caller, Device>();

export const offlineMerge: PlaylistWorkload = {
  playlists: 8,
  callers: 10,
  mayYield: true,
  async round(caller, playlists) {
    const { random } = caller;
    const device = devices.get(caller) ?? { name: `d-${caller.name}`, made: 0, copies: new Map(), at: 0 };
    devices.set(caller, device);
    const playlist = random.pick(playlists);
    const read = await caller.read(playlist);
    if (read !== undefined) device.copies.set(playlist, { version: read.version, items: read.items.map(({ itemId }) => itemId) });
    const copy = device.copies.get(playlist);
    if (copy === undefined) return;
    // Offline: nobody hears of these until it is back.
    await pause(random.between(50, 600));
    const ops = Array.from({ length: random.between(1, 6) }, () => edit(caller, device, copy));
    await caller.apply(playlist, ops);
    await pause(random.between(10, 60));
  },
  check: ({ operations }) => operations.flatMap((operation) => checkConcurrent(operation, operations)),
};

function edit(caller: Caller, device: Device, copy: Copy): Op {
  const { random } = caller;
  const opId = caller.nextId();
  device.made += 1;
  device.at = Math.max(device.at + 1, Date.now());
  const stamp = { opId, device: device.name, clock: { server: copy.version, [device.name]: device.made }, at: device.at };
  const kind = random.next();
  const after = copy.items.length === 0 || random.chance(0.1) ? null : random.pick(copy.items);
  if (copy.items.length < 5 || kind < 0.45) {
    copy.items.push(`i-${opId}`);
    return { ...stamp, type: "add", trackId: trackOf(random.between(1, popularTracks)), itemId: `i-${opId}`, after };
  }
  if (kind < 0.7) return { ...stamp, type: "move", itemIds: [random.pick(copy.items)], after };
  if (kind < 0.9) return { ...stamp, type: "remove", itemIds: [random.pick(copy.items)] };
  return { ...stamp, type: "rename", name: `Named by ${opId}` };
}

interface Stamp {
  readonly device: string;
  readonly clock: Readonly<Record<string, number>>;
}

/** The other one was committed before, so it cannot know this one: they are concurrent exactly when this one's author did not know it. */
function checkConcurrent({ opId, subject: playlist, op, concurrentWith }: Operation, operations: readonly Operation[]): Violation[] {
  const { device, clock } = op as unknown as Stamp;
  return concurrentWith.flatMap((other) => {
    const rival = operations.find((one) => one.opId === other && one.subject === playlist);
    if (rival === undefined) return [{ kind: "state", subject: playlist, about: `${opId} is called concurrent with ${other}, which nobody made`, opIds: [opId] }];
    const { device: rivalDevice, clock: rivalClock } = rival.op as unknown as Stamp;
    const knew = rivalDevice === device || (rival.version !== undefined && rival.version <= (clock["server"] ?? 0)) || (clock[rivalDevice] ?? 0) >= (rivalClock[rivalDevice] ?? 0);
    return knew ? [{ kind: "state", subject: playlist, about: `${opId} is called concurrent with ${other}, which its author knew`, opIds: [opId, other] }] : [];
  });
}
