/** What storage needs to know of the configuration. The `Config` of config.ts fits; storage imports nothing of it. */
export interface StorageSettings {
  readonly NODE_ENV?: "production" | "development" | "test" | undefined;
  readonly NODE_ID: string;
  /** Absolute folder of everything embedded adapters keep. */
  readonly DATA_DIR: string;
  readonly DATABASE_URL?: string | undefined;
  readonly REDIS_URL?: string | undefined;
  readonly S3_BUCKET?: string | undefined;
  readonly S3_ENDPOINT?: string | undefined;
  readonly S3_REGION?: string | undefined;
  readonly S3_ACCESS_KEY_ID?: string | undefined;
  readonly S3_SECRET_ACCESS_KEY?: string | undefined;
  readonly MEILI_URL?: string | undefined;
  readonly MEILI_KEY?: string | undefined;
  readonly NATS_URL?: string | undefined;
  readonly NATS_NKEY_SEED?: string | undefined;
  /** Told about steps that take a second or more: the first start makes a database. */
  readonly progress?: ((message: string) => void) | undefined;
}
