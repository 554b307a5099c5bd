/** One clock for all processes of a machine, which nobody sets; ms. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;
