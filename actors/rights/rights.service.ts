/** The rights service: checked on every play, set by administrators. The rules are in decide.ts; this file declares and wires. */
import type { Context, Service, ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import { action, type JsonSchema, type Plan } from "../action.ts";
import { countryCode } from "../countries.ts";
import { InvalidInput } from "../errors.ts";
import { id as trackId } from "../params.ts";
import { whileRunning } from "../running.ts";
import { decide, grants, refusals, type Rights } from "./decide.ts";
import { Licences } from "./licences.ts";

const plans = ["free", "premium"] as const;
const { close, open, running: licencesOf } = whileRunning<Licences>("rights");

export interface RightsChanged {
  readonly trackId: string;
}

const countryList = { type: "array", items: { type: "string", min: 2, max: 2 }, max: 249, optional: true } as const;
const time = { type: "string", min: 10, max: 40, optional: true, nullable: true, description: "ISO 8601; null or absent: no bound" } as const;

const rightsSchema: JsonSchema = {
  title: "TrackRights",
  type: "object",
  additionalProperties: false,
  required: ["id", "allowCountries", "denyCountries", "plans", "availableFrom", "availableUntil"],
  properties: {
    id: { type: "string" },
    allowCountries: { type: ["array", "null"], items: { type: "string" }, description: "null: every country" },
    denyCountries: { type: "array", items: { type: "string" } },
    plans: { type: ["array", "null"], items: { type: "string", enum: [...plans] }, description: "null: every plan" },
    availableFrom: { type: ["string", "null"], format: "date-time" },
    availableUntil: { type: ["string", "null"], format: "date-time" },
  },
};

const everyone: Rights = { allowCountries: null, denyCountries: [], plans: null, availableFrom: null, availableUntil: null };

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function shown(id: string, rights: Rights) {
  return { id, ...rights, availableFrom: iso(rights.availableFrom), availableUntil: iso(rights.availableUntil) };
}

function countryCodes(codes: readonly string[], field: string): string[] {
  const known = codes.map((code) => countryCode(code));
  if (known.includes(undefined)) throw new InvalidInput("Countries are ISO 3166-1 codes of two letters.", { field });
  return [...new Set(known as string[])].toSorted();
}

/** Ms since 1970 of an ISO 8601 time with a zone or a plain day (UTC). */
function instant(text: string | null | undefined, field: string): number | null {
  if (text === undefined || text === null) return null;
  const ms = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidInput("A time is in ISO 8601 with its zone, such as 2026-01-31T12:00:00Z.", { field });
  return ms;
}

/** `now` in ms since 1970, `monotonicNow` for ages; tests bring their own clocks. */
export function rightsService(now: () => number = Date.now, monotonicNow?: () => number): ServiceSchema {
  return {
    name: "rights",

    actions: {
      check: action({
        access: "internal",
        summary: "Whether a track may be played in a country with a plan, now",
        params: { trackId, country: { type: "string", min: 2, max: 2 }, plan: { type: "enum", values: plans } },
        returns: {
          title: "Verdict",
          type: "object",
          additionalProperties: false,
          required: ["granted", "rule"],
          properties: { granted: { type: "boolean" }, rule: { type: "string", enum: [...grants, ...refusals] }, reason: { type: "string" } },
        },
        handler(ctx) {
          const { trackId, country, plan } = ctx.params;
          const copy = licencesOf(this).copy(trackId);
          if (copy instanceof Promise) return copy.then(({ rights }) => decide(rights, { country, plan, at: now() }));
          return decide(copy.rights, { country, plan, at: now() });
        },
      }),

      get: action({
        access: "admin",
        summary: "The rights of a track",
        params: { id: trackId },
        returns: rightsSchema,
        async handler(ctx) {
          const { id } = ctx.params;
          const licences = licencesOf(this);
          await licences.requireTrack(id);
          return shown(id, (await licences.read(id)) ?? everyone);
        },
      }),

      set: action({
        access: "admin",
        summary: "Replace the rights of a track; what is left out restricts nothing",
        params: {
          id: trackId,
          allowCountries: { ...countryList, nullable: true, description: "the only countries; empty: nowhere; null or absent: every country" },
          denyCountries: { ...countryList, nullable: true, description: "never in these countries" },
          plans: { type: "array", items: { type: "enum", values: plans }, max: 2, optional: true, nullable: true, description: "the only plans; empty: nobody; null or absent: every plan" },
          availableFrom: time,
          availableUntil: { ...time, description: "ISO 8601; the first moment no more; null or absent: no bound" },
        },
        returns: rightsSchema,
        async handler(ctx) {
          const { id, allowCountries = null, denyCountries, plans = null } = ctx.params;
          const rights: Rights = {
            allowCountries: allowCountries === null ? null : countryCodes(allowCountries, "allowCountries"),
            denyCountries: countryCodes(denyCountries ?? [], "denyCountries"),
            plans: plans === null ? null : ([...new Set(plans)] as Plan[]),
            availableFrom: instant(ctx.params.availableFrom, "availableFrom"),
            availableUntil: instant(ctx.params.availableUntil, "availableUntil"),
          };
          if (rights.availableFrom !== null && rights.availableUntil !== null && rights.availableFrom >= rights.availableUntil) {
            throw new InvalidInput("availableFrom comes before availableUntil.", { field: "availableUntil" });
          }
          await licencesOf(this).write(id, rights);
          await this.broker.broadcast("rights.changed", { trackId: id } satisfies RightsChanged);
          return shown(id, rights);
        },
      }),
    },

    events: {
      "rights.changed"(this: Service, ctx: Context<RightsChanged>) {
        licencesOf(this).forget(ctx.params.trackId);
      },
    },

    started() {
      open(this, new Licences(resourcesOf(this.broker).ports.database, monotonicNow));
    },

    stopped() {
      close(this);
    },
  };
}

export default rightsService();
