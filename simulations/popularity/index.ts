export { popularityOf, type Popularity } from "./popularity.ts";
export { curveSchema, popularityPresets, popularitySchema, readPopularity, releaseAlpha, type CountPoint, type PopularityDescription, type PopularityPreset, type Release } from "./description.ts";
