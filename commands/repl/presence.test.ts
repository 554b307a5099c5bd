/** The console's command about presence, on a node with the real services. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { aroundCalls } from "../../actors/index.ts";
import { startNode, type Node } from "../../ensemble.ts";
import { freshFolder, testConfig } from "../../test/kit/index.ts";
import type { Given } from "./command.ts";
import { presenceCommands } from "./presence.ts";

let node: Node;
const operator = { id: randomBytes(16).toString("hex"), username: "op", plan: "premium", role: "admin", country: "SE" } as const;
beforeAll(async () => {
  node = await startNode(await testConfig({ DATA_DIR: await freshFolder() }), ["account", "presence"]);
  // As the console calls: in the name of its operator.
  aroundCalls(node.broker, (next) => (action, params, options) => next(action, params, { ...options, meta: { user: operator, ...options?.meta } }));
}, 30_000);
afterAll(() => node?.stop(), 30_000);

const run = async (user: string) => {
  const answer = await presenceCommands[0]?.run({ broker: node.broker, args: { user } } as unknown as Given);
  return { json: answer?.json, text: answer?.text(() => "") };
};

test("presence says what is shared, by name and by id, and that there is no such account", async () => {
  const { account } = await node.broker.call<{ account: { id: string; username: string } }, object>("account.register", { username: "Ada.Lovelace", password: "correct horse battery", country: "SE" });
  await node.broker.call("presence.setSharing", { share: false }, { meta: { user: { ...operator, ...account, role: "listener" } } });
  const byName = await run("ada.lovelace");
  expect(byName.json).toMatchObject({ username: "Ada.Lovelace", userId: account.id, owner: node.broker.nodeID, share: false, followers: 0, nowPlaying: null, popular: false });
  expect(byName.text).toMatch(new RegExp(`^account +Ada\\.Lovelace \\(${account.id}\\)\nowner +${node.broker.nodeID}\nshares +no\nprivate +no\nfollowers +0\nfriends see +nothing\nsession's last word +none$`, "m"));
  expect((await run(account.id)).json).toMatchObject({ userId: account.id });
  await expect(run("nobody-here")).rejects.toThrow('There is no account "nobody-here".');
});
