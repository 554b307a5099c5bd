/** JSON Schemas of what the account actions answer. */
import type { JsonSchema } from "../action.ts";

export const accountSchema: JsonSchema = {
  title: "Account",
  type: "object",
  additionalProperties: false,
  required: ["id", "username", "plan", "role", "country"],
  properties: {
    id: { type: "string" },
    username: { type: "string", description: "as it is shown" },
    plan: { type: "string", enum: ["free", "premium"] },
    role: { type: "string", enum: ["listener", "admin"] },
    country: { type: "string", pattern: "^[A-Z]{2}$", description: "ISO 3166-1 alpha-2" },
  },
};

export const sessionSchema: JsonSchema = {
  title: "LoginSession",
  type: "object",
  additionalProperties: false,
  required: ["account", "accessToken", "refreshToken", "expiresAt"],
  properties: {
    account: accountSchema,
    accessToken: { type: "string", description: "for the Authorization header, as Bearer; valid for 15 minutes" },
    refreshToken: { type: "string", description: "for POST /v1/auth/refresh, once; valid for 30 days" },
    expiresAt: { type: "string", format: "date-time", description: "end of the access token" },
  },
};

/** Of another account: nothing but how it is called. */
export const nameSchema: JsonSchema = {
  title: "AccountName",
  type: "object",
  additionalProperties: false,
  required: ["id", "username"],
  properties: { id: { type: "string" }, username: { type: "string", description: "as it is shown" } },
};

export const namesSchema: JsonSchema = {
  title: "AccountNames",
  type: "object",
  additionalProperties: false,
  required: ["accounts"],
  properties: {
    accounts: {
      type: "array",
      items: nameSchema,
    },
  },
};

export const emptySchema: JsonSchema = { type: "object", additionalProperties: false, properties: {} };

/** A password that was made here; it is answered once. */
export const credentialsSchema: JsonSchema = {
  title: "Credentials",
  type: "object",
  additionalProperties: false,
  required: ["username", "password"],
  properties: { username: { type: "string" }, password: { type: "string" } },
};
