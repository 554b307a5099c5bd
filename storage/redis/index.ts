export { openRedis } from "./cache.ts";
