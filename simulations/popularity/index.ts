export { popularityOf, type Popularity } from "./popularity.ts";
export { popularityPresets, popularitySchema, readPopularity, releaseAlpha, type CountPoint, type PopularityDescription, type PopularityPreset, type Release } from "./description.ts";
