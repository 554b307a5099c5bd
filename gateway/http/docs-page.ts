/** The API's description and GET /docs: Swagger UI on it, from the package's files. Nothing is fetched from elsewhere. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { StaticFile } from "./static-files.ts";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ensemble API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, tryItOutEnabled: true, persistAuthorization: false, validatorUrl: null });
`;

/** The files below /docs. */
export async function docsFiles(): Promise<Map<string, StaticFile>> {
  const require = createRequire(import.meta.url);
  const packaged = async (name: string) => readFile(require.resolve(`swagger-ui-dist/${name}`));
  return new Map([
    ["/docs", file(page, "text/html")],
    ["/docs/start.js", file(start, "text/javascript")],
    ["/docs/swagger-ui.css", file(await packaged("swagger-ui.css"), "text/css")],
    ["/docs/swagger-ui-bundle.js", file(await packaged("swagger-ui-bundle.js"), "text/javascript")],
  ]);
}

/**
 * GET /openapi.json: the committed file. A test holds it to the action schemas; what a gateway learns of far actions
 * over the bus is not whole (patterns are lost, repeated rules too).
 */
export async function descriptionFile(): Promise<Map<string, StaticFile>> {
  return new Map([["/openapi.json", file(await readFile(new URL("../../docs/openapi.json", import.meta.url)), "application/json")]]);
}

function file(body: Buffer | string, mediaType: string): StaticFile {
  return { body: Buffer.from(body), contentType: `${mediaType}; charset=utf-8`, immutable: false };
}
