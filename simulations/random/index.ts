export { Stream } from "./stream.ts";
