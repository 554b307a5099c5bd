/** What is kept in this browser between visits, as JSON. Anything unreadable is as if never kept; a full store keeps what it had. */

export function keptValue(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

export function keptText(name: string): string | null {
  const value = keptValue(name);
  return typeof value === "string" ? value : null;
}

export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Full, or forbidden: the next visit begins anew.
  }
}
