/** Errors of the storage ports. Adapters translate what their servers say into these; callers see nothing else. */

export class StorageUnavailable extends Error {
  override readonly name = "StorageUnavailable";
  /** Nothing is known to have changed: asking again later is safe for reads and idempotent writes. */
  readonly retryable = true;
}

/** An object was stored again under the same key with other bytes. */
export class ObjectConflict extends Error {
  override readonly name = "ObjectConflict";
  readonly retryable = false;
}

/** A key or argument that no adapter may accept (path tricks, empty, too long). */
export class InvalidKey extends Error {
  override readonly name = "InvalidKey";
  readonly retryable = false;
}
