/** After the storm nothing is wrong any more: everything must work, at once and through everybody. */
import { limits, type Limits } from "../../actors/runtime/limits.ts";
import { placesIn } from "../../actors/runtime/overview.ts";
import { shardsOf } from "../../actors/runtime/placement.ts";
import type { World } from "./world.ts";

/** In fair weather every call is answered in less. */
const fairCallMs = 1_500;
const lookMs = 100;

/** Every actor answers through every process, every shard is where it should be, and nothing is left waiting. */
export async function inFairWeather(world: World): Promise<void> {
  const { timeline, plan, workloads } = world;
  const left = () => [...world.entries.values()].flatMap(({ process, node, router }) => [
    ...(node === undefined || node.host.waiting === 0 ? [] : [`${node.host.waiting} calls wait at ${process.name}`]),
    ...(router.routed === 0 ? [] : [`${router.routed} calls are on their way from ${process.name}`]),
  ]);
  // Reminders come due in fair weather too: what waits at this moment may have begun in it.
  for (const end = timeline.now + fairCallMs; left().length > 0 && timeline.now < end; ) await timeline.runUntil(timeline.now + lookMs);
  for (const what of left()) world.wrong("leaks", what);
  const placeOf = placesIn(await world.core.view());
  for (const shard of workloads.flatMap(({ type }) => shardsOf(type))) {
    const { owner, wanted } = placeOf(shard);
    if (owner === null) world.wrong("liveness", `nobody owns ${shard}`);
    else if (owner !== wanted) world.wrong("liveness", `${shard} is at ${owner} and should be at ${wanted}`);
  }
  const asked: Promise<void>[] = [];
  for (const entry of world.entries.values()) {
    for (const workload of workloads) {
      for (const [n, actor] of workload.actors.entries()) {
        const name = `z-${entry.process.name}-${n}`;
        // Where hardly anything may wait, who is turned away asks again.
        const caller = world.caller(name, false, isTight(plan.limits) ? fairCallMs : 1, fairCallMs, () => entry);
        asked.push((async () => {
          for (const request of workload.fair(name, actor)) {
            const { outcome, askedAt, endedAt, operation } = await caller.ask(request);
            if (outcome.is !== "ok") world.wrong("liveness", `${operation.kind} of ${actor} through ${entry.process.name} failed in fair weather: ${outcome.why}`);
            else if (endedAt - askedAt > fairCallMs && !isTight(plan.limits)) world.wrong("liveness", `${operation.kind} of ${actor} through ${entry.process.name} took ${endedAt - askedAt} ms in fair weather`);
          }
        })());
      }
    }
  }
  if (world.entries.size === 0) world.wrong("liveness", "no process is left");
  await timeline.runUntil(timeline.now + 2 * (fairCallMs + 5_000));
  await Promise.all(asked);
}

const isTight = ({ activations = limits.activations, softActivations = limits.softActivations, waitingPerActor = limits.waitingPerActor }: Partial<Limits>): boolean => activations < 100 || softActivations < 100 || waitingPerActor < 100;
