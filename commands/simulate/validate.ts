import { scratchCluster } from "../cluster/servers.ts";
import { cells } from "./validate/cells.ts";
import { validation } from "../../simulations/index.ts";
export default async function validate(args: string[]): Promise<number> {
  const cluster = await scratchCluster();
  try {
    const quick = args.includes("--quick");
    const r = await cells(cluster, 1, quick ? { calibrateMs: 20_000, measureMs: 20_000, saturateMs: 10_000, nodes: [1, 2, 3], loads: [0.5, 0.85], replications: 40 } : { calibrateMs: 130_000, measureMs: 300_000, saturateMs: 45_000, nodes: [1, 2, 3], loads: [0.3, 0.5, 0.7, 0.85], replications: 100 }, (l) => console.log(new Date().toISOString(), l));
    console.log(JSON.stringify({ ...r, cells: [] }, undefined, 1));
    for (const c of r.cells) console.log(c.of, c.figure, c.measured.toFixed(1), c.predicted.value.toFixed(1), c.predicted.low.toFixed(1), c.predicted.high.toFixed(1), JSON.stringify(validation.verdictOf(c)));
    return 0;
  } finally { await cluster.close(); }
}
