import type { Topics } from "../ports.ts";
import { localTopics } from "./local.ts";
import { openNatsTopics } from "./nats.ts";

export { localTopics } from "./local.ts";
export { openNatsTopics } from "./nats.ts";

/** The Topics port of these settings: between the nodes of a cluster, or within this process. Throws StorageUnavailable. */
export async function openTopics(settings: { readonly NATS_URL?: string | undefined; readonly NATS_NKEY_SEED?: string | undefined }): Promise<Topics> {
  return settings.NATS_URL === undefined ? localTopics() : openNatsTopics(settings.NATS_URL, settings.NATS_NKEY_SEED ?? "");
}
