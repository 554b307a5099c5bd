export { memoryCache } from "./cache.ts";
