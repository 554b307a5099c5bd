/**
 * The OpenAPI 3.1 document, made from what the code itself runs on: the route table, and per action its parameter
 * rules, access rule, summary and answer schema. Paths that no action serves bring their own item, written beside
 * their code. Pure: the same input gives the same document.
 */
import type { Access, JsonSchema, Rule } from "../../actors/index.ts";
import type { Route } from "./routes.ts";

/** The part of an action's schema that the document shows. */
export interface DescribedAction {
  readonly name: string;
  readonly access: Access;
  readonly summary: string;
  readonly returns: JsonSchema;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A path that no action serves. `operations` by method, in OpenAPI's own form. */
export interface DescribedPath {
  readonly path: string;
  readonly operations: Readonly<Record<string, JsonSchema>>;
}

const errorSchema: JsonSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "retryable"],
      properties: {
        code: { type: "string", description: "Stable name to switch on." },
        message: { type: "string", description: "A sentence for a person." },
        retryable: { type: "boolean", description: "Whether the same request may be sent again unchanged." },
        details: { type: "object", additionalProperties: true },
      },
    },
  },
};

/** The document for `routes` over `actions` and `paths`. Throws when a route names an action that is not there. */
export function openApiDocument(actions: readonly DescribedAction[], routes: readonly Route[], paths: readonly DescribedPath[]): JsonSchema {
  const byName = new Map(actions.map((action) => [action.name, action]));
  const items: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const action = byName.get(route.action);
    if (action === undefined) throw new Error(`no action ${route.action} for ${route.method} ${route.path}`);
    (items[template(route.path)] ??= {})[route.method.toLowerCase()] = operation(route, action);
  }
  for (const { path, operations } of paths) items[path] = { ...items[path], ...operations };
  return {
    openapi: "3.1.0",
    info: { title: "Ensemble", version: "1", description: "A music streaming service. Times are ISO 8601 UTC, durations milliseconds, ids opaque strings.", license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    tags: [
      { name: "account", description: "Registering, logging in, tokens." },
      { name: "browse", description: "Search and the catalogue." },
      { name: "play", description: "Permission to play, and the audio." },
      { name: "playlists", description: "Playlists, also edited by many at once." },
      { name: "session", description: "What plays on which of a listener's devices." },
      { name: "social", description: "Following, and what friends play." },
      { name: "groups", description: "Listening together." },
      { name: "admin", description: "For administrators." },
      { name: "operations", description: "Health." },
    ],
    paths: Object.fromEntries(Object.entries(items).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      securitySchemes: { accessToken: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "The accessToken of a register, login or refresh." } },
      schemas: { Error: errorSchema },
      responses: { Problem: { description: "An error.", content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } } },
    },
  };
}

/** What may go wrong with a route of this access, beside its own answer. */
export function problems(access: Access, ...statuses: readonly number[]): Record<string, JsonSchema> {
  const own = access === "listener" ? [401] : access === "admin" ? [401, 403] : [];
  return Object.fromEntries([...own, ...statuses, 429, 500, 503].toSorted((one, other) => one - other).map((status) => [String(status), { $ref: "#/components/responses/Problem" }]));
}

function operation(route: Route, action: DescribedAction): JsonSchema {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? "");
  const rules = Object.entries(action.params).filter(([name]) => !name.startsWith("$$"));
  const inBody = route.method === "POST" || route.method === "PUT" || route.method === "PATCH";
  const rest = rules.filter(([name]) => !inPath.includes(name));
  return {
    operationId: action.name,
    tags: [route.tag],
    summary: action.summary,
    security: action.access === "public" || action.access === "internal" ? [] : [{ accessToken: [] }],
    parameters: [
      ...inPath.map((name) => ({ name, in: "path", required: true, schema: jsonSchemaOf(action.params[name] ?? { type: "string" }) })),
      ...(inBody ? [] : rest.map(([name, rule]) => ({ name, in: "query", required: !isOptional(rule), ...describe(rule), schema: jsonSchemaOf(rule) }))),
    ],
    ...(inBody && rest.length > 0 ? { requestBody: { required: rest.some(([, rule]) => !isOptional(rule)), content: { "application/json": { schema: objectSchema(rest) } } } } : {}),
    responses: {
      [String(route.status ?? 200)]: { description: "Done.", content: { "application/json": { schema: action.returns } } },
      ...problems(action.access, 400, 422, ...(inPath.length > 0 ? [404] : []), ...(inBody ? [413, 415] : [])),
    },
  };
}

function template(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function isOptional(rule: unknown): boolean {
  if (typeof rule === "string") return rule.includes("optional");
  const { optional, default: fallback } = rule as { optional?: boolean; default?: unknown };
  return optional === true || fallback !== undefined;
}

function describe(rule: unknown): { description?: string } {
  const description = (rule as { description?: unknown }).description;
  return typeof description === "string" ? { description } : {};
}

function objectSchema(rules: readonly (readonly [string, unknown])[]): JsonSchema {
  const required = rules.filter(([, rule]) => !isOptional(rule)).map(([name]) => name);
  return { type: "object", additionalProperties: false, ...(required.length > 0 ? { required } : {}), properties: Object.fromEntries(rules.map(([name, rule]) => [name, { ...jsonSchemaOf(rule), ...describe(rule) }])) };
}

/** A fastest-validator rule (or its short form, "string|optional") as JSON Schema. */
export function jsonSchemaOf(given: unknown): JsonSchema {
  if (typeof given === "string") {
    const [type = "any"] = given.split("|");
    return type === "any" ? {} : { type };
  }
  const rule = given as Rule;
  const schema = present(rule);
  return "nullable" in rule && rule.nullable ? { ...schema, type: [schema["type"], "null"] } : schema;
}

function present(rule: Rule): JsonSchema {
  switch (rule.type) {
    case "string":
      return defined({ type: "string", minLength: rule.min ?? (rule.empty === false ? 1 : undefined), maxLength: rule.max, pattern: rule.pattern instanceof RegExp ? rule.pattern.source : rule.pattern, default: rule.default });
    case "number":
      return defined({ type: rule.integer === true ? "integer" : "number", minimum: rule.min, maximum: rule.max, default: rule.default });
    case "boolean":
      return defined({ type: "boolean", default: rule.default });
    case "enum":
      return defined({ type: "string", enum: rule.values, default: rule.default });
    case "array":
      return defined({ type: "array", items: jsonSchemaOf(rule.items), minItems: rule.min, maxItems: rule.max });
    case "object":
      return objectSchema(Object.entries(rule.props));
    case "record":
      return { type: "object", propertyNames: jsonSchemaOf(rule.key), additionalProperties: jsonSchemaOf(rule.value) };
    case "any":
      return {};
    default:
      return unknownRule(rule);
  }
}

function unknownRule(rule: never): never {
  throw new Error(`no JSON Schema for the rule ${JSON.stringify(rule)}`);
}

function defined(schema: Record<string, unknown>): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
