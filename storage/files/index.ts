export { openFiles } from "./store.ts";
