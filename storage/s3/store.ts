/**
 * The ObjectStore port on S3 and servers that speak it, through `@aws-sdk/client-s3`.
 *
 * Objects are immutable: put looks before it writes, and asks the server to refuse a key that exists by then
 * (If-None-Match), for servers that know it. At most `objectRequests` requests are in flight; the SDK retries what is
 * safe, three times in all.
 */
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { types } from "node:util";
import { checkObject, checkObjectKey, checkObjectPrefix, checkRange } from "../checks.ts";
import { ObjectConflict, StorageUnavailable } from "../errors.ts";
import { objectConnectMs, objectRequestMs, objectRequests } from "../limits.ts";
import type { ObjectStore, StoredObject } from "../ports.ts";

export interface S3Settings {
  readonly bucket: string;
  /** Absent: Amazon's, by region. Present: the bucket goes into the path, which every other server understands. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Make the bucket when there is none; otherwise that is an error. */
  readonly makeBucket: boolean;
  /** Keys asked for in one request, and deleted in one. S3's limit and the default are 1,000. */
  readonly pageKeys?: number;
}

/** Opens the bucket. Throws StorageUnavailable when it does not answer, or there is none and it may not be made. */
export async function openS3(settings: S3Settings): Promise<ObjectStore> {
  const agent = { keepAlive: true, maxSockets: objectRequests };
  const client = new S3Client({
    region: settings.region,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint, forcePathStyle: true }),
    maxAttempts: 3,
    requestHandler: {
      requestTimeout: objectRequestMs,
      connectionTimeout: objectConnectMs,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    },
  });
  const store = new S3Store(client, settings.bucket, settings.pageKeys ?? 1_000);
  try {
    await store.open(settings.makeBucket);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

class S3Store implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #pageKeys: number;

  constructor(client: S3Client, bucket: string, pageKeys: number) {
    this.#client = client;
    this.#bucket = bucket;
    this.#pageKeys = pageKeys;
  }

  async open(makeBucket: boolean): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }));
    } catch (error) {
      if (!makeBucket || statusOf(error) !== 404) throw translate(error);
      await this.#client.send(new CreateBucketCommand({ Bucket: this.#bucket })).catch((failure: unknown) => {
        // Another node may have made it meanwhile.
        if (!(failure instanceof S3ServiceException && failure.name === "BucketAlreadyOwnedByYou")) throw translate(failure);
      });
    }
  }

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    checkObjectKey(key);
    checkObject(key, body, contentType);
    const size = await this.size(key);
    if (size !== undefined) return this.#requireSame(key, body, size);
    try {
      await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body, ContentType: contentType, IfNoneMatch: "*" }));
    } catch (error) {
      // Somebody stored it after we looked (412), or is storing it now (409).
      if (statusOf(error) !== 412 && statusOf(error) !== 409) throw translate(error);
      await this.#requireSame(key, body, await this.size(key));
    }
  }

  async get(key: string, range?: { start: number; end: number }): Promise<StoredObject | undefined> {
    checkObjectKey(key);
    if (range !== undefined) checkRange(range);
    try {
      const answer = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }) }),
      );
      const body = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
      const total = /\/(\d+)$/.exec(answer.ContentRange ?? "")?.[1];
      return { body, size: total === undefined ? body.byteLength : Number(total), contentType: answer.ContentType ?? "application/octet-stream" };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      // A range that begins beyond the end: nothing to read, but the object is there.
      if (statusOf(error) === 416) return this.#empty(key);
      throw translate(error);
    }
  }

  async size(key: string): Promise<number | undefined> {
    return (await this.#head(key))?.size;
  }

  async *list(prefix: string): AsyncIterable<string> {
    checkObjectPrefix(prefix);
    let token: string | undefined;
    do {
      const page = await this.#send(() => this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: token, MaxKeys: this.#pageKeys })));
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key;
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async deletePrefix(prefix: string): Promise<void> {
    const batch: string[] = [];
    const flush = async () => {
      if (batch.length === 0) return;
      const Objects = batch.splice(0).map((Key) => ({ Key }));
      const { Errors } = await this.#send(() => this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } })));
      if (Errors !== undefined && Errors.length > 0) throw new StorageUnavailable(`${Errors.length} objects could not be deleted: ${Errors[0]?.Message ?? Errors[0]?.Code}`);
    };
    for await (const key of this.list(prefix)) {
      if (batch.push(key) === this.#pageKeys) await flush();
    }
    await flush();
  }

  async ping(): Promise<void> {
    await this.#send(() => this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket })));
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  async #head(key: string): Promise<{ size: number; contentType: string } | undefined> {
    checkObjectKey(key);
    try {
      const answer = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }));
      return { size: answer.ContentLength ?? 0, contentType: answer.ContentType ?? "application/octet-stream" };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw translate(error);
    }
  }

  async #empty(key: string): Promise<StoredObject | undefined> {
    const head = await this.#head(key);
    return head === undefined ? undefined : { body: new Uint8Array(0), ...head };
  }

  async #requireSame(key: string, body: Uint8Array, size: number | undefined): Promise<void> {
    const stored = size === body.byteLength ? await this.get(key) : undefined;
    if (stored === undefined || Buffer.compare(stored.body, body) !== 0) throw new ObjectConflict(`${key} holds other bytes already`);
  }

  async #send<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw translate(error);
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** No such key. A missing bucket is a missing store, not a missing object. */
function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && (error as S3ServiceException).name !== "NoSuchBucket";
}

function translate(error: unknown): unknown {
  if (!types.isNativeError(error)) return error;
  return new StorageUnavailable(`the object store gave no answer: ${error.name} ${error.message}`, { cause: error });
}
