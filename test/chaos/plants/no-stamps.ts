/** Planted bug: a gateway passes on whatever it is told of friends, also what it knows and what is older. */
import { Followee } from "../../../gateway/socket/followees.ts";

Followee.prototype.take = function take(this: { activity: unknown }, activity) {
  this.activity = activity;
  return true;
};
