export {
  erlangB,
  erlangC,
  forkJoinMeanS,
  ggcMeanWaitS,
  InvalidLoad,
  mg1MeanWaitS,
  mm1k,
  mmcMaxUtilisation,
  mmcMeanWaitS,
  mmcSojournQuantileS,
  mmcSojournTail,
  mmcWaitQuantileS,
  mmcWaitTail,
  priorityMeanWaitsS,
  sharedMeanSojournS,
  utilisation,
  type Load,
} from "./formulas.ts";
export { extrapolationFactor, fitScalability, isExtrapolated, peakSize, throughputAt, type Range, type Scalability, type ScalabilityFit, type ScalabilityPoint } from "./scalability.ts";
export { fluidBacklog, qualityFor, serversFor, squareRootServers, type Stretch } from "./staffing.ts";
