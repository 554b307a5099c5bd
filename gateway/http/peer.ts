/**
 * Who is at the other end: network address and the origin they used.
 *
 * X-Forwarded-* headers are hearsay. They count only when the socket's peer is a configured proxy; then the address
 * is the last one in the chain that is not itself such a proxy.
 */
import { BlockList, isIP } from "node:net";
import type { IncomingMessage } from "node:http";
import { badRequest } from "./problem.ts";

export class Proxies {
  readonly #trusted = new BlockList();
  readonly #any: boolean;

  /** `ranges` are addresses or CIDR ranges (config.TRUSTED_PROXIES). Throws for anything else. */
  constructor(ranges: readonly string[]) {
    this.#any = ranges.length > 0;
    for (const range of ranges) {
      const [address = "", bits] = range.split("/");
      const family = familyOf(address);
      if (family === undefined) throw new Error(`TRUSTED_PROXIES: ${range} is not an address or CIDR range`);
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  /** The client's address: an IPv4 or IPv6 literal. */
  address(request: IncomingMessage): string {
    let address = plain(request.socket.remoteAddress ?? "");
    const forwarded = request.headers["x-forwarded-for"];
    if (!this.#trusts(address) || typeof forwarded !== "string") return address;
    // Each proxy appends the peer it saw; what stands left of the last foreign address, that stranger wrote.
    for (const hop of forwarded.slice(-1_024).split(",").toReversed()) {
      const next = plain(hop.trim());
      if (isIP(next) === 0) return address;
      address = next;
      if (!this.#trusts(address)) return address;
    }
    return address;
  }

  /** Scheme and host that the client used, "http://host:port"; `fixed` (config.PUBLIC_URL) wins. Throws Problem 400 for a Host that is none. */
  origin(request: IncomingMessage, fixed: string | undefined): string {
    if (fixed !== undefined) return fixed;
    const trusted = this.#trusts(plain(request.socket.remoteAddress ?? ""));
    const forwardedHost = trusted ? request.headers["x-forwarded-host"] : undefined;
    const host = typeof forwardedHost === "string" ? forwardedHost : request.headers.host;
    if (host === undefined || !/^(?:[a-zA-Z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?$/.test(host)) throw badRequest("MALFORMED_HOST", "The Host header is missing or not valid.");
    const secure = trusted && request.headers["x-forwarded-proto"] === "https";
    return `${secure ? "https" : "http"}://${host}`;
  }

  #trusts(address: string): boolean {
    if (!this.#any) return false;
    const family = familyOf(address);
    return family !== undefined && this.#trusted.check(address, family);
  }
}

/** What a rate is counted by: an IPv4 address, or the /64 that one IPv6 subscriber holds. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  if (tail === undefined) return `${left.slice(0, 4).join(":")}/64`;
  const right = tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return `${groups.slice(0, 4).join(":")}/64`;
}

/** "::ffff:10.0.0.1" is 10.0.0.1 on a socket that listens on both families. */
function plain(address: string): string {
  return address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  return version === 4 ? "ipv4" : version === 6 ? "ipv6" : undefined;
}
