/** A port that somebody else has: the commonest first surprise. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { testConfig } from "../kit/index.ts";
import { startProcess } from "../../commands/cluster/servers.ts";

test.each(["PORT", "OPS_PORT"] as const)("a start whose %s is taken says so in one sentence and ends", async (name) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  try {
    const { port } = other.address() as AddressInfo;
    const config = { ...(await testConfig()), HOST: "127.0.0.1", PORT: 0, OPS_PORT: 0 };
    const failure: unknown = await startProcess({ ...config, [name]: port }).catch((error: unknown) => error);
    const text = String(failure);
    expect(text).toContain("ended with 2");
    expect(text).toContain(`${name} ${port} is in use by another program`);
    expect(text).not.toContain("    at Server");
  } finally {
    other.close();
  }
});
