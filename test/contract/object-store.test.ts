import { describe, expect, test } from "@jest/globals";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openFiles } from "../../storage/files/index.ts";
import { InvalidKey, StorageUnavailable } from "../../storage/index.ts";
import { openS3 } from "../../storage/s3/index.ts";
import { collect, freshBucket, freshFolder, startS3, testServers } from "../kit/index.ts";
import { objectStoreContract } from "./object-store.contract.ts";

const account = { region: "us-east-1", accessKeyId: "test", secretAccessKey: "test" };

objectStoreContract("files", async () => {
  const folder = join(await freshFolder("objects"), "store");
  return {
    objects: await openFiles(folder),
    refusesRaces: true,
    // A disk that is not mounted.
    outage: { begin: () => rename(folder, `${folder}.away`), end: () => rename(`${folder}.away`, folder) },
    close: async () => {},
  };
});

objectStoreContract("S3", async () => {
  const folder = await freshFolder("s3");
  let server = await startS3(folder, 0, "kept");
  return {
    objects: await openS3({ ...account, bucket: "music", endpoint: server.url, makeBucket: true, pageKeys: 40 }),
    refusesRaces: false,
    outage: {
      // The SDK asks three times.
      quickMs: 3_000,
      begin: () => server.stop("SIGKILL"),
      async end() {
        server = await startS3(folder, server.port, "kept");
      },
    },
    close: () => server.stop(),
  };
});

describe("object store in files", () => {
  test("list - does not show what a crash left half written", async () => {
    const folder = await freshFolder("objects");
    const objects = await openFiles(folder);
    await mkdir(join(folder, "a"));
    await writeFile(join(folder, "a", ".draft.crash"), "half");
    await objects.put("a/b.ogg", new Uint8Array([1]), "audio/ogg");
    expect(await collect(objects.list(""))).toEqual(["a/b.ogg"]);
    expect((await readdir(join(folder, "a"))).toSorted()).toEqual([".draft.crash", "b.ogg"]);
  });

  test("list - orders by bytes, whatever the language", async () => {
    const objects = await openFiles(await freshFolder("objects"));
    for (const key of ["a.ogg", "B.ogg", "_.ogg", "a/b.ogg"]) await objects.put(key, new Uint8Array([1]), "audio/ogg");
    expect(await collect(objects.list(""))).toEqual(["B.ogg", "_.ogg", "a.ogg", "a/b.ogg"]);
  });

  test("put - refuses a key that is the folder of another", async () => {
    const objects = await openFiles(await freshFolder("objects"));
    await objects.put("a/b.ogg", new Uint8Array([1]), "audio/ogg");
    await expect(objects.put("a", new Uint8Array([1]), "audio/ogg")).rejects.toThrow(InvalidKey);
    await expect(objects.put("a/b.ogg/c.ogg", new Uint8Array([1]), "audio/ogg")).rejects.toThrow(InvalidKey);
  });
});

describe("object store on S3", () => {
  test("open - makes a missing bucket only where that is allowed", async () => {
    const { S3_BUCKET: bucket = "" } = freshBucket();
    const endpoint = testServers().s3Url;
    await expect(openS3({ ...account, bucket, endpoint, makeBucket: false })).rejects.toThrow(StorageUnavailable);
    await (await openS3({ ...account, bucket, endpoint, makeBucket: true })).close();
    await (await openS3({ ...account, bucket, endpoint, makeBucket: false })).close();
  });
});
