// ESM, and Node's own type stripping instead of a transform: what runs in tests is what runs in production.
export default {
  testEnvironment: "node",
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/data/"],
  modulePathIgnorePatterns: ["<rootDir>/data/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {},
  testTimeout: 60_000,
  // Servers and ffmpeg do much of the work outside these workers.
  maxWorkers: 2,
  reporters: ["default", "<rootDir>/test/kit/closing-line.mjs"],
  globalSetup: "<rootDir>/test/kit/global-setup.ts",
  globalTeardown: "<rootDir>/test/kit/global-teardown.ts",
};
