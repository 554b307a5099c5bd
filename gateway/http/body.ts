/** Reads request bodies: bounded in bytes and time, one media type. */
import type { IncomingMessage } from "node:http";
import { parseJsonObject, type Json } from "./json.ts";
import { limits } from "./limits.ts";
import { Problem, tooLarge } from "./problem.ts";

const isJson = /^application\/json\s*(;\s*charset=utf-8\s*)?$/i;

/**
 * The JSON object in a request's body; an empty object when there is no body. Throws Problem 400, 408, 413, 415 or 422.
 */
export async function readJson(request: IncomingMessage, maxBytes: number = limits.bodyBytes, maxMs: number = limits.bodyMs): Promise<Record<string, Json>> {
  const { "content-length": declared, "content-type": type, "content-encoding": encoding, "transfer-encoding": transfer } = request.headers;
  if ((declared === undefined && transfer === undefined) || declared === "0") return parseJsonObject(nothing);
  if (type === undefined || !isJson.test(type)) throw new Problem(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/json.", { headers: { Accept: "application/json" } });
  // A small compressed body can be a large one; nobody needs that for our sizes.
  if (encoding !== undefined && encoding !== "identity") throw new Problem(415, "UNSUPPORTED_ENCODING", "Send the body without Content-Encoding.");
  if (declared !== undefined && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  return parseJsonObject(await collect(request, maxBytes, maxMs));
}

const nothing = Buffer.alloc(0);

// Events, not an iterator: a third of the cost per request.
function collect(request: IncomingMessage, maxBytes: number, maxMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Whose client left while its token was looked at: none of the events below will come any more.
    if (request.destroyed) return reject(ended());
    const parts: Buffer[] = [];
    let bytes = 0;
    // Most bodies came with their head: no timer for them.
    const timer = request.complete ? undefined : setTimeout(() => finish(new Problem(408, "TIMEOUT", "The body did not arrive in time.", { retryable: true, headers: { Connection: "close" } })), maxMs);
    const onData = (part: Buffer) => {
      bytes += part.length;
      if (bytes > maxBytes) finish(tooLarge(maxBytes));
      else parts.push(part);
    };
    const onEnd = () => finish();
    const onClose = () => finish(ended());
    const finish = (problem?: Problem) => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("close", onClose);
      if (problem === undefined) resolve(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, bytes));
      else reject(problem);
    };
    request.on("data", onData).on("end", onEnd).on("close", onClose);
    request.on("error", ignore);
  });
}

const ended = () => new Problem(400, "ABORTED", "The body ended early.");

function ignore(): void {
  // "close" follows every error and is what decides.
}
