export { cacheHits, characteristicRequests, type CacheHits } from "./che.ts";
export { defaultTiers, lossyTrackBytes, objectsOf, readTiers, tiersSchema, type CachedObjects, type ObjectsDescription, type TierShare } from "./objects.ts";
export { edgeAndShield, pinnedAndLru, type EdgeAndShield, type PinnedAndLru } from "./tiers.ts";
export { LruCache, replayedHits, type ReplayedHits } from "./lru.ts";
