/** Every action of every service here says who may call it, what it does, what it takes and what it answers. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { ServiceSchema } from "moleculer";
import type { Declared } from "./action.ts";

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".service.ts"));
const services = await Promise.all(files.map(async (file) => ((await import(`./${file}`)) as { default: ServiceSchema }).default));
const actions = services.flatMap((service) =>
  Object.entries(service.actions ?? {}).map(([name, action]) => [`${service.name}.${name}`, action as Partial<Declared> & { params?: object; handler?: unknown }] as const),
);

describe("declared actions", () => {
  test("there are services, and no two have one name", () => {
    expect(services.length).toBeGreaterThanOrEqual(4);
    expect(new Set(services.map((service) => service.name)).size).toBe(services.length);
  });

  test.each(actions)("%s has access, summary, params and returns", (_name, action) => {
    expect(["public", "listener", "admin", "internal"]).toContain(action.access);
    expect(action.summary).toMatch(/^[A-Z].{3,}/);
    expect(action.params).toMatchObject({ $$strict: true });
    expect(action.handler).toBeInstanceOf(Function);
    const ajv = new Ajv2020({ strict: "log", allowUnionTypes: true });
    formats.default(ajv);
    expect(action.returns).toBeDefined();
    expect(() => ajv.compile(action.returns as object)).not.toThrow();
  });

  // Internal actions are called by our own code, with what it has bounded already.
  test.each(actions.filter(([, action]) => action.access !== "internal"))("%s bounds every text and list it takes", (_name, action) => {
    const unbounded: string[] = [];
    const walk = (rule: unknown, path: string) => {
      const { type, max, items, props, properties } = rule as { type?: string; max?: number; items?: unknown; props?: object; properties?: object };
      if ((type === "string" || type === "array") && max === undefined && !("pattern" in (rule as object))) unbounded.push(path);
      if (items !== undefined) walk(items, `${path}[]`);
      for (const [name, inner] of Object.entries(props ?? properties ?? {})) walk(inner, `${path}.${name}`);
    };
    for (const [name, rule] of Object.entries(action.params ?? {})) if (name !== "$$strict") walk(rule, name);
    expect(unbounded).toEqual([]);
  });
});
