import type { Refusal } from './may-promote.ts'
import { unusable } from './may-promote.ts'
import { incumbentOf, standingOf } from './model-stages.ts'
import type { ModelVersion } from './model-version.ts'
import type { StoredPromotion } from './promotion.ts'

/** Where a rollback leads: to a version that was in the stage before. Pure. */

export type RollbackDecision =
  | { may: 'yes'; version: ModelVersion; passedOver: readonly string[] }
  | ({ may: 'no' } & Refusal)

export type RollbackRequest = {
  model: string
  stage: string
  /** Records of the stage, newest first. */
  history: readonly StoredPromotion[]
  /** The versions that there are, by name. */
  versions: ReadonlyMap<string, ModelVersion>
  /** The version to go back to; the one before the one that is there when undefined. */
  to: string | undefined
}

/**
 * A rollback needs no new verdict: the version had one when it came into the stage. It must still be published and not deprecated, nor may another
 * version be that holds the same model. Without a named version
 * those that are not are passed over; what was rolled back itself is no place to go back to.
 */
export function mayRollBack({ model, stage, history, versions, to }: RollbackRequest): RollbackDecision {
  const [head] = history
  const live = incumbentOf(head)?.record.version
  if (head === undefined) {
    return no(
      'rollback/nothing-there',
      `Nothing was ever promoted to ${stage} of ${model}.`,
      'Promote a version to it.',
    )
  }
  if (to !== undefined) return ofNamed({ model, stage, history, versions }, to, live)
  const [, ...earlier] = [
    ...new Set(
      standingOf(history)
        .reverse()
        .map(({ record }) => record.version),
    ),
  ]
  const passedOver: string[] = []
  for (const name of earlier) {
    const version = versions.get(name)
    if (version !== undefined && unusable(version, [...versions.values()]) === undefined)
      return { may: 'yes', version, passedOver }
    passedOver.push(name)
  }
  return no(
    'rollback/nothing-before',
    `There is no usable version before ${live ?? 'the one that was taken out'} in ${stage} of ${model}${passedOver.length === 0 ? '' : ` (${passedOver.join(', ')} are not to be used)`}.`,
    'Those that were rolled back themselves are passed over: name one with `--to`, or promote another version.',
  )
}

function ofNamed(
  { model, stage, history, versions }: Omit<RollbackRequest, 'to'>,
  to: string,
  live: string | undefined,
): RollbackDecision {
  if (to === live)
    return no(
      'rollback/same',
      `${stage} of ${model} stands for version ${to} already.`,
      'There is nothing to roll back.',
    )
  if (!history.some(({ record }) => record.version === to)) {
    return no(
      'rollback/never-there',
      `Version ${to} of ${model} was never in ${stage}, so nothing is known of how it does there.`,
      `Promote it: \`modelgate promote\` holds it against what is there.`,
    )
  }
  const version = versions.get(to)
  if (version === undefined)
    return no('rollback/gone', `The record of version ${to} of ${model} is gone.`, 'Roll back to another one.')
  const refusal = unusable(version, [...versions.values()])
  return refusal === undefined
    ? { may: 'yes', version, passedOver: [] }
    : no(refusal.code, refusal.reason, 'Roll back to another version.')
}

function no(code: string, reason: string, help: string): RollbackDecision {
  return { may: 'no', code, reason, help }
}
