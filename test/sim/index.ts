/** The seeded simulation of the actor runtime and of playlists: what it does and how to replay a seed is in docs/simulation-of-the-runtime.md. */
export { simulateOnThreads, simulateSeeds, type Summary } from "./seeds.ts";
export { simulate, type Result } from "./world.ts";
