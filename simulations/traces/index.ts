export { readTraces, traceSets, type TraceSet } from "./sets.ts";
export { Link, parseTrace, steadyTrace, TraceError, traceOf, type LinkOptions, type Trace } from "./trace.ts";
