/** A secret of a data folder: made once, by whichever process comes first, readable by its user only. */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Returns the secret `name` of DATA_DIR/secrets; `make` makes it when there is none. */
export async function keptSecret(dataDir: string, name: string, make: () => string): Promise<string> {
  const folder = join(dataDir, "secrets");
  const path = join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${name}.${randomBytes(6).toString("hex")}`);
  try {
    // Written aside and linked: another process reads it whole or makes none of its own.
    await writeFile(draft, make(), { mode: 0o600, flag: "wx" });
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, "utf8");
}
