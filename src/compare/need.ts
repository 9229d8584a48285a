/**
 * A one-sided error at which rules decide, and the metrics (canonical names) that they decide about. `decided` are those of the policy that
 * judges: rules that a change proposes get intervals too, but have no say in how many resamples there are. Without it all are.
 */
export type Need = { alpha: number; metrics: readonly string[]; decided?: readonly string[] }

/** One-sided error of the intervals that reports show, also of metrics that no rule judges. */
export const shownAlpha = 0.05
