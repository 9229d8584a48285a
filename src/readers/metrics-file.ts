import { oneLine } from '../base/escape.ts'
import { isObject } from '../base/json.ts'
import { findRepeatedKey } from './json-keys.ts'
import { parseJsonText, placeOfSyntaxError, problemOfSyntaxError } from './json-text.ts'
import { parseNumber } from './numbers.ts'
import { checkMetrics, type Fault, faultsOf, isTooMany, shownName } from './reading.ts'
import { parseYamlText, YamlFault } from './yaml-text.ts'

/** A metric by its dotted name. The value may be NaN or infinite: the gate decides what that means. */
export type MetricValue = { name: string; value: number }

const maxDepth = 32
const help = 'Expected is a mapping of metric names to numbers, such as {"accuracy": 0.93}.'

/**
 * Reads a tree of metrics from JSON or YAML text, told apart by the file name. Nested mappings give dotted names; texts
 * and lists are not metrics and are passed over, except `"NaN"` and the like.
 * Throws `metrics/not-json`, `metrics/not-yaml`, `metrics/repeated-key`, and what `metricsOfTree` throws.
 */
export function readMetrics(text: string, file: string): MetricValue[] {
  const fault = treeFaults(file)
  if (text.trim() === '') throw fault('empty', 'The metrics file is empty.')
  return metricsOfTree(/\.ya?ml$/i.test(file) ? parseYamlMetrics(text, fault) : parseJsonMetrics(text, fault), file)
}

/** Errors about a file that should hold a tree of metrics. */
export function treeFaults(file: string): Fault {
  return faultsOf(file, help)
}

/**
 * The numbers of a parsed tree under their dotted names.
 * Throws `metrics/not-a-mapping`, `metrics/too-deep`, `metrics/empty`, `metrics/name` or `metrics/too-many`.
 */
export function metricsOfTree(tree: unknown, file: string): MetricValue[] {
  const fault = treeFaults(file)
  if (!isObject(tree)) {
    throw fault(
      'not-a-mapping',
      `The metrics file holds ${Array.isArray(tree) ? 'a list' : 'a single value'}, not a mapping.`,
    )
  }
  const metrics = numbersOf(tree)
  if (metrics.length === 0 && isDeeper(tree, maxDepth)) {
    throw fault('too-deep', `The metrics file is nested too deeply: numbers are read from ${maxDepth} levels.`)
  }
  return checkMetrics(metrics, fault)
}

function isDeeper(node: Record<string, unknown>, levels: number): boolean {
  return levels < 0 || Object.values(node).some((value) => isObject(value) && isDeeper(value, levels - 1))
}

/** The same without complaints: none is a possible answer, and there may be one too many. */
export function numbersOf(tree: Record<string, unknown>): MetricValue[] {
  const metrics: MetricValue[] = []
  collect(tree, [], metrics)
  return metrics
}

/** JSON with `NaN` and `Infinity`, each key once. Throws `metrics/not-json` or `metrics/repeated-key`. */
export function parseJsonMetrics(text: string, fault: Fault): unknown {
  const tree = parseJson(text, fault)
  const repeated = findRepeatedKey(text)
  if (repeated === undefined) return tree
  const { key, ...place } = repeated
  throw fault('repeated-key', `The metrics file has the key "${shownName(key)}" twice in one object.`, place)
}

function parseJson(text: string, fault: Fault): unknown {
  try {
    return parseJsonText(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw fault(
      'not-json',
      `The metrics file is not valid JSON: ${oneLine(problemOfSyntaxError(error))}.`,
      placeOfSyntaxError(text, error),
    )
  }
}

/** Throws `metrics/not-yaml`. */
export function parseYamlMetrics(text: string, fault: Fault): unknown {
  try {
    return parseYamlText(text)
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    throw fault('not-yaml', `The metrics file is not valid YAML: ${error.message}.`, error.at)
  }
}

function collect(node: Record<string, unknown>, path: string[], into: MetricValue[]): void {
  if (path.length > maxDepth) return
  for (const [key, value] of Object.entries(node)) {
    const here = [...path, key]
    const number = typeof value === 'number' ? value : typeof value === 'string' ? nonFiniteText(value) : undefined
    if (number !== undefined) into.push({ name: here.join('.'), value: number })
    else if (isObject(value)) collect(value, here, into)
    if (isTooMany(into.length)) return
  }
}

/** A text counts as a metric only when it says NaN or infinity: then somebody meant a number. */
function nonFiniteText(text: string): number | undefined {
  const number = parseNumber(text)
  return number !== undefined && !Number.isFinite(number) ? number : undefined
}
