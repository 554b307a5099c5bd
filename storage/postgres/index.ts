export { postgresActorStore } from "./actor-store.ts";
export { json, openDatabase } from "./database.ts";
export { migrate, migrationStatus, requireSchema, type MigrationStatus } from "./migrations.ts";
