import { describe, expect, test } from "@jest/globals";
import { UrlKeyRing, urlLifetimeSeconds } from "../../keys.ts";
import { Tickets } from "./tickets.ts";

const keys = new UrlKeyRing(`k1:${Buffer.alloc(32, 7).toString("base64")}`);
const all = { "96": {}, "160": {}, "320": {}, flac: {} };
const hour = Date.UTC(2026, 0, 1, 12);
const verify = (query: string, prefix: string, now: number) => {
  const { exp = "", kid = "", sig = "" } = Object.fromEntries(new URLSearchParams(query));
  return keys.verify(prefix, { exp, kid, sig }, Math.floor(now / 1000));
};

describe("tickets", () => {
  test("each tier is signed for itself and opens nothing else", () => {
    const { tiers } = new Tickets("t1", all, keys).of("premium", "http://edge", hour);
    expect(Object.keys(tiers).toSorted()).toEqual(["160", "320", "96", "flac"]);
    for (const [tier, signed] of Object.entries(tiers)) {
      expect(signed.url).toBe(`http://edge/audio/t1/${tier}`);
      expect(verify(signed.query, `/audio/t1/${tier}/`, hour)).toBe("ok");
      for (const other of Object.keys(tiers)) if (other !== tier) expect(verify(signed.query, `/audio/t1/${other}/`, hour)).toBe("bad-signature");
      expect(verify(signed.query, `/audio/t2/${tier}/`, hour)).toBe("bad-signature");
      expect(verify(signed.query, `/audio/t1/`, hour)).toBe("bad-signature");
    }
  });

  test("free holds no signature of 320 or flac, also after a premium play", () => {
    const tickets = new Tickets("t1", all, keys);
    tickets.of("premium", "", hour);
    expect(Object.keys(tickets.of("free", "", hour).tiers).toSorted()).toEqual(["160", "96"]);
  });

  test("plays of one hour share a ticket; it lasts 23 to 24 hours, never more", () => {
    const tickets = new Tickets("t1", all, keys);
    const first = tickets.of("free", "", hour);
    const lastMoment = hour + 3_600_000 - 1;
    expect(tickets.of("free", "", lastMoment)).toBe(first);
    expect(Date.parse(first.expiresAt) - hour).toBe(urlLifetimeSeconds * 1000);
    expect(Date.parse(first.expiresAt) - lastMoment).toBeGreaterThan(23 * 3_600_000 - 1);
    const next = tickets.of("free", "", hour + 3_600_000);
    expect(next).not.toBe(first);
    expect(verify(next.tiers["96"]?.query ?? "", "/audio/t1/96/", hour + 3_600_000)).toBe("ok");
  });

  test("another origin gets its own URLs", () => {
    const tickets = new Tickets("t1", all, keys);
    expect(tickets.of("free", "http://a", hour).tiers["96"]?.url).toBe("http://a/audio/t1/96");
    expect(tickets.of("free", "http://b", hour).tiers["96"]?.url).toBe("http://b/audio/t1/96");
  });
});
