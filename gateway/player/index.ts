/**
 * The player page as files to serve: built from source when the gateway starts (about a tenth of a second), so that page
 * and API are always of one version and a checkout needs no build step.
 *
 * "/" names everything else by its content hash, so those files never change and browsers may keep them for ever.
 * Worker and worklet are files of their own: each runs in a global scope of its own.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface PlayerAsset {
  readonly body: Buffer;
  readonly contentType: string;
  /** Whether the body under this path never changes. */
  readonly immutable: boolean;
}

const javascript = "text/javascript; charset=utf-8";

/** The page's files by path: "/" and "/assets/*". Throws when the sources do not build. */
export async function playerAssets(): Promise<Map<string, PlayerAsset>> {
  const assets = new Map<string, PlayerAsset>();
  const add = (name: string, body: Buffer, contentType: string): string => {
    const hash = createHash("sha256").update(body).digest("base64url").slice(0, 10);
    const path = `/assets/${name.replace(/(\.\w+)$/, `-${hash}$1`)}`;
    assets.set(path, { body, contentType, immutable: true });
    return path;
  };
  const [worker, worklet, style, icon, html] = await Promise.all([
    bundle("../../client/playback/worker.ts"),
    bundle("../../client/playback/worklet.ts"),
    bundle("./page/style.css"),
    readFile(source("./page/icon.svg")),
    readFile(source("./page/index.html"), "utf8"),
  ]);
  // The page names its worker and worklet, so they are built first.
  const app = await bundle("./page/app.ts", {
    WORKER_URL: JSON.stringify(add("worker.js", worker, javascript)),
    WORKLET_URL: JSON.stringify(add("worklet.js", worklet, javascript)),
  });
  const paths: Readonly<Record<string, string>> = {
    "app.js": add("app.js", app, javascript),
    "style.css": add("style.css", style, "text/css; charset=utf-8"),
    "icon.svg": add("icon.svg", icon, "image/svg+xml"),
  };
  const page = html.replaceAll(/\{\{([\w.]+)\}\}/g, (_, name: string) => paths[name] ?? fail(`the page names ${name}, which is not built`));
  assets.set("/", { body: Buffer.from(page), contentType: "text/html; charset=utf-8", immutable: false });
  return assets;
}

async function bundle(entry: string, define: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const { outputFiles } = await build({
    entryPoints: [source(entry)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    // The decoders carry their WebAssembly as text in which every character counts.
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    define,
  });
  const [file] = outputFiles;
  return file === undefined ? fail(`${entry} built to nothing`) : Buffer.from(file.contents);
}

function source(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

function fail(problem: string): never {
  throw new Error(problem);
}
