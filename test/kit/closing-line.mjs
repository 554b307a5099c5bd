/** The last line of a test run: "N passed, N failed". A test file that could not run at all counts as one failure. */
import { writeSync } from "node:fs";

export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests } = results;
    const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
    // jest adds its own summary behind all other reporters.
    process.once("exit", () => writeSync(1, `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed${skipped}\n`));
  }
}
