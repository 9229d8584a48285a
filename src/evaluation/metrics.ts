export { canonicalMetric } from './metric-names.ts'
