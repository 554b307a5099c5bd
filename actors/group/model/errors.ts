/** Why a group refuses. */
import { Refused } from "../../refused.ts";

export type RefusalType = "GROUP_UNKNOWN" | "NOT_A_MEMBER" | "NOT_ALLOWED" | "GROUP_ENDED" | "GROUP_FULL" | "KICKED" | "QUEUE_FULL" | "ITEM_NOT_FOUND" | "NOTHING_TO_PLAY" | "NOT_LOST" | "INVALID_INPUT" | "CONFLICT";

const statusOf: Readonly<Record<RefusalType, number>> = {
  GROUP_UNKNOWN: 404, NOT_A_MEMBER: 404, ITEM_NOT_FOUND: 404, NOT_ALLOWED: 403, KICKED: 403, GROUP_ENDED: 410, GROUP_FULL: 409, QUEUE_FULL: 409, NOTHING_TO_PLAY: 409, NOT_LOST: 409, CONFLICT: 409, INVALID_INPUT: 422,
};

export class GroupRefused extends Refused<RefusalType> {
  override readonly name = "GroupRefused";

  constructor(type: RefusalType, message: string, data?: Readonly<Record<string, unknown>>) {
    super(statusOf[type], type, message, data);
  }
}

/** The same for a group that is not there: who is not in it learns nothing of it. */
export const notAMember = () => new GroupRefused("NOT_A_MEMBER", "You are in no such group.");
export const ended = () => new GroupRefused("GROUP_ENDED", "This group has ended.");
/** This memory knows nothing of the group; whoever may look asks the table. */
export const unknown = () => new GroupRefused("GROUP_UNKNOWN", "There is no such group.");
