export { openRedis } from "./cache.ts";
export { openRedisMirror } from "./mirror.ts";
