import { isObject } from '../../base/json.ts'
import { plural } from '../../base/number-text.ts'
import type { FileFormat, Found } from '../format.ts'
import type { FileInput } from '../input.ts'
import { parseYamlMetrics } from '../metrics-file.ts'
import { parseNumber } from '../numbers.ts'
import { type ReadMetric, shownName } from '../reading.ts'

/** Results of evaluations on the Hugging Face Hub: `model-index` in the front matter of a model card, and files of eval results. */

export const modelIndex: FileFormat = {
  name: 'model-index',
  title: 'model card with a model-index',
  of: 'file',
  called: /(?:^|[/\\])README\.md$/i,
  fit: (input) => {
    const front = frontMatter(input.peekText())
    return front !== undefined && /^model-index:/m.test(front) ? 'content' : 'no'
  },
  read: (input) => {
    const front = frontMatter(input.text())
    if (front === undefined)
      throw input.fault('not-a-model-card', 'The file has no front matter between lines of "---".')
    // One line further down than in the front matter alone.
    const tree = parseYamlMetrics(`\n${front}`, input.fault)
    const models = isObject(tree) ? tree['model-index'] : undefined
    if (!Array.isArray(models)) throw input.fault('not-a-model-card', 'The front matter has no list "model-index".')
    const entries = models.flatMap((model) => entriesOfModel(model, models.length > 1))
    return collect(entries, input)
  },
}

export const hubEvalResults: FileFormat = {
  name: 'hub-eval-results',
  title: 'eval results of the Hugging Face Hub',
  of: 'file',
  fit: (input) => {
    const list = input.peekYaml()
    return Array.isArray(list) && list.length > 0 && list.every(isEntry) ? 'content' : 'no'
  },
  read: (input) => {
    const list = input.yaml()
    if (!Array.isArray(list)) throw input.fault('not-eval-results', 'The file is not a list of eval results.')
    const entries = list.filter(isEntry).map(({ dataset, value }) => ({
      name: partsOf(dataset, ['id', 'config', 'task_id', 'split']).join('.'),
      value,
    }))
    return collect(entries, input)
  },
}

type Entry = { name: string; value: unknown }

function isEntry(value: unknown): value is { dataset: Record<string, unknown>; value: unknown } {
  return isObject(value) && isObject(value.dataset) && typeof value.dataset.id === 'string' && 'value' in value
}

/** The text between the first two lines of `---`; undefined without them. */
function frontMatter(text: string): string | undefined {
  if (!/^---[ \t]*\r?\n/.test(text)) return undefined
  const start = text.indexOf('\n') + 1
  const end = /^---[ \t]*\r?$/m.exec(text.slice(start))
  return end === null ? undefined : text.slice(start, start + end.index)
}

/** `<data set>[.<config>][.<split>].<metric>`, behind the model's name where the card has several. */
function entriesOfModel(model: unknown, several: boolean): Entry[] {
  if (!isObject(model) || !Array.isArray(model.results)) return []
  const prefix = several ? partsOf(model, ['name']) : []
  return model.results.flatMap((result: unknown): Entry[] => {
    if (!isObject(result) || !Array.isArray(result.metrics)) return []
    const dataset = partsOf(result.dataset, ['type', 'config', 'split'])
    return result.metrics.flatMap((metric: unknown): Entry[] => {
      if (!isObject(metric) || typeof metric.type !== 'string') return []
      return [{ name: [...prefix, ...dataset, metric.type].join('.'), value: metric.value }]
    })
  })
}

function partsOf(node: unknown, keys: readonly string[]): string[] {
  if (!isObject(node)) return []
  return keys.map((key) => node[key]).filter((part): part is string => typeof part === 'string' && part !== '')
}

function collect(entries: readonly Entry[], input: FileInput): Found {
  const metrics = new Map<string, ReadMetric>()
  let [texts, unsaid] = [0, 0]
  for (const { name, value } of entries) {
    const read = readValue(value)
    if (read === undefined) {
      texts++
      continue
    }
    if (read.unsaid === true) unsaid++
    const { unsaid: _unsaid, ...found } = read
    const twin = metrics.get(name)
    if (twin !== undefined && !Object.is(twin.value, found.value)) {
      throw input.fault('repeated-key', `The file gives two values for "${shownName(name)}".`)
    }
    metrics.set(name, { name, ...found })
  }
  return {
    metrics: [...metrics.values()],
    notes: [
      ...(texts > 0 ? [`${plural(texts, 'value')} passed over: not a number.`] : []),
      ...(unsaid > 0
        ? [
            `${plural(unsaid, 'value')} with "±", of which the file does not say whether it is a standard error: only the number is read.`,
          ]
        : []),
    ],
  }
}

const plusMinus = /^(\S{1,40})\s*(?:±|\+\/-|\+-)\s*(\S{1,40})(.{0,80})$/
const standardErrorWords = /^\s*[([]?\s*(?:standard error|std\.? ?err(?:or)?\.?|stderr|s\.?e\.?(?:m\.?)?)\s*[)\]]?\s*$/i

/**
 * A number, or a text such as `20.0 ± 1.2`. What stands behind the sign may be a standard deviation, a standard error or half an interval: it
 * is a standard error only where the text goes on to say so.
 */
function readValue(value: unknown): { value: number; standardError?: number; unsaid?: true } | undefined {
  if (typeof value === 'number') return { value }
  if (typeof value !== 'string') return undefined
  const plain = parseNumber(value)
  if (plain !== undefined) return { value: plain }
  const [, number = '', error = '', words = ''] = plusMinus.exec(value.trim()) ?? []
  const [read, spread] = [parseNumber(number), parseNumber(error)]
  if (read === undefined || spread === undefined) return undefined
  return standardErrorWords.test(words) && Number.isFinite(spread) && spread >= 0
    ? { value: read, standardError: spread }
    : { value: read, unsaid: true }
}
