import { styleText } from 'node:util'
import { oneLine, truncate } from '../base/escape.ts'
import { plural } from '../base/number-text.ts'
import type { ModelOverview } from '../registry/look.ts'
import { incumbentOf } from '../registry/model-stages.ts'
import type { ModelVersion } from '../registry/model-version.ts'
import type { StoredPromotion } from '../registry/promotion.ts'
import { alignColumns } from './columns.ts'

/** The registry for a terminal. Everything in it was written by somebody else: one line each, without control characters. */

const left = ['left', 'left', 'left', 'left', 'left', 'left'] as const

/** One line for each model. */
export function renderModels(models: readonly ModelOverview[], name: string): string {
  if (models.length === 0) return `There are no models in ${oneLine(name)}.\n`
  const rows = models.map(({ model, versions, stages }) => {
    const newest = versions.versions.at(-1)?.record
    return [
      short(model),
      newest === undefined
        ? 'no version'
        : `${newest.version}${newest.state === 'published' ? '' : ` (${newest.state})`}`,
      String(versions.versions.length),
      stages.stages.map(({ stage, head }) => `${stage}: ${incumbentOf(head)?.record.version ?? 'nothing'}`).join(', '),
    ]
  })
  return text([...alignColumns([['model', 'newest', 'versions', 'stages'], ...rows], left), ...models.flatMap(unread)])
}

/** The stages and versions of one model, the newest first; below each why it was deprecated, and every place whole, to be copied. */
export function renderModel(overview: ModelOverview, colour: boolean): string {
  const { model, versions, stages } = overview
  const inStage = (version: string): string =>
    stages.stages
      .filter(({ head }) => incumbentOf(head)?.record.version === version)
      .map(({ stage }) => stage)
      .join(', ')
  const newest = [...versions.versions].reverse()
  const rows = newest.map(({ record }) => [
    record.version,
    stateOf(record, colour),
    inStage(record.version),
    record.gate.verdict,
    record.at.slice(0, 16).replace('T', ' '),
  ])
  const [head = '', ...lines] = alignColumns([['version', 'state', 'stage', 'verdict', 'since (UTC)'], ...rows], left)
  return text([
    `${short(model)}: ${plural(versions.versions.length, 'version')}`,
    '',
    head,
    ...newest.flatMap(({ record }, index) => [lines[index] ?? '', ...below(record)]),
    ...unread(overview),
  ])
}

/** Records of stages, the newest first. */
export function renderHistory(records: readonly StoredPromotion[], model: string, stage?: string): string {
  if (records.length === 0)
    return `Nothing was ever promoted ${stage === undefined ? '' : `to ${short(stage)} `}of ${short(model)}.\n`
  const rows = records.map(({ id, record }) => [
    record.when.slice(0, 16).replace('T', ' '),
    short(record.stage),
    record.action,
    record.action === 'unassign'
      ? `${short(record.version)} → nothing`
      : `${record.previous === null ? '' : `${short(record.previous.version)} → `}${short(record.version)}`,
    `${short(record.who.actor)}${record.who.approvers.length === 0 ? '' : `, approved by ${short(record.who.approvers.join(', '))}`} (${record.who.via})`,
    `${short(record.why)}  ${id.slice(0, 7)}`,
  ])
  return text(alignColumns([['when (UTC)', 'stage', 'action', 'version', 'who', 'why'], ...rows], left))
}

function below({ why, channels }: ModelVersion): string[] {
  return [
    ...(why === undefined ? [] : [`  because: ${oneLine(why)}`]),
    ...Object.entries(channels).map(
      ([name, { state, location }]) => `  ${oneLine(name)}: ${location === undefined ? state : oneLine(location)}`,
    ),
  ]
}

function unread({ versions, stages }: ModelOverview): string[] {
  return [
    ...versions.unreadable.map(({ version, problem }) => `The ref of version ${short(version)} ${short(problem)}.`),
    ...stages.unreadable.map(({ stage, problem }) => `The ref of stage ${short(stage)} ${short(problem)}.`),
  ]
}

function stateOf({ state }: ModelVersion, colour: boolean): string {
  const style = state === 'published' ? 'green' : state === 'staged' ? 'yellow' : 'red'
  return colour ? styleText(style, state, { validateStream: false }) : state
}

function short(foreign: string): string {
  return truncate(oneLine(foreign), 120)
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
