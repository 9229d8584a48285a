import { formatCount, formatPercent, plural } from '../../base/number-text.ts'
import type { DriftSettings } from '../../config/checks/drift-settings.ts'
import { isBroken, type Limit } from '../../config/checks/limit.ts'
import type { DataVerdict, DriftColumn, DriftReport } from '../../record/data-report.ts'
import type { Engine } from '../engine/engine.ts'
import { countNulls } from '../profile/category-counts.ts'
import type { DataProfile } from '../profile/data-profile.ts'
import { classOf } from '../profile/numeric-column.ts'
import type { Relation, RelationColumn } from '../relation.ts'
import { compareCategories, compareNumbers } from './compare-column.ts'
import { type Compared, judgeColumns } from './judge.ts'
import { ruleOf } from './limits.ts'
import { isKeyLike, isProfile, type ReferenceColumn, readReference } from './reference-column.ts'

export type DriftRequest = {
  current: Relation
  reference: Relation | DataProfile
  /** How the reference is called, where it is a profile. */
  referenceName?: string
  settings: DriftSettings
  /** Columns whose values must not appear in the result. */
  sensitive: ReadonlySet<string>
  onProgress?: (done: number, total: number) => void
}

/**
 * Compares every column that both sides have. Reads each column once on either side, and of the reference a sample before, which says where
 * the bins lie. A profile gives what the data that it was made of would give.
 */
export async function measureDrift(engine: Engine, request: DriftRequest): Promise<DriftReport> {
  const { current, reference, settings, onProgress } = request
  const names = columnsToCompare(request)
  const wanted = names.both.map((name) => ({ name, asNumber: isAskedAsNumber(settings, name) }))
  const found = new Map<string, Compared>()
  for await (const column of readReference(engine, reference, wanted)) {
    found.set(column.name, await compareColumn(engine, request, column))
    onProgress?.(found.size, wanted.length)
  }
  const compared = names.asked.map((name) => found.get(name) ?? absent(request, name))
  const rows = { reference: reference.rows, current: current.rows }
  const columns = judgeColumns(compared, rows, settings)
  return {
    reference: {
      name: isProfile(reference) ? (request.referenceName ?? 'profile') : reference.name,
      rows: reference.rows,
      fromProfile: isProfile(reference),
    },
    rows: current.rows,
    ...judgeDataSet(columns, settings),
    significance: settings.significance,
    minRows: settings['min-rows'],
    columns,
    onlyReference: names.onlyReference,
    onlyCurrent: names.onlyCurrent,
  }
}

type Names = { asked: string[]; both: string[]; onlyReference: string[]; onlyCurrent: string[] }

function columnsToCompare({ current, reference, settings }: DriftRequest): Names {
  const here = current.columns.map(({ name }) => name)
  const there = reference.columns.map(({ name }) => name)
  const isLeftOut = (name: string): boolean => settings.except?.includes(name) === true
  const both = here.filter((name) => there.includes(name))
  const asked = (settings.columns ?? both).filter((name) => !isLeftOut(name))
  return {
    asked: [...new Set(asked)],
    both: both.filter((name) => asked.includes(name)),
    onlyReference: there.filter((name) => !here.includes(name) && !isLeftOut(name)),
    onlyCurrent: here.filter((name) => !there.includes(name) && !isLeftOut(name)),
  }
}

/** Kolmogorov and Wasserstein need an order: whoever asks for them means amounts, however few different ones there are. */
function isAskedAsNumber(settings: DriftSettings, name: string): boolean {
  const method = settings['per-column'][name]?.method
  return method === 'ks' || method === 'wasserstein'
}

async function compareColumn(engine: Engine, request: DriftRequest, reference: ReferenceColumn): Promise<Compared> {
  const { current, settings, sensitive } = request
  const { name } = reference
  const column = current.columns.find((each) => each.name === name) as RelationColumn
  const isHidden = sensitive.has(name)
  const obstacle = obstacleOf(reference, column, request)
  const kind = reference.histogram !== null || reference.withheld !== undefined ? kindOf(column) : 'categorical'
  if (obstacle === undefined && reference.histogram !== null) {
    const { histogram } = reference
    const evidence = await compareNumbers(engine, { ...reference, histogram }, current, column, isHidden)
    return { column: name, kind: 'numeric', rule: ruleOf(settings, name, 'numeric'), evidence }
  }
  if (obstacle === undefined && reference.categories !== null) {
    const { categories } = reference
    const evidence = await compareCategories(engine, { ...reference, categories }, current, column, settings, isHidden)
    return { column: name, kind: 'categorical', rule: ruleOf(settings, name, 'categorical'), evidence }
  }
  return {
    column: name,
    kind,
    rule: ruleOf(settings, name, kind),
    obstacle: obstacle ?? 'its values are too long to be counted one by one',
    nulls: {
      reference: await nullsOfReference(engine, request, name),
      current: await countNulls(engine, current, column),
    },
  }
}

function kindOf({ kind }: RelationColumn): 'numeric' | 'categorical' {
  const group = classOf(kind)
  return group === 'number' || group === 'time' ? 'numeric' : 'categorical'
}

/** Why the two distributions cannot be compared. */
function obstacleOf(
  reference: ReferenceColumn,
  column: RelationColumn,
  { settings }: DriftRequest,
): string | undefined {
  const [before, now] = [classOf(reference.kind), classOf(column.kind)]
  if (before !== now) return `it is ${reference.kind} in the reference and ${column.kind} here`
  if (before === 'none') return `${column.kind} values have no distribution`
  if (reference.withheld !== undefined) return reference.withheld
  if (isKeyLike(reference)) return 'nearly every value of the reference is different, as in a key or a free text'
  if (isSequence(reference) && settings.columns?.includes(reference.name) !== true) {
    return 'every value of the reference is different, as in a key; name it under `columns` to compare it'
  }
  if (reference.categories !== null && reference.kind !== column.kind && reference.kind === 'integer') {
    return `it has few different whole numbers in the reference, and is ${column.kind} here; set a method of numbers for it`
  }
  return undefined
}

/** Whole numbers that do not repeat, and are dense or many: a number of a row or a customer. */
function isSequence({ kind, sampled, histogram }: ReferenceColumn): boolean {
  if (kind !== 'integer' || histogram === null || sampled.values < 100 || sampled.distinct < sampled.values)
    return false
  const rows = histogram.counts.reduce((sum, count) => sum + count, 0)
  return sampled.values >= 1000 || (histogram.max ?? 0) - (histogram.min ?? 0) < 2 * rows
}

async function nullsOfReference(engine: Engine, { reference }: DriftRequest, name: string): Promise<number> {
  if (isProfile(reference)) return reference.columns.find((column) => column.name === name)?.nulls ?? 0
  const column = reference.columns.find((each) => each.name === name)
  return column === undefined ? 0 : await countNulls(engine, reference, column)
}

/** A column that was asked for by name and is not on both sides. */
function absent({ current, reference, settings }: DriftRequest, column: string): Compared {
  const here = current.columns.some(({ name }) => name === column)
  const there = reference.columns.some(({ name }) => name === column)
  const where = here ? 'the reference does' : there ? 'the data do' : 'the data and the reference do'
  return { column, kind: 'numeric', rule: ruleOf(settings, column, 'numeric'), obstacle: `${where} not have it` }
}

function judgeDataSet(
  columns: readonly DriftColumn[],
  settings: DriftSettings,
): Pick<DriftReport, 'verdict' | 'reason' | 'drifted' | 'evaluated'> {
  const drifted = columns.filter(({ status }) => status === 'warn' || status === 'fail')
  const failed = columns.filter(({ status }) => status === 'fail')
  const evaluated = columns.filter(({ effect }) => effect !== null).length
  const judged = columns.filter(({ status }) => status !== 'not-evaluated').length
  const { warn, error } = settings['max-drifted']
  const exceeds = (limit: Limit | undefined): boolean => limit !== undefined && isBroken(limit, drifted.length, judged)
  const counts = { drifted: drifted.length, evaluated }
  const of = `${formatCount(drifted.length)} of ${plural(judged, 'column')} drifted`
  const named = listed(drifted)
  if (failed.length > 0) return { ...counts, verdict: 'fail', reason: `${of}, ${listed(failed)} beyond the limit.` }
  if (exceeds(error) && error !== undefined) {
    return { ...counts, verdict: 'fail', reason: `${of}, more than ${limitWords(error)}: ${named}.` }
  }
  if (judged === 0) return { ...counts, verdict: 'warn', reason: nothingEvaluated(columns) }
  const verdict: DataVerdict = exceeds(warn) ? 'warn' : 'pass'
  if (drifted.length > 0) return { ...counts, verdict, reason: `${of}: ${named}.` }
  const left = columns.length - judged
  const rest = left === 0 ? '' : `; ${plural(left, 'column')} not evaluated`
  return { ...counts, verdict, reason: `None of ${plural(judged, 'column')} drifted${rest}.` }
}

function nothingEvaluated(columns: readonly DriftColumn[]): string {
  const [first] = columns
  if (first === undefined) return 'The data and the reference have no column in common that was to be compared.'
  return `No column could be evaluated: ${first.reason.replace(/^not evaluated: /, '')}.`
}

function limitWords(limit: Limit): string {
  return limit.kind === 'share' ? `${formatPercent(limit.most)} of the columns` : formatCount(limit.most)
}

function listed(columns: readonly DriftColumn[]): string {
  const more = columns.length - 3
  const names = columns.slice(0, 3).map(({ column }) => column)
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
