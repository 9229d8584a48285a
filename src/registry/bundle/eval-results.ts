import { stringify } from 'yaml'
import { formatPercent } from '../../base/number-text.ts'
import { type BundleFacts, evaluationData, wholeMetrics } from './facts.ts'

/** eval_results.yaml, as the Hugging Face Hub reads it: one entry for each metric of the whole. */
export function evalResults(facts: BundleFacts): string {
  const { record } = facts
  const data = evaluationData(record)
  const entries = wholeMetrics(facts.gate).map(({ name, value, low, high, confidence, method }) => ({
    dataset: {
      id: dataSetId(facts),
      task_id: name,
      ...(data === undefined ? {} : { revision: data.digest }),
    },
    value,
    date: record.startedAt,
    ...(low === undefined || high === undefined
      ? {}
      : {
          notes: `${confidence === undefined ? '' : `${formatPercent(confidence)} `}interval ${low} to ${high}${method === undefined ? '' : `, ${method}`}`,
        }),
  }))
  return stringify(entries, { lineWidth: 0 })
}

/** Our data sets are not on the Hub: they are named by their pipeline. */
export function dataSetId({ record }: Pick<BundleFacts, 'record'>): string {
  return `${record.project.name}/${evaluationData(record)?.name ?? 'predictions'}`
}
