/**
 * A small HTTP server that answers as Meilisearch's documentation says for the routes our adapter uses: health, stats,
 * indexes, settings, documents, tasks, multi-search, keys. Asynchronous as the real one: a write is a task (202) that is
 * carried out later, in order. It ranks by the rules it is given over a plain scan, so that the contract has something
 * to hold; how the real engine tokenises and ranks is verified only where MEILI_URL names one.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { distance } from "../../storage/search/typos.ts";

export interface MeilisearchDouble {
  readonly url: string;
  /** Every request so far, as "METHOD /path". */
  readonly requests: readonly string[];
  /** Settings of an index as they were sent. */
  settings(uid: string): Readonly<Record<string, unknown>> | undefined;
  /** The next write task fails with this message. */
  failNextTask(message: string): void;
  close(): Promise<void>;
}

type Row = Record<string, unknown>;
interface Index {
  readonly primaryKey: string;
  readonly documents: Map<string, Row>;
  settings: Row;
}
interface Task {
  uid: number;
  indexUid: string;
  type: string;
  status: "enqueued" | "succeeded" | "failed";
  error: object | null;
  carryOut(): void;
}
interface Query {
  readonly indexUid: string;
  readonly q: string;
  readonly limit?: number;
  readonly matchingStrategy?: string;
  readonly showRankingScore?: boolean;
  readonly attributesToRetrieve?: readonly string[];
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
  get body() {
    return { message: this.message, code: this.code, type: this.status === 403 ? "auth" : "invalid_request", link: `https://docs.meilisearch.com/errors#${this.code}` };
  }
}

/** Starts one on a free port of this machine. */
export async function startMeilisearchDouble(masterKey: string): Promise<MeilisearchDouble> {
  const indexes = new Map<string, Index>();
  const tasks: Task[] = [];
  const requests: string[] = [];
  let failure: string | undefined;

  const indexOf = (uid: string): Index => {
    const index = indexes.get(uid);
    if (index === undefined) throw new Refusal(404, "index_not_found", `Index \`${uid}\` not found.`);
    return index;
  };

  const enqueue = (indexUid: string, type: string, carryOut: () => void) => {
    const task: Task = { uid: tasks.length, indexUid, type, status: "enqueued", error: null, carryOut };
    tasks.push(task);
    setImmediate(() => {
      try {
        if (failure !== undefined) throw new Refusal(500, "internal", failure);
        task.carryOut();
        task.status = "succeeded";
      } catch (error) {
        task.status = "failed";
        task.error = (error as Refusal).body;
        failure = undefined;
      }
    });
    return { status: 202, body: { taskUid: task.uid, indexUid, status: "enqueued", type, enqueuedAt: new Date(0).toISOString() } };
  };

  const shown = ({ uid, indexUid, type, status, error }: Task) => ({ uid, indexUid, type, status, error, batchUid: uid, canceledBy: null, details: {}, duration: null, enqueuedAt: new Date(0).toISOString(), startedAt: null, finishedAt: null });

  const answer = (method: string, path: string, body: unknown): { status: number; body: unknown } => {
    const [, first, uid = "", third, fourth] = path.split("/").map(decodeURIComponent);
    switch (`${method} /${first}${third === undefined ? "" : `/${third}`}${fourth === undefined ? "" : `/${fourth}`}`) {
      case "GET /health":
        return { status: 200, body: { status: "available" } };
      case "GET /stats":
        return {
          status: 200,
          body: { databaseSize: 0, usedDatabaseSize: 0, lastUpdate: null, indexes: Object.fromEntries([...indexes].map(([name, { documents }]) => [name, { numberOfDocuments: documents.size, isIndexing: false, fieldDistribution: {} }])) },
        };
      case "GET /tasks": {
        const task = tasks[Number(uid)];
        if (task === undefined) throw new Refusal(404, "task_not_found", `Task \`${uid}\` not found.`);
        return { status: 200, body: shown(task) };
      }
      case "POST /indexes": {
        const { uid: name, primaryKey } = body as { uid: string; primaryKey: string };
        if (!/^[\w-]{1,512}$/.test(name)) throw new Refusal(400, "invalid_index_uid", `\`${name}\` is not a valid index uid.`);
        return enqueue(name, "indexCreation", () => {
          if (indexes.has(name)) throw new Refusal(409, "index_already_exists", `Index \`${name}\` already exists.`);
          indexes.set(name, { primaryKey, documents: new Map(), settings: {} });
        });
      }
      case "PATCH /indexes/settings":
        return enqueue(uid, "settingsUpdate", () => {
          const index = indexOf(uid);
          index.settings = { ...index.settings, ...(body as Row) };
        });
      case "POST /indexes/documents":
        return enqueue(uid, "documentAdditionOrUpdate", () => {
          const { documents, primaryKey } = indexOf(uid);
          for (const row of body as Row[]) {
            const key = String(row[primaryKey]);
            if (!/^[A-Za-z0-9_-]{1,511}$/.test(key)) throw new Refusal(400, "invalid_document_id", `Document identifier \`"${key}"\` is invalid.`);
            documents.set(key, row);
          }
        });
      case "POST /indexes/documents/delete-batch":
        return enqueue(uid, "documentDeletion", () => {
          for (const key of body as string[]) indexOf(uid).documents.delete(key);
        });
      case "DELETE /indexes/documents":
        return enqueue(uid, "documentDeletion", () => indexOf(uid).documents.clear());
      case "POST /multi-search":
        return { status: 200, body: { results: (body as { queries: Query[] }).queries.map((query) => search(indexOf(query.indexUid), query)) } };
      default:
        throw new Refusal(404, "not_found", `${method} ${path}: no such route`);
    }
  };

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://double").pathname;
    requests.push(`${request.method} ${path}`);
    void read(request)
      .then((text) => {
        if (path !== "/health" && request.headers.authorization !== `Bearer ${masterKey}`) throw new Refusal(403, "invalid_api_key", "The provided API key is invalid.");
        if (text !== "" && request.headers["content-type"]?.startsWith("application/json") !== true) throw new Refusal(415, "invalid_content_type", "The Content-Type must be application/json.");
        return answer(request.method ?? "GET", path, text === "" ? undefined : JSON.parse(text));
      })
      .catch((error: unknown) => (error instanceof Refusal ? { status: error.status, body: error.body } : { status: 500, body: { message: String(error), code: "internal", type: "internal", link: "" } }))
      .then(({ status, body }) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    settings: (uid) => indexes.get(uid)?.settings,
    failNextTask(message) {
      failure = message;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** Every document of the index whose searchable text has all the words, in the order of its ranking rules. */
function search({ documents, settings }: Index, query: Query) {
  if (query.matchingStrategy !== "all") throw new Refusal(400, "unsupported", "this double knows matchingStrategy all only");
  const words = query.q.split(/\s+/u).slice(0, 10);
  const searchable = settings["searchableAttributes"] as string[];
  const sizes = (settings["typoTolerance"] as { minWordSizeForTypos: { oneTypo: number; twoTypos: number } }).minWordSizeForTypos;
  const rules = settings["rankingRules"] as string[];
  const ranked = [...documents.values()].flatMap((row) => {
    const texts = searchable.map((attribute) => String(row[attribute]));
    const typos = words.map((word, at) => Math.min(...texts.flatMap((text) => text.split(" ")).map((term) => typosOf(word, term, at === words.length - 1, sizes))));
    const total = typos.reduce((sum, count) => sum + count, 0);
    if (!Number.isFinite(total)) return [];
    const name = texts[0] ?? "";
    return [{ row, typo: total, exactness: name === query.q ? 0 : name.startsWith(query.q) ? 1 : 2 }];
  });
  type Ranked = (typeof ranked)[number];
  const by = (rule: string, a: Ranked, b: Ranked): number => {
    const [attribute = "", direction] = rule.split(":");
    if (direction === undefined) return rule === "typo" ? a.typo - b.typo : rule === "exactness" ? a.exactness - b.exactness : 0;
    const [x, y] = direction === "desc" ? [b.row[attribute], a.row[attribute]] : [a.row[attribute], b.row[attribute]];
    return typeof x === "number" && typeof y === "number" ? x - y : String(x) < String(y) ? -1 : String(x) > String(y) ? 1 : 0;
  };
  const sorted = ranked.toSorted((a, b) => rules.map((rule) => by(rule, a, b)).find((order) => order !== 0) ?? 0);
  const hits = sorted.slice(0, query.limit ?? 20).map(({ row, typo, exactness }) => ({
    ...Object.fromEntries((query.attributesToRetrieve ?? Object.keys(row)).map((attribute) => [attribute, row[attribute]])),
    ...(query.showRankingScore === true ? { _rankingScore: 1 / (1 + typo + exactness / 10) } : {}),
  }));
  return { indexUid: query.indexUid, hits, query: query.q, processingTimeMs: 0, limit: query.limit ?? 20, offset: 0, estimatedTotalHits: sorted.length };
}

function typosOf(word: string, term: string, open: boolean, sizes: { oneTypo: number; twoTypos: number }): number {
  const length = Array.from(word).length;
  // The engine segments scripts without spaces; the double finds a beginning.
  if (term === word || ((open || /\P{ASCII}/u.test(word)) && term.startsWith(word))) return 0;
  const allowed = length >= sizes.twoTypos ? 2 : length >= sizes.oneTypo ? 1 : 0;
  if (allowed === 0) return Infinity;
  const typos = Math.min(distance(word, term, allowed), open ? distance(word, Array.from(term).slice(0, length).join(""), allowed) : Infinity);
  return typos <= allowed ? typos : Infinity;
}
