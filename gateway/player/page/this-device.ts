/**
 * Which device this page is. One id per browser, so that the session finds it again; a second tab is a device of its own, since both
 * may play. A tab holds its id by a lock as long as it lives, and takes the same again when it is loaded anew.
 */
import type { DeviceType } from "../../../client/index.ts";

const name = "ensemble.device";
/** A page that is loaded anew waits so long for the one before it to let go. */
const handOverMs = 1_500;

export async function thisDeviceId(): Promise<string> {
  const own = sessionStorage.getItem(name);
  const known = localStorage.getItem(name);
  const id = own !== null && (await held(own, handOverMs)) ? own : known !== null && (await held(known, 0)) ? known : await newId();
  sessionStorage.setItem(name, id);
  if (known === null) localStorage.setItem(name, id);
  return id;
}

async function newId(): Promise<string> {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  await held(id, 0);
  return id;
}

/** Whether this page has the id for itself now. Browsers without locks (pages without HTTPS) cannot say: then it has. */
function held(id: string, withinMs: number): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const whenHeld = (lock: Lock | null) => {
      resolve(lock !== null);
      // Until the page is gone.
      return lock === null ? undefined : new Promise<never>(() => undefined);
    };
    const how: LockOptions = withinMs === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(withinMs) };
    navigator.locks.request(`${name}.${id}`, how, whenHeld).catch(() => resolve(false));
  });
}

const kinds: readonly (readonly [RegExp, DeviceType])[] = [[/iPad|Android(?!.*Mobile)/, "tablet"], [/Mobi|iPhone|Android/, "phone"]];
const browsers: readonly (readonly [RegExp, string])[] = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]];
const systems: readonly (readonly [RegExp, string])[] = [[/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Android/, "Android"], [/Windows/, "Windows"], [/Mac OS X/, "Mac"], [/CrOS/, "Chromebook"], [/Linux/, "Linux"]];

export function deviceType(agent: string = navigator.userAgent): DeviceType {
  return kinds.find(([pattern]) => pattern.test(agent))?.[1] ?? "web";
}

/** "Firefox (Linux)". */
export function deviceName(agent: string = navigator.userAgent): string {
  const find = (list: readonly (readonly [RegExp, string])[]) => list.find(([pattern]) => pattern.test(agent))?.[1];
  const system = find(systems);
  return `${find(browsers) ?? "Browser"}${system === undefined ? "" : ` (${system})`}`;
}
