/**
 * A consumer of listening events in a process of its own, to be killed at any moment: reads, says what it read, commits, says so. What was said of it
 * decides what it has read (consumer.ts). Settings as the node's; the group's name is the first argument.
 */
import { loadConfig } from "../../config.ts";
import { openPorts } from "../../storage/index.ts";

const [, , group = "", limit = "500"] = process.argv;
const { events } = await openPorts(loadConfig());
const restMs = 100;
/** What is done with a batch takes so long: some kills come then. */
const workMs = 60;

const rest = (ms = restMs) => new Promise<void>((done) => void setTimeout(done, ms));
const say = (message: object) => new Promise<void>((done) => void process.send?.(message, undefined, undefined, () => done()));

for (;;) {
  try {
    const { events: read, cursor } = await events.read(group, Number(limit));
    if (cursor === undefined) {
      await rest();
      continue;
    }
    // Heard before it is committed: who is killed in between has read it, and another will again.
    await say({ read: read.map(({ userId, id }) => `${userId} ${id}`), cursor });
    await rest(workMs);
    await events.commit(group, cursor);
    await say({ committed: cursor });
  } catch {
    // The store is away.
    await rest();
  }
}
