import { expect, test } from "@jest/globals";
import { countries, countryCode } from "./countries.ts";

test("the list is ISO 3166-1: 249 codes, each with a name of its own", () => {
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  expect(countries.size).toBe(249);
  expect([...countries].filter((code) => names.of(code) === undefined)).toEqual([]);
});

test("codes are known in any case; what is not assigned is not", () => {
  expect(countryCode("se")).toBe("SE");
  for (const code of ["XX", "EU", "UK", "ZZ", "S", "", "SWE", "__"]) expect(countryCode(code)).toBeUndefined();
});
