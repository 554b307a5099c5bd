/** Why a playlist refuses. */
import { Refused } from "../../refused.ts";

export type RefusalType = "NOT_FOUND" | "ITEM_NOT_FOUND" | "TRACK_NOT_FOUND" | "FORBIDDEN" | "INVALID_INPUT" | "LIMIT" | "CONFLICT" | "NOTHING_TO_UNDO" | "UNDO_OUTDATED" | "LINK_NOT_VALID";

const statusOf: Readonly<Record<RefusalType, number>> = {
  NOT_FOUND: 404, ITEM_NOT_FOUND: 404, TRACK_NOT_FOUND: 404, LINK_NOT_VALID: 404, FORBIDDEN: 403, INVALID_INPUT: 422, LIMIT: 422, CONFLICT: 409, NOTHING_TO_UNDO: 409, UNDO_OUTDATED: 409,
};

/** A refusal as data. */
export interface RefusedAs {
  readonly name: "PlaylistRefused";
  readonly message: string;
  /** HTTP status. */
  readonly code: number;
  readonly type: RefusalType;
  readonly data?: Readonly<Record<string, unknown>>;
}

export class PlaylistRefused extends Refused<RefusalType> {
  override readonly name = "PlaylistRefused";

  constructor(type: RefusalType, message: string, data?: Readonly<Record<string, unknown>>) {
    super(statusOf[type], type, message, data);
  }

  toJSON(): RefusedAs {
    return { name: this.name, message: this.message, code: this.code, type: this.type, ...(this.data === undefined ? {} : { data: this.data }) };
  }
}

export const notFound = () => new PlaylistRefused("NOT_FOUND", "There is no playlist with this id.");
