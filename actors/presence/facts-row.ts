/** A row of the table `social`. */
import type { Facts } from "./model/index.ts";

export interface Row {
  readonly user_id: string;
  readonly version: number;
  readonly share: boolean;
  readonly private_until: Date | null;
  readonly followers: number;
}

export const factsOf = ({ version, share, private_until, followers }: Row): Facts => ({ version, share, privateUntil: private_until?.getTime() ?? null, followers });
