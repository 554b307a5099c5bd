/**
 * `npm run accounts -- list | set-plan NAME free|premium | reset-password NAME`: what an operator does with accounts,
 * beside a running service or alone. A reset prints a random password, once, and ends the account's sessions.
 */
import { loadConfig } from "../config.ts";
import { startNode, type Node } from "../ensemble.ts";
import { operator } from "./operator.ts";

const usage = "usage: npm run accounts -- list | set-plan NAME free|premium | reset-password NAME";

interface Account {
  readonly id: string;
  readonly username: string;
  readonly plan: string;
  readonly role: string;
  readonly country: string;
}

export default async function accounts(args: string[]): Promise<number> {
  const [verb = "", name = "", plan = ""] = args;
  const run =
    verb === "list" && args.length === 1 ? list
    : verb === "set-plan" && args.length === 3 && (plan === "free" || plan === "premium") ? (node: Node) => setPlan(node, name, plan)
    : verb === "reset-password" && args.length === 2 ? (node: Node) => resetPassword(node, name)
    : undefined;
  if (run === undefined) {
    console.error(usage);
    return 2;
  }
  // A node of its own, with nothing but what it calls: it joins no cluster, so nobody calls it.
  const node = await startNode({ ...loadConfig(), NATS_URL: undefined }, ["account"]);
  try {
    await run(node);
    return 0;
  } catch (error) {
    if (!(error instanceof Error) || (error as { type?: string }).type !== "NOT_FOUND") throw error;
    console.error(`There is no account ${name}.`);
    return 1;
  } finally {
    await node.stop();
  }
}

async function list(node: Node): Promise<void> {
  let cursor: string | null = null;
  do {
    const page: { items: Account[]; nextCursor: string | null } = await node.broker.call("account.list", { limit: 200, ...(cursor === null ? {} : { cursor }) });
    for (const { username, plan, role, country, id } of page.items) console.log([username, plan, role, country, id].join("\t"));
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function setPlan(node: Node, username: string, plan: string): Promise<void> {
  const { id } = await node.broker.call<Account, object>("account.byName", { username });
  const account = await node.broker.call<Account, object>("account.setPlan", { id, plan }, { meta: operator });
  console.log(`${account.username} has the plan ${account.plan}. It shows at the next token, within 15 minutes.`);
}

async function resetPassword(node: Node, name: string): Promise<void> {
  const { username, password } = await node.broker.call<{ username: string; password: string }, object>("account.resetPassword", { username: name });
  console.log(`${username} has the password ${password} (shown once); every session has ended.`);
}
