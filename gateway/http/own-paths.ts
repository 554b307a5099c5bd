/** Paths that the gateway serves itself, for the OpenAPI document: the upload, and everything of the edge. */
import { edgePaths } from "../edge/paths.ts";
import { problems, type DescribedPath } from "./openapi.ts";

/** POST /v1/admin/tracks (upload.ts). */
export const uploadPath: DescribedPath = {
  path: "/v1/admin/tracks",
  operations: {
    post: {
      operationId: "ingest.upload",
      tags: ["admin"],
      summary: "Uploads one recording and imports it. Answers when it can be played.",
      security: [{ accessToken: [] }],
      parameters: [{ name: "X-File-Name", in: "header", required: false, description: "The file's name, percent-encoded, when the body is the file itself.", schema: { type: "string", maxLength: 600 } }],
      requestBody: {
        required: true,
        content: {
          "multipart/form-data": { schema: { type: "object", required: ["file"], properties: { file: { type: "string", contentMediaType: "application/octet-stream" } } } },
          "application/octet-stream": { schema: { type: "string", contentMediaType: "application/octet-stream" } },
        },
      },
      responses: {
        "201": { description: "Imported, or known already (created is false).", content: { "application/json": { schema: { type: "object", required: ["trackId", "created"], properties: { trackId: { type: "string" }, created: { type: "boolean" } } } } } },
        ...problems("admin", 400, 408, 413, 415, 422),
      },
    },
  },
};

export const ownPaths: readonly DescribedPath[] = [uploadPath, ...edgePaths];
