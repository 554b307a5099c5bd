/** What a browser test plays on: a real node with an imported library, and a real Chromium whose pages complain aloud. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { startNode, type Node } from "../../ensemble.ts";
import { testConfig, until } from "../kit/index.ts";
import { makeLibrary, type AlbumRecipe } from "./library.ts";

const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required".split(" ");
/** Pages that are not in front keep their timers, as in windows of their own. */
const awake = "--disable-background-timer-throttling --disable-backgrounding-occluded-windows --disable-renderer-backgrounding".split(" ");
export const administrator = { user: { id: "operator", username: "operator", plan: "premium", role: "admin", country: "ZZ" } } as const;

export interface Stage {
  readonly node: Node;
  readonly origin: string;
  /** Errors, warnings, exceptions and violations of the content security policy, from all pages. */
  readonly complaints: readonly string[];
  /** A page of a browser of its own: nothing is shared with the others. */
  page(viewport?: { width: number; height: number }): Promise<Page>;
  close(): Promise<void>;
}

export async function startStage(albums?: readonly AlbumRecipe[]): Promise<Stage> {
  if (chromiumPath === undefined) throw new Error("this test needs Chromium: apt-get install chromium");
  const folder = await mkdtemp(join(tmpdir(), "ensemble-browser-"));
  const pieces = await makeLibrary(join(folder, "library"), albums);
  const node = await startNode(await testConfig());
  const origin = (await node.broker.call<{ url: string }>("gateway.address")).url;
  const job = await node.broker.call<{ id: string }, object>("ingest.start", { path: join(folder, "library") }, { meta: administrator });
  const state = () => node.broker.call<{ state: string; imported: number; failures: unknown[] }, object>("ingest.job", { id: job.id }, { meta: administrator });
  await until(async () => !["scanning", "running"].includes((await state()).state), 120_000);
  const { state: end, imported, failures } = await state();
  if (end !== "done" || imported !== pieces || failures.length > 0) throw new Error(`the library was not imported: ${JSON.stringify(await state())}`);
  const browser: Browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: [...flags, ...awake] });
  const complaints: string[] = [];
  return {
    node, origin, complaints,
    async page(viewport = { width: 1280, height: 800 }) {
      const context = await browser.newContext({ viewport, locale: "sv-SE" });
      context.setDefaultTimeout(15_000);
      context.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
      });
      context.on("weberror", (error) => complaints.push(`exception: ${error.error().message}`));
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error(`CSP: ${violatedDirective} ${blockedURI}`));
      });
      const page = await context.newPage();
      return page;
    },
    async close() {
      await browser.close();
      await node.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
