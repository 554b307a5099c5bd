/** Begins each at its time, one timer at a time. `startsAt`: when the run begins, ms on the clock of `at`. */
export function inOrder<What extends { readonly atMs: number }>(all: Iterator<What>, startsAt: number, at: (ms: number, act: () => void) => void, begin: (what: What, begins: number) => void): void {
  const { done, value } = all.next();
  if (done === true) return;
  const begins = startsAt + value.atMs;
  at(begins, () => {
    begin(value, begins);
    inOrder(all, startsAt, at, begin);
  });
}
