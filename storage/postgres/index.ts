export { postgresActorStore } from "./actor-store.ts";
export { json, openDatabase } from "./database.ts";
export { postgresEventLog } from "./event-log.ts";
export { migrate, migrationStatus, requireSchema, type MigrationStatus } from "./migrations.ts";
export { postgresMirror } from "./mirror.ts";
