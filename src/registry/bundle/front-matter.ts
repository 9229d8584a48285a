import { stringify } from 'yaml'
import { dataSetId } from './eval-results.ts'
import { type BundleFacts, evaluationData, wholeMetrics } from './facts.ts'

/** Metrics in the list at the top: it is shown as labels. */
const mostLabels = 8

/**
 * The YAML at the head of the card, as the Hugging Face Hub reads it, between its two lines of dashes. What the project's own card says of itself stays;
 * what was measured is ours.
 */
export function frontMatter(facts: BundleFacts, own: Readonly<Record<string, unknown>>): string {
  const { model, license, task, record } = facts
  const data = evaluationData(record)
  const metrics = wholeMetrics(facts.gate)
  const index = {
    name: model,
    results: [
      {
        task: { type: task, name: taskName(task) },
        dataset: {
          type: dataSetId(facts),
          name: data?.name ?? 'predictions',
          ...(data === undefined ? {} : { revision: data.digest }),
        },
        metrics: metrics.map(({ name, value }) => ({ type: name, value, name })),
      },
    ],
  }
  const values = {
    ...own,
    ...(license === undefined ? {} : { license }),
    tags: [...new Set([...textsOf(own.tags), task, 'modelgate'])],
    ...(metrics.length === 0
      ? {}
      : { metrics: metrics.slice(0, mostLabels).map(({ name }) => name), 'model-index': [index] }),
  }
  return `---\n${stringify(values, { lineWidth: 0 })}---\n`
}

/** `Binary classification`. */
export function taskName(task: string): string {
  return task.charAt(0).toUpperCase() + task.slice(1).replaceAll('-', ' ')
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
}
