import { expect } from "@jest/globals";
import { StorageUnavailable } from "../../storage/index.ts";
import { until } from "../kit/index.ts";

/** How a contract suite takes an adapter's server away and gives it back. */
export interface Outage {
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Longest time a call may take to say that its server is away, when a client that repeats by itself needs more than usual. */
  readonly quickMs?: number;
}

/** Less than the second after which a cache command gives up waiting: it must not have waited. */
const usualQuickMs = 900;

/** Expects every call to throw StorageUnavailable quickly during the outage, and the first to work again after it. */
export async function expectOutage(outage: Outage, calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  await outage.begin();
  try {
    for (const call of calls) {
      const begun = performance.now();
      await expect(call()).rejects.toThrow(StorageUnavailable);
      expect(performance.now() - begun).toBeLessThan(outage.quickMs ?? usualQuickMs);
    }
  } finally {
    await outage.end();
  }
  const [first] = calls;
  await until(() => first?.().then(() => true, () => false) ?? true);
}
