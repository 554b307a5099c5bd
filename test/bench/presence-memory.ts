/** What people who do nothing take: connected, with session, presence and socket; and a session's actor alone. */
import { sessionActor } from "../../actors/session/actor.ts";
import { ActorNode, type AnyActorType } from "../../actors/runtime/index.ts";
import { memoryActorStore } from "../../storage/testing/memory-actor-store.ts";
import { ring } from "./presence-people.ts";
import type { Stage } from "./presence-stage.ts";
import { round, type BenchCase } from "./result.ts";
import { ask, collectGarbage, type Footprint } from "./told.ts";

const warmUp = 500;
const connected = 5_000;
const friends = 20;
const sessions = 200_000;

export async function memoryCases({ node, gateways, listeners, trackIds, say, come }: Stage): Promise<BenchCase[]> {
  const [gateway] = gateways;
  if (gateway === undefined) throw new Error("there is no gateway");
  const both = async () => ({ gateway: await ask<Footprint>(gateway.child, "footprint"), node: await ask<Footprint>(node, "footprint") });
  const idle = async (set: string, count: number) => {
    const circle = ring(set, count, friends);
    await come(set, circle, { topics: ["session:me", "friends:me"], batches: true }, 1);
    // Each has played something, so that there is a session and a presence, and has stopped.
    await ask(listeners, { do: "once", set, trackIds });
  };
  await idle("idle-0", warmUp);
  const before = await both();
  await idle("idle-1", connected);
  // Longer than answers and batches are under way.
  await new Promise((done) => void setTimeout(done, 3_000));
  const after = await both();
  const per = (name: "gateway" | "node", what: "rssBytes" | "heapBytes") => Math.round((after[name][what] - before[name][what]) / connected);
  say(`a connected user: gateway ${per("gateway", "heapBytes")} bytes of heap, ${per("gateway", "rssBytes")} resident; node ${per("node", "heapBytes")} of heap, ${per("node", "rssBytes")} resident`);
  await ask(listeners, { do: "close", set: "idle-0" });
  await ask(listeners, { do: "close", set: "idle-1" });
  const plain = { limit: null, ratio: null, unit: "bytes", goal: null, met: null } as const;
  return [
    { case: `memory of an idle connected user (session, presence, socket with two topics and ${friends} friends), gateway and node together, resident, mean of ${connected}`, ours: per("gateway", "rssBytes") + per("node", "rssBytes"), ...plain },
    { case: "the same: gateway alone, heap", ours: per("gateway", "heapBytes"), ...plain },
    { case: "the same: node alone (session and presence, not packed yet), heap", ours: per("node", "heapBytes"), ...plain },
    await idleSessions(),
  ];
}

function used(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Sessions that nobody calls any more, packed, in this process: heap and buffers of many. */
async function idleSessions(): Promise<BenchCase> {
  const store = memoryActorStore({ now: () => performance.now() });
  const node = new ActorNode({
    node: "idle", types: [sessionActor as unknown as AnyActorType], store, random: { next: () => 0.5 },
    clock: { now: () => performance.now(), wall: () => Date.now(), after: (ms, run) => { const timer = setTimeout(run, ms); return () => clearTimeout(timer); }, soon: (run) => void setImmediate(run) },
    transport: { send: () => Promise.reject(new Error("there is one node")), announce: () => {} },
    mirror: { save: async () => {}, load: async () => undefined, clear: async () => {} },
    events: { append: async () => {}, read: async () => ({ events: [], cursor: undefined }), commit: async () => {}, lag: async () => 0, forget: async () => {}, dropBefore: async () => [] },
  });
  await node.start();
  const before = used();
  const meta = { user: { id: "u", username: "u", plan: "premium", role: "listener", country: "SE" } };
  const run = (key: string, method: string, params: object) => node.call({ type: "session", key, method, params, meta }, 10_000);
  for (let n = 0; n < sessions; n += 500) {
    await Promise.all(Array.from({ length: 500 }, async (_, k) => {
      const key = `user-${n + k}`;
      await run(key, "register", { deviceId: "phone", name: "Phone", type: "phone", opId: `r${n + k}` });
      await run(key, "command", { type: "play", deviceId: "phone", trackIds: ["track"], durations: { track: 200_000 }, opId: `p${n + k}` });
      await run(key, "command", { type: "stop", deviceId: "phone", opId: `s${n + k}` });
    }));
  }
  for (const activation of node.host.activations.values()) activation.pack();
  const bytes = (used() - before) / sessions;
  await node.stop();
  return { case: `memory of an idle session's actor, packed, one device, one track in its queue, mean of ${sessions.toLocaleString("en")}`, ours: round(Math.round(bytes)), limit: null, unit: "bytes", ratio: null, goal: 1_500, met: bytes < 1_500 };
}
