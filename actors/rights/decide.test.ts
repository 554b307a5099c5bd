import { describe, expect, test } from "@jest/globals";
import { decide, type Rights, type RightsRequest } from "./decide.ts";

const at = Date.UTC(2026, 0, 15);
const everyone: Rights = { allowCountries: null, denyCountries: [], plans: null, availableFrom: null, availableUntil: null };
const swede: RightsRequest = { country: "SE", plan: "free", at };

// Each dimension's values with what it says about the request above: undefined = nothing against it.
const allow = [[null, undefined], [["SE"], undefined], [["DE", "SE"], undefined], [["DE"], "territory-not-allowed"], [[], "territory-not-allowed"]] as const;
const deny = [[[], undefined], [["DE"], undefined], [["SE"], "territory-denied"]] as const;
const plans = [[null, undefined], [["free"], undefined], [["premium", "free"], undefined], [["premium"], "plan"], [[], "plan"]] as const;
const from = [[null, undefined], [at - 1, undefined], [at, undefined], [at + 1, "not-yet"]] as const;
const until = [[null, undefined], [at + 1, undefined], [at, "expired"], [at - 1, "expired"]] as const;

describe("rights - decide", () => {
  test("a track without rights is open", () => {
    expect(decide(undefined, swede)).toEqual({ granted: true, rule: "open" });
  });

  test("the whole table: the first rule against it names the verdict", () => {
    let rows = 0;
    for (const [denyCountries, a] of deny)
      for (const [allowCountries, b] of allow)
        for (const [tablePlans, c] of plans)
          for (const [availableFrom, d] of from)
            for (const [availableUntil, e] of until) {
              rows += 1;
              const verdict = decide({ allowCountries, denyCountries, plans: tablePlans, availableFrom, availableUntil }, swede);
              const refusal = a ?? b ?? c ?? d ?? e;
              expect(verdict).toMatchObject(refusal === undefined ? { granted: true, rule: "licensed" } : { granted: false, rule: refusal });
            }
    expect(rows).toBe(3 * 5 * 5 * 4 * 4);
  });

  test("denied wins over allowed", () => {
    expect(decide({ ...everyone, allowCountries: ["SE"], denyCountries: ["SE"] }, swede)).toMatchObject({ granted: false, rule: "territory-denied" });
  });

  test("premium is refused where only free is licensed", () => {
    expect(decide({ ...everyone, plans: ["free"] }, { ...swede, plan: "premium" })).toMatchObject({ granted: false, rule: "plan" });
  });

  test("a refusal has a sentence for a person", () => {
    expect(decide({ ...everyone, plans: [] }, swede)).toMatchObject({ reason: expect.stringMatching(/^[A-Z].*\.$/) as unknown });
  });
});
