/** Planted bug: a gateway that the bus was away from does not ask what it missed. */
import { Followees } from "../../../gateway/socket/followees.ts";

Followees.prototype.afterGap = () => {};
