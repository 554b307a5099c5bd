/**
 * Response headers that say what a browser may do with an answer. helmet knows them; it is asked once per kind of
 * answer, because they never change while the process runs.
 */
import { ServerResponse, type IncomingMessage } from "node:http";
import helmet from "helmet";

export type Headers = Readonly<Record<string, string>>;

/** Name, value, name, value, ...: the form that Node writes without looking anything up. No name twice. */
export type HeaderList = readonly string[];

type Directives = Readonly<Record<string, readonly string[]>>;

/** Nothing may be loaded or framed from an API answer. */
const closed: Directives = { "default-src": ["'none'"], "frame-ancestors": ["'none'"] };

/** The player page: everything from here; wasm decoders; workers from blobs; audio from the edge when that is elsewhere. */
const page = (edge: readonly string[]): Directives => ({
  "default-src": ["'none'"],
  "base-uri": ["'none'"],
  "connect-src": ["'self'", ...edge],
  "font-src": ["'self'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
  "img-src": ["'self'", "data:", "blob:", ...edge],
  "manifest-src": ["'self'"],
  "media-src": ["'self'", "blob:", ...edge],
  "script-src": ["'self'", "'wasm-unsafe-eval'"],
  "style-src": ["'self'"],
  "worker-src": ["'self'", "blob:"],
});

/** Swagger UI styles its elements in place and draws its icons from data URLs. */
const docs: Directives = { ...page([]), "style-src": ["'self'", "'unsafe-inline'"], "script-src": ["'self'"] };

export interface SecurityHeaders {
  /** JSON: what only documents need is left out. */
  readonly api: HeaderList;
  readonly page: HeaderList;
  readonly docs: HeaderList;
  /** Audio and images: any origin may read and time them; the signature in the URL is the permission. */
  readonly open: HeaderList;
}

/** `secure` adds Strict-Transport-Security: for a service whose public URL is https. */
export function securityHeaders(options: { secure: boolean; edgeOrigin: string | undefined }): SecurityHeaders {
  const edge = options.edgeOrigin === undefined ? [] : [options.edgeOrigin];
  return {
    api: headersFor(closed, options.secure, "same-origin", false),
    page: headersFor(page(edge), options.secure, "same-origin", true),
    docs: headersFor(docs, options.secure, "same-origin", true),
    open: [
      ...headersFor(closed, options.secure, "cross-origin", false),
      "Access-Control-Allow-Origin",
      "*",
      "Access-Control-Expose-Headers",
      "Content-Length, Content-Range, ETag, Accept-Ranges, X-Request-Id, Retry-After",
      "Timing-Allow-Origin",
      "*",
    ],
  };
}

function headersFor(directives: Directives, secure: boolean, resources: "same-origin" | "cross-origin", isDocument: boolean): HeaderList {
  const response = new ServerResponse({ method: "GET" } as IncomingMessage);
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    crossOriginResourcePolicy: { policy: resources },
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: "deny" },
    ...(isDocument ? {} : { crossOriginOpenerPolicy: false, originAgentCluster: false, xDnsPrefetchControl: false, xDownloadOptions: false, xPermittedCrossDomainPolicies: false, xXssProtection: false }),
  })({ headers: {} } as IncomingMessage, response, (problem?: unknown) => {
    if (problem !== undefined) throw problem instanceof Error ? problem : new Error("helmet refused the directives");
  });
  return response.getHeaderNames().flatMap((name) => [name, String(response.getHeader(name))]);
}

/** CORS for the API: the service's own origin and the configured ones. */
export class Origins {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  }

  /**
   * Headers for a request from `origin`; undefined when that origin may not call us. A page of our own sends an
   * Origin with its mutations too: its host is the one it calls (the scheme may differ behind a TLS proxy).
   */
  headers(origin: string | undefined, own: string): HeaderList | undefined {
    if (origin === undefined) return none;
    const lower = origin.toLowerCase();
    if (this.#allowed.has(lower)) {
      return ["Access-Control-Allow-Origin", origin, "Access-Control-Expose-Headers", "X-Request-Id, Retry-After, WWW-Authenticate, Content-Length, Content-Range, ETag", "Vary", "Origin"];
    }
    return lower.replace(/^https?:/, "") === own.toLowerCase().replace(/^https?:/, "") ? none : undefined;
  }
}

const none: HeaderList = Object.freeze([]);

/** Answer to an allowed preflight. */
export function preflightHeaders(methods: readonly string[]): Headers {
  return { "Access-Control-Allow-Methods": methods.join(", "), "Access-Control-Allow-Headers": "Authorization, Content-Type, X-File-Name, Range, If-None-Match, If-Range", "Access-Control-Max-Age": "86400", "Content-Length": "0" };
}
