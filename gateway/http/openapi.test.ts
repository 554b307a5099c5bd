import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ServiceSchema } from "moleculer";
import { openApiText } from "../../commands/openapi.ts";
import { loadServices, serviceNames } from "../../ensemble.ts";
import { ask, startGateway, type TestGateway } from "../testing/gateway.ts";
import { schemaActions } from "./described.ts";
import { jsonSchemaOf, openApiDocument } from "./openapi.ts";
import { ownPaths } from "./own-paths.ts";
import { routes } from "./routes.ts";

interface Document {
  readonly paths: Record<string, Record<string, { operationId: string; security: unknown[]; parameters: { name: string; in: string; required: boolean; schema: unknown }[]; requestBody?: { content: Record<string, { schema: { required?: string[]; properties: Record<string, unknown> } }> } }>>;
}

let services: ServiceSchema[];
let document: Document;

beforeAll(async () => {
  services = await loadServices(serviceNames);
  document = openApiDocument(schemaActions(services), routes, ownPaths) as unknown as Document;
});

const operations = () => Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })));

describe("the API's description", () => {
  test("the committed file is what the code says", async () => {
    expect(await readFile(new URL("../../docs/openapi.json", import.meta.url), "utf8")).toBe(await openApiText());
  });

  test("every route is described, and nothing that is not routed", () => {
    const described = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    const served = [...routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`), ...ownPaths.flatMap(({ path, operations }) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`))];
    expect(described.toSorted()).toEqual(served.toSorted());
    expect(new Set(operations().map(({ operation }) => operation.operationId)).size).toBe(operations().length);
  });

  test("every action of every service declares who may call it, and the gateway routes to no internal one", () => {
    const undeclared = services.flatMap(({ name, actions }) =>
      Object.entries((actions ?? {}) as Record<string, { access?: string; summary?: string; returns?: unknown; params?: { $$strict?: boolean } } | false>).flatMap(([action, schema]) => {
        // moleculer-web's own entry is private to its service.
        if (schema === false || (name === "gateway" && action === "rest")) return [];
        return schema.access !== undefined && schema.summary !== undefined && schema.returns !== undefined && schema.params?.$$strict === true ? [] : [`${name}.${action}`];
      }),
    );
    expect(undeclared).toEqual([]);
    const internal = new Set(schemaActions(services).filter(({ access }) => access === "internal").map(({ name }) => name));
    expect(routes.filter(({ action }) => internal.has(action))).toEqual([]);
  });

  test("security, parameters and bodies follow the action", () => {
    const play = document.paths["/v1/play"]?.["post"];
    expect(play?.security).toEqual([{ accessToken: [] }]);
    expect(play?.requestBody?.content["application/json"]?.schema.required).toEqual(["trackId", "deviceId"]);
    expect(document.paths["/v1/tracks/{id}"]?.["get"]?.security).toEqual([]);
    expect(document.paths["/v1/search"]?.["get"]?.parameters.map(({ name, in: where, required }) => [name, where, required])).toEqual([["q", "query", true], ["types", "query", false], ["limit", "query", false]]);
    expect(document.paths["/v1/admin/tracks/{id}/rights"]?.["put"]?.parameters.map(({ name }) => name)).toEqual(["id"]);
  });

  test("rules become JSON Schema", () => {
    expect(jsonSchemaOf({ type: "string", min: 1, max: 9, pattern: /^a/, optional: true })).toEqual({ type: "string", minLength: 1, maxLength: 9, pattern: "^a" });
    expect(jsonSchemaOf({ type: "number", integer: true, min: 1, default: 5 })).toEqual({ type: "integer", minimum: 1, default: 5 });
    expect(jsonSchemaOf({ type: "array", items: { type: "enum", values: ["a"] }, nullable: true, max: 3 })).toEqual({ type: ["array", "null"], items: { type: "string", enum: ["a"] }, maxItems: 3 });
    expect(jsonSchemaOf({ type: "record", key: { type: "string", max: 9 }, value: { type: "number", min: 0 } })).toEqual({ type: "object", propertyNames: { type: "string", maxLength: 9 }, additionalProperties: { type: "number", minimum: 0 } });
    expect(jsonSchemaOf({ type: "object", props: { a: { type: "boolean" }, b: { type: "any", optional: true } } })).toEqual({ type: "object", additionalProperties: false, required: ["a"], properties: { a: { type: "boolean" }, b: {} } });
  });
});

describe("the running gateway", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway(["catalog", "search", "rights", "streaming", "account"]);
  });
  afterAll(() => gateway.stop());

  test("serves the description, and a page that needs nothing from elsewhere", async () => {
    const served = await ask(`${gateway.url}/openapi.json`);
    expect([served.status, served.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    expect((served.body["paths"] as Document["paths"])["/v1/play"]).toEqual(document.paths["/v1/play"]);
    const page = await fetch(`${gateway.url}/docs`);
    const html = await page.text();
    expect(page.headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'self'(;|$)/);
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? "");
    expect(loaded).toHaveLength(3);
    for (const address of loaded) {
      expect(address).toMatch(/^\/docs\//);
      const file = await fetch(gateway.url + address);
      expect([address, file.status, file.headers.get("content-encoding"), (await file.text()).length > 50]).toEqual([address, 200, address === "/docs/start.js" ? null : "gzip", true]);
    }
  });
});
