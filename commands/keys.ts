/** `npm run keys`: prints fresh secrets in the form of the environment: the two that all nodes share, and one node's NATS key. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { nkeys } from "nats";

export default async function keys(args: string[]): Promise<number> {
  if (args.length > 0) {
    console.error("usage: npm run keys");
    return 2;
  }
  const user = nkeys.createUser();
  console.log(`# the same on every node
TOKEN_PRIVATE_KEY=${generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64")}
URL_SIGNING_KEYS=k${Date.now().toString(36)}:${randomBytes(32).toString("base64")}
# this node alone; its public key, for the NATS server, is ${user.getPublicKey()}
NATS_NKEY_SEED=${new TextDecoder().decode(user.getSeed())}`);
  return 0;
}
