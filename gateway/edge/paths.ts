/** The edge in the OpenAPI document: what audio.ts, images.ts and stream.ts answer. */
import { lossyTiers, tierNames } from "../../audio/index.ts";
import { problems, type DescribedPath } from "../http/openapi.ts";
import { imageSizes } from "./limits.ts";

const problem = { $ref: "#/components/responses/Problem" };
const binary = { type: "string", contentMediaType: "application/octet-stream" };
const range = { name: "Range", in: "header", required: false, description: "One byte range.", schema: { type: "string", examples: ["bytes=0-65535"] } };
const text = (name: string, where: "path" | "query", schema: Record<string, unknown>, description?: string) => ({ name, in: where, required: true, ...(description === undefined ? {} : { description }), schema });

const signature = [
  text("exp", "query", { type: "integer" }, "Seconds since 1970 until which the URL opens."),
  text("kid", "query", { type: "string" }, "Id of the key that signed."),
  text("sig", "query", { type: "string", minLength: 43, maxLength: 43 }, "HMAC-SHA256 of prefix|exp|kid, base64url."),
];

function chunk(id: string, tiers: readonly string[], mediaType: string) {
  return {
    operationId: id,
    tags: ["play"],
    summary: `One chunk of a track (${mediaType}). \`url\` and \`query\` come from POST /v1/play; any number of chunks of that track and tier may be asked for.`,
    security: [],
    parameters: [text("track", "path", { type: "string" }), text("tier", "path", { type: "string", enum: tiers }), text("n", "path", { type: "integer", minimum: 0 }), ...signature, range],
    responses: {
      "200": { description: "The chunk. It never changes.", content: { [mediaType]: { schema: binary } } },
      "206": { description: "The range of it.", content: { [mediaType]: { schema: binary } } },
      "304": { description: "Not modified." },
      "400": problem,
      "403": problem,
      "404": problem,
      "410": problem,
      "416": problem,
      "500": problem,
      "503": problem,
    },
  };
}

const stream = (id: string, method: string) => ({
  operationId: id,
  tags: ["play"],
  summary: `${method} a whole track as one file, with ranges and its exact length. Without tier: the best lossy one of the plan.`,
  security: [{ accessToken: [] }],
  parameters: [text("id", "path", { type: "string" }), { name: "tier", in: "query", required: false, schema: { type: "string", enum: tierNames } }, range],
  responses: {
    "200": { description: "The file.", content: { "audio/ogg": { schema: binary }, "audio/flac": { schema: binary } } },
    "206": { description: "The range of it.", content: { "audio/ogg": { schema: binary }, "audio/flac": { schema: binary } } },
    "304": { description: "Not modified." },
    ...problems("listener", 400, 403, 404, 416, 422),
  },
});

const health = (id: string, summary: string) => ({
  get: {
    operationId: id,
    tags: ["operations"],
    summary,
    security: [],
    parameters: [],
    responses: { "200": { description: "Yes.", content: { "text/plain": { schema: { type: "string" } } } }, "503": { description: "No.", content: { "text/plain": { schema: { type: "string" } } } } },
  },
});

export const edgePaths: readonly DescribedPath[] = [
  { path: "/audio/{track}/{tier}/{n}.ogg", operations: { get: chunk("edge.chunk", lossyTiers, "audio/ogg") } },
  { path: "/audio/{track}/{tier}/{n}.flac", operations: { get: chunk("edge.losslessChunk", ["flac"], "audio/flac") } },
  {
    path: "/v1/images/{id}",
    operations: {
      get: {
        operationId: "edge.image",
        tags: ["browse"],
        summary: "Cover art as JPEG.",
        security: [],
        parameters: [text("id", "path", { type: "string" }), { name: "size", in: "query", required: false, description: `Pixels of the longer side; the next larger of ${imageSizes.join(", ")} is answered.`, schema: { type: "integer", minimum: 1, maximum: imageSizes.at(-1), default: 512 } }],
        responses: { "200": { description: "The image. It never changes.", content: { "image/jpeg": { schema: binary } } }, "304": { description: "Not modified." }, ...problems("public", 400, 404, 422) },
      },
    },
  },
  { path: "/v1/tracks/{id}/stream", operations: { get: stream("edge.stream", "Get"), head: stream("edge.streamHead", "Ask about") } },
  { path: "/live", operations: health("operations.live", "Whether this gateway's process is alive.") },
  { path: "/ready", operations: health("operations.ready", "Whether this gateway should get traffic.") },
];
