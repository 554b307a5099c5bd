export { ReportError } from "./errors.ts";
export { readRuns, statusOf } from "./runs.ts";
export { reportFiles, writeReport } from "./write.ts";
export type { Report } from "./write.ts";
