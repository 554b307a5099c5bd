/** What tests, benches and simulations share with `npm run cluster`: how servers and nodes are started as processes. */
export { follow, withDatabase, type Circle } from "./follows.ts";
export { launchNats, nodeSubjects, type NatsProcess, type NatsUser } from "./nats.ts";
export { commandLine, startProcess, type EnsembleProcess } from "./node-process.ts";
export { freePort } from "../../storage/index.ts";
export { accepts, find, launch, type Launch, type ServerProcess } from "./process.ts";
export { embeddedPostgresPid } from "./postgres.ts";
export { launchRedis, type RedisProcess } from "./redis.ts";
export { scratchCluster, type ScratchCluster } from "./scratch.ts";
export { makeLibrary, type OnePieceLibrary } from "./library.ts";
