/** Prices in dollars. Those of traffic are anchored (traffic.md 4.3); the others are common list prices that nobody looked up for this plan. */
import type { Input } from "../graph.ts";
import { inputsOf } from "./rows.ts";

export const prices: readonly Input[] = [
  ...inputsOf("published", [{ name: "price.cdnFirst", unit: "$/GB", value: [0.02, 0.02, 0.085], source: "CDN, first tier: CloudFront's list falls from 0.085 to 0.020 at a petabyte (traffic.md 4.3)" }]),
  ...inputsOf("assumed", [
    { name: "price.cdnRest", unit: "$/GB", value: [0.002, 0.005, 0.02], source: "CDN beyond the tiers, negotiated; not verified (4.3)" },
    { name: "price.cdnSecond", unit: "$/GB", value: [0.005, 0.01, 0.02], source: "CDN, second tier" },
    { name: "cdn.firstGb", unit: "GB/month", value: 1e6, source: "the first tier goes up to here" },
    { name: "cdn.secondGb", unit: "GB/month", value: 10e6, source: "the second tier goes up to here" },
    { name: "price.originGb", unit: "$/GB", value: [0, 0.002, 0.02], source: "from object storage to the shields" },
    { name: "price.gets", unit: "$/M", value: [0.05, 0.4, 0.4], source: "a million GETs of object storage" },
    { name: "price.puts", unit: "$/M", value: [2, 5, 5], source: "a million PUTs of object storage" },
    { name: "price.objectGb", unit: "$/GB/month", value: [0.004, 0.021, 0.023], source: "object storage, one copy" },
    { name: "price.diskGb", unit: "$/GB/month", value: [0.05, 0.08, 0.12], source: "disk of databases" },
    { name: "price.vcpu", unit: "$/h", value: [0.02, 0.035, 0.05], source: "a vCPU for an hour" },
    { name: "price.gib", unit: "$/h", value: [0.002, 0.004, 0.006], source: "a GiB of memory for an hour" },
    { name: "month.hours", unit: "h", value: 730, least: 1, source: "hours of a month" },
  ]),
];
