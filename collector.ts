/**
 * Settings of V8's garbage collector, for every process that takes calls or makes them. Imported for its effect, before what runs often is compiled.
 *
 * V8 notes which lines of a program make objects that live long, and lets those make theirs in the old generation from then on. While a process starts,
 * everything waits long, so it takes the objects of single calls for such: for the rest of its life each call leaves some there, dead after a
 * millisecond, and each holds what it points to until the next full collection. Scavenges then copy that: 8 ms each in place of 1 (docs/decisions/0017).
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--no-allocation-site-pretenuring");
