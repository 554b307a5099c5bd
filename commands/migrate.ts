/**
 * `npm run migrate -- up | down [COUNT] | status`: the schema of the configured database (the embedded one without DATABASE_URL).
 * Up and status are safe at any time; down takes back the newest migration (or COUNT of them) and loses what it held, so it asks for --yes.
 */
import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { migrate as run, migrationStatus, openServer } from "../storage/index.ts";

const usage = "usage: npm run migrate -- up | down [COUNT] --yes | status";

export default async function migrate(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { yes: { type: "boolean" } } });
  const [direction = "", count = "1"] = positionals;
  if (!["up", "down", "status"].includes(direction) || !/^[1-9]\d?$/.test(count) || positionals.length > 2) {
    console.error(usage);
    return 2;
  }
  if (direction === "down" && values.yes !== true) {
    console.error(`Taking back a migration loses what it held. Add --yes when you mean it.\n${usage}`);
    return 2;
  }
  const server = await openServer({ ...loadConfig(), progress: console.log });
  try {
    if (direction === "status") {
      const { applied, missing, unknown } = await migrationStatus(server.url);
      for (const name of applied) console.log(`applied  ${name}`);
      for (const name of missing) console.log(`missing  ${name}`);
      for (const name of unknown) console.log(`unknown  ${name} (of a newer version)`);
      return missing.length + unknown.length === 0 ? 0 : 1;
    }
    const ran = await run(server.url, direction as "up" | "down", direction === "down" ? Number(count) : undefined);
    console.log(ran.length === 0 ? "Nothing to do." : `${direction === "up" ? "Applied" : "Took back"}: ${ran.join(", ")}`);
    return 0;
  } finally {
    await server.close();
  }
}
