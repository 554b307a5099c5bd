export { json, openDatabase } from "./database.ts";
export { postgresJournal } from "./journal.ts";
export { migrate, migrationStatus, requireSchema, type MigrationStatus } from "./migrations.ts";
