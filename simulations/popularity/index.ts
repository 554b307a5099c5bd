export { popularityOf, type Popularity } from "./popularity.ts";
export { popularityPresets, readPopularity, releaseAlpha, type CountPoint, type PopularityDescription, type PopularityPreset, type Release } from "./description.ts";
