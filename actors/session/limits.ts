/** Every bound of the session service, with unit and reason. What one session may hold is in model/limits.ts. */

export const serviceLimits = {
  /** Items of a message to devices, about 100 bytes each: well below the 256 KiB that a topic takes. Whoever lacks a longer queue reads it. */
  itemsTold: 500,
  /** Accounts whose presence is being told something at one time. */
  told: 50_000,
  /** Pauses before a word to presence is tried again; then the next change says it. */
  tellAgainMs: [250, 500, 1_000, 2_000, 4_000],
  tellMs: 3_000,
} as const;
