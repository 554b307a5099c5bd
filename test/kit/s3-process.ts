// The process that s3-server.ts starts.
import { startFauxqs } from "fauxqs";

const [, , port, folder] = process.argv;
await startFauxqs({ host: "127.0.0.1", port: Number(port), logger: false, ...(folder === undefined ? {} : { dataDir: folder }) });
