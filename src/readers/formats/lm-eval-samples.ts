import { isObject } from '../../base/json.ts'
import type { FileFormat } from '../format.ts'
import { firstLine, jsonLines } from '../json-lines.ts'
import { parseJsonText } from '../json-text.ts'
import { treeFaults } from '../metrics-file.ts'
import { type Fault, type ReadMetric, shownName } from '../reading.ts'
import { type CaseRow, meanOf, tableOfCases } from '../samples.ts'
import type { Table } from '../table.ts'

/** `samples_<task>_<time>.jsonl` of lm-evaluation-harness: one line per document and filter, with the outcome of each metric. */

type Sample = {
  document: string
  /** Digest of the document: another document under the same number is another case. */
  hash: string
  filter: string
  scores: Map<string, number>
  line: number
}

/** Everything of a line that is no outcome; for versions that do not list their metrics. */
const ownKeys = new Set(
  'doc_id doc target arguments resps filtered_resps filter metrics doc_hash prompt_hash target_hash'.split(' '),
)

export const lmEvalSamples: FileFormat = {
  name: 'lm-eval-samples',
  title: 'samples of lm-evaluation-harness',
  of: 'file',
  fit: (input) => (isLmEvalSamples(input.peekText()) ? 'content' : 'no'),
  read: (input) => {
    const samples = readSamples(input.text(), input.fault)
    const values = new Map<string, number[]>()
    for (const { filter, scores } of samples) {
      for (const [metric, score] of scores) {
        const name = [...taskOf(input.name), ...(filter === 'none' ? [] : [filter]), metric].join('.')
        const list = values.get(name)
        if (list === undefined) values.set(name, [score])
        else list.push(score)
      }
    }
    const metrics = [...values].map(([name, scores]): ReadMetric => ({ name, ...meanOf(scores) }))
    return { metrics, notes: ['Each value is the mean over the documents of the file.'] }
  },
}

/** True when the first line is a sample of lm-evaluation-harness. */
export function isLmEvalSamples(text: string): boolean {
  const line = firstLine(text)
  if (!line.startsWith('{') || !line.includes('"doc_id"')) return false
  try {
    return isSample(parseJsonText(line))
  } catch {
    return false
  }
}

/**
 * The outcome of each document for one metric: the one that is named, else the first that the file lists. It passes where every outcome is 0
 * or 1. Throws `metrics/not-lm-eval` with the line, and `metrics/empty` when no document has that metric.
 */
export function casesOfLmEval(text: string, file: string, wanted?: string): Table {
  const fault = treeFaults(file)
  const samples = readSamples(text, fault)
  const metric =
    wanted ??
    samples
      .find(({ scores }) => scores.size > 0)
      ?.scores.keys()
      .next().value
  if (metric === undefined) throw fault('empty', 'The samples hold no outcome that is a number.')
  const filters = new Set(samples.map(({ filter }) => filter))
  const cases = samples.map(({ document, hash, filter, scores, line }): CaseRow => {
    const score = scores.get(metric)
    if (score === undefined)
      throw fault('not-lm-eval', `This sample has no number for "${shownName(metric)}".`, { line })
    const id = hash === '' ? document : `${document}#${hash.slice(0, 8)}`
    const task = taskOf(file).join('')
    return {
      id: filters.size > 1 ? `${id}/${filter}` : id,
      score,
      passed: null,
      facts: {
        ...(task === '' ? {} : { task }),
        // The same answer, looked at through several filters, is one case seen several times.
        ...(filters.size > 1 ? { filter, group: id } : {}),
      },
      line,
    }
  })
  const binary = cases.every(({ score }) => score === 0 || score === 1)
  return tableOfCases(binary ? cases.map((each) => ({ ...each, passed: each.score === 1 })) : cases)
}

/** The task is in the file name only. */
function taskOf(file: string): string[] {
  const name = file.split(/[/\\]/).at(-1) ?? ''
  const task = /^samples_(.+?)(?:_\d{4}-\d{2}-\d{2}T[\d.:-]+)?\.jsonl$/.exec(name)?.[1]
  return task === undefined ? [] : [task]
}

function isSample(value: unknown): value is Record<string, unknown> {
  return isObject(value) && 'doc_id' in value && ('resps' in value || 'filtered_resps' in value)
}

function readSamples(text: string, fault: Fault): Sample[] {
  const samples: Sample[] = []
  for (const { value, line } of jsonLines(text, fault)) samples.push(sampleOf(value, line, fault))
  return samples
}

function sampleOf(row: unknown, line: number, fault: Fault): Sample {
  if (!isSample(row)) throw fault('not-lm-eval', 'This line is no sample with a document and its responses.', { line })
  const listed = Array.isArray(row.metrics) ? row.metrics.filter((name) => typeof name === 'string') : undefined
  const names = listed ?? Object.keys(row).filter((key) => !ownKeys.has(key))
  const scores = new Map<string, number>()
  for (const name of names) {
    const score = Object.hasOwn(row, name) ? row[name] : undefined
    // Some metrics keep a pair or a list for each document, of which only their own aggregation makes a number.
    if (typeof score === 'number') scores.set(name, score)
    else if (typeof score === 'boolean') scores.set(name, Number(score))
  }
  return {
    document: String(row.doc_id),
    hash: typeof row.doc_hash === 'string' ? row.doc_hash : '',
    filter: typeof row.filter === 'string' ? row.filter : 'none',
    scores,
    line,
  }
}
