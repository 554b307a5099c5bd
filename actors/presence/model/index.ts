/** The pure part of presence. */
export * from "./decide.ts";
export * from "./state.ts";
