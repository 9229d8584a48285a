import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { isObject } from '../base/json.ts'
import { parseJsonText, placeOfSyntaxError, problemOfSyntaxError } from './json-text.ts'
import { parseNumber } from './numbers.ts'
import { parseYamlText, YamlFault } from './yaml-text.ts'

/** A metric by its dotted name. The value may be NaN or infinite: the gate decides what that means. */
export type MetricValue = { name: string; value: number }

const maxMetrics = 10_000
const maxDepth = 32
const maxNameLength = 200

/**
 * Reads a tree of metrics from JSON or YAML text, told apart by the file name. Nested mappings give dotted names; texts
 * and lists are not metrics and are passed over, except `"NaN"` and the like.
 * Throws `metrics/not-json`, `metrics/not-yaml`, `metrics/not-a-mapping`, `metrics/empty`, `metrics/name` or `metrics/too-many`.
 */
export function readMetrics(text: string, file: string): MetricValue[] {
  const fault = (code: string, message: string, place: { line?: number; column?: number } = {}): ModelgateError =>
    new ModelgateError({
      code,
      message,
      place: { file, ...place },
      help: 'Expected is a mapping of metric names to numbers, such as {"accuracy": 0.93}.',
    })
  if (text.trim() === '') throw fault('metrics/empty', 'The metrics file is empty.')
  const tree = /\.ya?ml$/i.test(file) ? parseYamlMetrics(text, fault) : parseJsonMetrics(text, fault)
  if (!isObject(tree))
    throw fault(
      'metrics/not-a-mapping',
      `The metrics file holds ${Array.isArray(tree) ? 'a list' : 'a single value'}, not a mapping.`,
    )
  const metrics: MetricValue[] = []
  collect(tree, [], metrics)
  if (metrics.length === 0) throw fault('metrics/empty', 'The metrics file holds no number.')
  if (metrics.length > maxMetrics)
    throw fault('metrics/too-many', `The metrics file holds more than ${maxMetrics} numbers.`)
  const unnamable = metrics.find(({ name }) => name === '' || name.length > maxNameLength)
  if (unnamable !== undefined) {
    throw fault(
      'metrics/name',
      unnamable.name === ''
        ? 'The metrics file holds a number without a name.'
        : `The metrics file holds a name of more than ${maxNameLength} characters: ${truncate(oneLine(unnamable.name), 60)}.`,
    )
  }
  return metrics
}

type Fault = (code: string, message: string, place?: { line?: number; column?: number }) => ModelgateError

function parseJsonMetrics(text: string, fault: Fault): unknown {
  try {
    return parseJsonText(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw fault(
      'metrics/not-json',
      `The metrics file is not valid JSON: ${oneLine(problemOfSyntaxError(error))}.`,
      placeOfSyntaxError(text, error),
    )
  }
}

function parseYamlMetrics(text: string, fault: Fault): unknown {
  try {
    return parseYamlText(text)
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    throw fault('metrics/not-yaml', `The metrics file is not valid YAML: ${error.message}.`, error.at)
  }
}

function collect(node: Record<string, unknown>, path: string[], into: MetricValue[]): void {
  if (path.length > maxDepth) return
  for (const [key, value] of Object.entries(node)) {
    const here = [...path, key]
    const number = typeof value === 'number' ? value : typeof value === 'string' ? nonFiniteText(value) : undefined
    if (number !== undefined) into.push({ name: here.join('.'), value: number })
    else if (isObject(value)) collect(value, here, into)
    if (into.length > maxMetrics) return
  }
}

/** A text counts as a metric only when it says NaN or infinity: then somebody meant a number. */
function nonFiniteText(text: string): number | undefined {
  const number = parseNumber(text)
  return number !== undefined && !Number.isFinite(number) ? number : undefined
}
