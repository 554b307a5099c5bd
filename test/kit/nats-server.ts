/** NATS for the tests, closed like in production: a node may use the subjects of nodes, a stranger nothing. */
import { nkeys } from "nats";
import { launchNats, nodeSubjects, type NatsProcess } from "../../commands/cluster/servers.ts";

export interface NatsServer extends NatsProcess {
  /** Seed (SU...) that nodes use. */
  readonly nodeSeed: string;
  /** Seed of a known user that may use no subject of ours, to test that permissions hold. */
  readonly strangerSeed: string;
}

/** Starts NATS with its configuration in `folder`. */
export async function startNats(folder: string): Promise<NatsServer> {
  const node = nkeys.createUser();
  const stranger = nkeys.createUser();
  const server = await launchNats(folder, [
    { nkey: node.getPublicKey(), subjects: nodeSubjects },
    { nkey: stranger.getPublicKey(), subjects: ["nothing"] },
  ]);
  const seed = (user: typeof node) => new TextDecoder().decode(user.getSeed());
  return { ...server, nodeSeed: seed(node), strangerSeed: seed(stranger) };
}
