/**
 * What docs/architecture.md says about the house, held to: which folder may see which, that folders meet at their
 * index.ts, what must run in a browser, and that files stay small enough to read.
 */
import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("..", import.meta.url));
const maxLines = 400;

/** What the product's code of a folder may import of the house; `types` at compile time only. Files of the root count as "root". Tests may see everything. */
const mayImport: Readonly<Record<string, { readonly values: readonly string[]; readonly types?: readonly string[] }>> = {
  audio: { values: [] },
  client: { values: ["audio"] },
  storage: { values: [] },
  actors: { values: ["audio", "storage", "root"] },
  gateway: { values: ["audio", "client", "root"], types: ["actors", "storage"] },
  simulations: { values: ["audio", "client", "root"] },
  root: { values: ["storage", "actors"] },
  commands: { values: ["actors", "audio", "client", "gateway", "simulations", "storage", "root"] },
};

/** Imports that pass by an index.ts or against the table, each with its reason. */
const exceptions: readonly { readonly from: RegExp; readonly to: RegExp; readonly because: string }[] = [
  { from: /^ensemble\.ts$/, to: /^(actors|gateway)\/.*\.service\.ts$/, because: "a node loads only the services that it hosts" },
  { from: /^(commands|test\/bench)\//, to: /^actors\/ingest\/index\.ts$/, because: "demo, exactness check and bench run ffmpeg as ingest does, without a broker" },
  { from: /^client\//, to: /^actors\/playlist\/model\/index\.ts$/, because: "one merge for the server and for devices" },
  { from: /^client\//, to: /^actors\/group\/model\/index\.ts$/, because: "one arithmetic of time for the server and for devices that listen together" },
  { from: /^client\/group\/(.*\.test\.ts$|testing\/)/, to: /^actors\/group\/(actor\.ts$|testing\/)/, because: "simulated members follow the real actor" },
  { from: /^client\/edits\/.*\.test\.ts$/, to: /^actors\/playlist\/testing\//, because: "the queue's tests send to the real actor" },
  { from: /^commands\/sim\.ts$/, to: /^test\/sim\//, because: "npm run sim starts the simulation" },
  { from: /^test\/sim\//, to: /^(actors\/(runtime|playlist)|storage)\//, because: "the simulation runs the runtime and the playlist actor without a broker, and stands in for their ports" },
  { from: /^test\/sim\//, to: /^client\/edits\/index\.ts$/, because: "simulated devices run the client's own edit queue" },
  { from: /^test\/(bench|chaos\/plants)\//, to: /^(actors\/(runtime\/|(playlist|session)\/actor\.ts$|session\/model\/limits\.ts$|presence\/limits\.ts$)|gateway\/socket\/followees\.ts$)/, because: "a bench declares actors of its own; a planted fault patches from outside" },
  { from: /^commands\/bench\.ts$/, to: /^test\/bench\//, because: "npm run bench starts the benches" },
  { from: /^commands\/simulate\/validate\//, to: /^actors\/runtime\/index\.ts$/, because: "the validation declares an actor of its own, and predicts where actors live" },
  { from: /^test\/bench\//, to: /^simulations\/[a-z]+\/index\.ts$/, because: "a bench measures one part of the simulations" },
  { from: /^commands\/chaos\.ts$/, to: /^test\/chaos\//, because: "npm run chaos starts the fault harness" },
  { from: /^test\/chaos\//, to: /^actors\/runtime\/(placement|activation)\.ts$/, because: "gaps are reported by shard; a planted bug replaces methods of the runtime" },
  { from: /\.test\.ts$|\/testing\//, to: /^test\//, because: "tests use the kit" },
  { from: /^test\//, to: /^commands\/cluster\/servers\.ts$/, because: "tests and npm run cluster start servers and nodes in the same way" },
  { from: /^test\/bench\/costs\.ts$/, to: /^commands\/simulate\/cluster\.ts$/, because: "costs of operations are those of the cluster that simulations run on" },
  { from: /^actors\/runtime\/(.*\.test\.ts$|testing\/)/, to: /^storage\/testing\//, because: "tests of the runtime run it on the model of the store" },
  { from: /^test\/contract\//, to: /^storage\//, because: "a contract suite runs against each adapter by itself" },
  { from: /^test\//, to: /\/testing\//, because: "tests and benches of several parts take the support of each" },
  { from: /^gateway\/http\/openapi\.test\.ts$/, to: /^commands\/openapi\.ts$/, because: "holds the committed document to what the command writes" },
  { from: /^commands\/simulate\/edge-cache\.test\.ts$/, to: /^gateway\/http\/metrics\.ts$/, because: "what a live run reads of a gateway's metrics is what the gateway writes" },
  { from: /^gateway\/player\/player\.test\.ts$/, to: /^actors\/countries\.ts$/, because: "holds the page's countries to those that accounts accept" },
];

/** Packages that run in browsers, which audio/, client/, the models of playlists and groups and the player's page may use. */
const browserPackages = ["@wasm-audio-decoders/flac", "@wasm-audio-decoders/ogg-vorbis", "socket.io-client"];

interface Import {
  readonly from: string;
  /** A path in the house, or the name of a package. */
  readonly to: string;
  readonly kind: "house" | "package";
  readonly isType: boolean;
}

const sources = globSync("**/*.{ts,mjs,css,sql}", { cwd: root, exclude: (name) => /^(node_modules|data|dist|coverage)$|^\.(?!ci$)/.test(name) }).toSorted();
const isTest = (path: string) => path.startsWith("test/") || path.endsWith(".test.ts") || path.includes("/testing/");
const folderOf = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "root");
/** The runtime is no service: actors are made of it. */
const serviceOf = (path: string) => /^actors\/(?!runtime\/)([^/]+)\//.exec(path)?.[1];
const isBrowserCode = (path: string) => /^(audio|client|gateway\/player\/page|actors\/(playlist|group)\/model)\//.test(path) && !isTest(path);
const imports = sources.filter((path) => /\.(ts|mjs)$/.test(path)).flatMap(importsOf);

function importsOf(from: string): Import[] {
  const text = readFileSync(posix.join(root, from), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;"]*?from\s+"([^"]+)"|^import\s+()"([^"]+)"|\bimport\(()"([^"]+)"\)/gm);
  return [...statements].map(([, type, ...rest]): Import => {
    const name = rest.find((part) => part !== undefined && part !== "") ?? "";
    return { from, to: name.startsWith(".") ? posix.join(posix.dirname(from), name) : name, kind: name.startsWith(".") ? "house" : "package", isType: type !== undefined };
  });
}

const crossing = imports.filter(({ from, to, kind }) => kind === "house" && folderOf(from) !== folderOf(to));
const isExcepted = ({ from, to }: Import) => exceptions.some((exception) => exception.from.test(from) && exception.to.test(to));
const shown = ({ from, to }: Import) => `${from} -> ${to}`;

describe("structure -", () => {
  test("the files are found, and so are their imports", () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(crossing.map(shown)).toEqual(expect.arrayContaining(["ensemble.ts -> actors/catalog/catalog.service.ts", "client/shapes.ts -> audio/index.ts"]));
  });

  test("top folders meet at their index.ts", () => {
    const deep = crossing.filter((one) => folderOf(one.to) !== "root" && !/^[^/]+\/index\.ts$/.test(one.to) && !isExcepted(one));
    expect(deep.map(shown)).toEqual([]);
  });

  test("a folder sees only those below it, and the gateway knows actors by their types", () => {
    const forbidden = crossing.filter((one) => {
      const allowed = mayImport[folderOf(one.from)];
      if (isTest(one.from) || isExcepted(one)) return false;
      return !(allowed?.values.includes(folderOf(one.to)) ?? false) && !(one.isType && (allowed?.types?.includes(folderOf(one.to)) ?? false));
    });
    expect(forbidden.map(shown)).toEqual([]);
  });

  test("services call each other by name: one imports another's types and schemas, never its code", () => {
    const reached = imports.filter(({ from, to, kind, isType }) => {
      const [one, other] = [serviceOf(from), serviceOf(to)];
      return kind === "house" && !isType && !isTest(from) && !to.endsWith("/schemas.ts") && one !== undefined && other !== undefined && one !== other;
    });
    expect(reached.map(shown)).toEqual([]);
  });

  test("the product imports nothing that was made for tests", () => {
    expect(imports.filter((one) => one.kind === "house" && !isTest(one.from) && isTest(one.to) && !isExcepted(one)).map(shown)).toEqual([]);
  });

  test("what runs in a browser uses nothing of Node's", () => {
    const browserCode = imports.filter(({ from }) => isBrowserCode(from));
    expect(browserCode.filter(({ to, kind }) => kind === "package" && !browserPackages.includes(to)).map(shown)).toEqual([]);
    const globals = sources.filter((path) => isBrowserCode(path) && path.endsWith(".ts") && /\bBuffer\.|\bprocess\.(?:env|nextTick|hrtime)|\b__dirname\b/.test(readFileSync(posix.join(root, path), "utf8")));
    expect(globals).toEqual([]);
  });

  test("no files import each other in a circle", () => {
    const next = Map.groupBy(imports.filter(({ kind, isType }) => kind === "house" && !isType), ({ from }) => from);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, above: readonly string[]) => {
      if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(" -> "));
      if (above.includes(path) || done.has(path)) return;
      for (const { to } of next.get(path) ?? []) visit(to, [...above, path]);
      done.add(path);
    };
    for (const path of next.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  test("every exception is still needed", () => {
    expect(exceptions.filter(({ from, to }) => !crossing.some((one) => from.test(one.from) && to.test(one.to))).map(({ because }) => because)).toEqual([]);
  });

  test(`no file is longer than ${maxLines} lines`, () => {
    const long = sources.map((path) => ({ path, lines: readFileSync(posix.join(root, path), "utf8").split("\n").length - 1 })).filter(({ lines }) => lines > maxLines);
    expect(long).toEqual([]);
  });
});
