/** A meter rings once for each press that asked for it, and after it. That it does so in time is seen while it runs (workload.ts). */
import { ringOf } from "../actor.ts";
import type { SoftChecker } from "./evidence.ts";

export const timers: SoftChecker = ({ record }) => {
  const violations: { checker: string; message: string }[] = [];
  for (const { id, key, items } of record.lives.values()) {
    const owed = new Map<string, number>();
    for (const item of items) {
      if (!item.endsWith(ringOf(""))) owed.set(ringOf(item), (owed.get(ringOf(item)) ?? 0) + 1);
      else if ((owed.get(item) ?? 0) === 0) violations.push({ checker: "timers", message: `${key} rang for ${item} in ${id}, and had no cause to` });
      else owed.set(item, (owed.get(item) ?? 0) - 1);
    }
  }
  return violations;
};
