export { openS3, type S3Settings } from "./store.ts";
