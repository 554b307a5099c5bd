/**
 * Appends to the journal as they pass a node's link to PostgreSQL. Each node has one connection for them alone, known by its name (the first
 * thing that a connection says).
 */
import type { ChaosNode } from "./cluster.ts";

const isOfJournal = (opening: Buffer): boolean => opening.includes(" journal\0");
/** The body of an event. The connection's other statement, which asks why an append was refused, has none. */
const anEvent = Buffer.from('"e":');
/** Said by PostgreSQL when an insert inserted nothing: the fence. */
const nothingInserted = Buffer.from("INSERT 0 0\0");

/** Whether a chunk for PostgreSQL brings an append. */
export const isAppend = (opening: Buffer, chunk: Buffer): boolean => isOfJournal(opening) && chunk.includes(anEvent);

/** How many appends PostgreSQL refuses in a chunk, because their writer's life or its shard's epoch is over. */
export function refusedAppends(opening: Buffer, chunk: Buffer): number {
  if (!isOfJournal(opening)) return 0;
  let count = 0;
  for (let at = chunk.indexOf(nothingInserted); at >= 0; at = chunk.indexOf(nothingInserted, at + 1)) count += 1;
  return count;
}

/**
 * Waits for the next append of one of `nodes`, and holds it with everything that this node sends to PostgreSQL after it. `atOnce` runs in the
 * same moment. Answers the node; undefined when none of them wrote in time, and nothing is held then.
 */
export function holdNextAppend(nodes: readonly ChaosNode[], withinMs: number, atOnce: (node: ChaosNode) => void = () => {}): Promise<ChaosNode | undefined> {
  return new Promise((resolve) => {
    const end = (node?: ChaosNode) => {
      clearTimeout(timer);
      for (const { links } of nodes) links.postgres.foresee = undefined;
      resolve(node);
    };
    const timer = setTimeout(end, withinMs);
    for (const node of nodes) {
      const link = node.links.postgres;
      link.foresee = (opening, chunk) => {
        if (!isAppend(opening, chunk)) return;
        link.set({ kind: "hold", direction: "up" });
        atOnce(node);
        end(node);
      };
    }
  });
}
