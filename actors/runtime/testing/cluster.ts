/** Nodes of the actor runtime in one process over the run's real NATS and PostgreSQL, for tests and benches. */
import { randomBytes } from "node:crypto";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { brokerOptions } from "../../../broker.config.ts";
import { freshDatabase, freshRedis, natsSettings, testConfig } from "../../../test/kit/index.ts";
import { leaveActors } from "../index.ts";

export interface TestMember {
  readonly broker: ServiceBroker;
  stop(): Promise<void>;
}

export interface TestCluster {
  /** A node that hosts `services`; none: one that only calls. */
  join(name: string, services?: readonly ServiceSchema[]): Promise<TestMember>;
  stop(): Promise<void>;
}

export async function testCluster(): Promise<TestCluster> {
  const shared = { DATABASE_URL: await freshDatabase(), REDIS_URL: await freshRedis(), ...natsSettings() };
  // Within the subjects that the run's NATS grants, out of sight of other tests.
  const namespace = `ensemble.${randomBytes(4).toString("hex")}`;
  const members = new Set<TestMember>();
  return {
    async join(name, services = []) {
      const broker = new ServiceBroker({ ...brokerOptions(await testConfig({ ...shared, NODE_ID: name })), namespace });
      for (const service of services) broker.createService(service);
      await broker.start();
      let stopped: Promise<void> | undefined;
      const member: TestMember = {
        broker,
        stop: () => (stopped ??= leaveActors(broker).then(() => broker.stop()).finally(() => members.delete(member))),
      };
      members.add(member);
      return member;
    },
    async stop() {
      await Promise.all([...members].map((member) => member.stop()));
    },
  };
}
