export { lagOne, meanLatency, meanOf, mser5, quantileLatency, type Estimate, type Interval } from "./intervals.ts";
export { bucketSeconds, histogramOf, Latency, mergeLatencies, wholeOf, type Batch, type LatencyFigures } from "./latency.ts";
export { Level, type LevelFigures } from "./level.ts";
export { momentsOf, type Moments } from "./moments.ts";
export { studentCdf, studentQuantile } from "./student.ts";
