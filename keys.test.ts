import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { loadKeys, UrlKeyRing, urlLifetimeSeconds, urlSkewSeconds } from "./keys.ts";

const secret = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const ring = new UrlKeyRing(`k1:${secret(1)}`);
const prefix = "/audio/4kqzYp1mN0/160/";
const now = 1_800_000_000;

function parse(query: string): { exp: string; kid: string; sig: string } {
  const fields = new URLSearchParams(query);
  return { exp: fields.get("exp") ?? "", kid: fields.get("kid") ?? "", sig: fields.get("sig") ?? "" };
}

describe("signed URLs", () => {
  const signed = parse(ring.sign(prefix, now + 3600));

  test("a signature opens its prefix until it expires, and 60 s of clock skew longer", () => {
    expect(ring.verify(prefix, signed, now)).toBe("ok");
    expect(ring.verify(prefix, signed, now + 3600 + urlSkewSeconds)).toBe("ok");
    expect(ring.verify(prefix, signed, now + 3600 + urlSkewSeconds + 1)).toBe("expired");
  });

  test("it opens no other track and no other tier", () => {
    expect(ring.verify("/audio/4kqzYp1mN0/320/", signed, now)).toBe("bad-signature");
    expect(ring.verify("/audio/4kqzYp1mN1/160/", signed, now)).toBe("bad-signature");
    expect(ring.verify("/audio/", signed, now)).toBe("bad-signature");
  });

  test("no single flipped bit of a signature, expiry or key id is accepted", () => {
    for (const field of ["exp", "kid", "sig"] as const) {
      for (let index = 0; index < signed[field].length; index++) {
        for (let bit = 0; bit < 7; bit++) {
          const flipped = signed[field].slice(0, index) + String.fromCharCode(signed[field].charCodeAt(index) ^ (1 << bit)) + signed[field].slice(index + 1);
          expect(ring.verify(prefix, { ...signed, [field]: flipped }, now)).not.toBe("ok");
        }
      }
    }
  });

  test("nobody may sign for longer than a day: the verifier refuses it", () => {
    const far = parse(ring.sign(prefix, now + urlLifetimeSeconds + urlSkewSeconds + 1));
    expect(ring.verify(prefix, far, now)).toBe("too-long");
  });

  test("a rotated key verifies while it is in the ring, and not after", () => {
    const rotated = new UrlKeyRing(`k2:${secret(2)},k1:${secret(1)}`);
    expect(rotated.verify(prefix, signed, now)).toBe("ok");
    expect(parse(rotated.sign(prefix, now + 60)).kid).toBe("k2");
    expect(new UrlKeyRing(`k2:${secret(2)}`).verify(prefix, signed, now)).toBe("unknown-key");
    expect(new UrlKeyRing(`k1:${secret(3)}`).verify(prefix, signed, now)).toBe("bad-signature");
  });

  test.each([{ exp: "" }, { exp: "1e9" }, { exp: "-1" }, { exp: "01800003600" }, { sig: "" }, { sig: "a".repeat(44) }])("nonsense is refused: %p", (change) => {
    expect(ring.verify(prefix, { ...signed, ...change }, now)).toBe("malformed");
  });
});

describe("keys of an embedded node", () => {
  const folder = mkdtempSync(join(tmpdir(), "ensemble-keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are made once, kept for the next start, and readable by their user only", async () => {
    const config = { DATA_DIR: folder, TOKEN_PRIVATE_KEY: undefined, URL_SIGNING_KEYS: undefined };
    const query = (await loadKeys(config)).urls.sign(prefix, now + 60);
    expect((await loadKeys(config)).urls.verify(prefix, parse(query), now)).toBe("ok");
    expect(statSync(join(folder, "secrets/url-keys")).mode & 0o077).toBe(0);
  });

  test("are the same for processes that start together", async () => {
    const config = { DATA_DIR: join(folder, "together"), TOKEN_PRIVATE_KEY: undefined, URL_SIGNING_KEYS: undefined };
    const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => loadKeys(config)));
    const query = parse(first?.urls.sign(prefix, now + 60) ?? "");
    for (const { urls } of others) expect(urls.verify(prefix, query, now)).toBe("ok");
  });
});
