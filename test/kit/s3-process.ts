// The process that s3-server.ts starts.
import { startFauxqs } from "fauxqs";

await startFauxqs({ host: "127.0.0.1", port: Number(process.argv[2]), logger: false });
