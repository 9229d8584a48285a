import type { Refusal } from '../registry/may-promote.ts'
import { incumbentOf, ModelStages } from '../registry/model-stages.ts'
import type { StoredPromotion } from '../registry/promotion.ts'
import { type ChangeRequest, reasonOf } from './promote-model.ts'

/** Takes a model out of a stage, so that it stands for nothing until the next promotion. */

export type Unassignment =
  | { outcome: 'unassigned'; stored: StoredPromotion; previous: StoredPromotion; notes: string[] }
  | { outcome: 'unchanged'; stored: StoredPromotion; previous: undefined; notes: string[] }
  | { outcome: 'refused'; refusal: Refusal; incumbent: StoredPromotion | undefined }

/**
 * Puts a record on top of the stage that says that it stands for nothing. The record is about the version that is taken out. Repeated it changes nothing.
 * Throws `registry/no-reason` and what the registry throws.
 */
export async function unassignModel(request: ChangeRequest & { stage: string }): Promise<Unassignment> {
  const { store, model, stage, who, now } = request
  const why = reasonOf(request.why)
  const stages = new ModelStages(store)
  const head = await stages.head(model, stage)
  if (head === undefined) {
    return refused(
      'unassign/nothing-there',
      `Nothing was ever promoted to ${stage} of ${model}.`,
      '`modelgate models list` shows what there is.',
      undefined,
    )
  }
  const previous = incumbentOf(head)
  if (previous === undefined) return { outcome: 'unchanged', stored: head, previous, notes: [] }
  const { version, bundle } = previous.record
  const appended = await stages.append(
    {
      ...previous.record,
      action: 'unassign',
      previous: { version, bundle, record: previous.id },
      who,
      when: now.toISOString(),
      why,
    },
    head.id,
  )
  if (appended.outcome === 'done') return { outcome: 'unassigned', stored: appended.stored, previous, notes: [] }
  return refused(
    'unassign/changed',
    `Somebody else changed ${stage} of ${model} at the same time.`,
    'Nothing was overwritten. Look at what is there now before you take it out.',
    incumbentOf(await stages.head(model, stage)),
  )
}

function refused(code: string, reason: string, help: string, incumbent: StoredPromotion | undefined): Unassignment {
  return { outcome: 'refused', refusal: { code, reason, help }, incumbent }
}
