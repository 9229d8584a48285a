import { z } from 'zod'
import { oneLine, truncate } from '../base/escape.ts'
import type { Refusal } from '../registry/may-promote.ts'
import type { ModelVersion } from '../registry/model-version.ts'
import { promotionSchema, type StoredPromotion } from '../registry/promotion.ts'

/** What a change of a stage came to, in sentences. */

export type StageChangeFacts =
  | {
      outcome: 'promoted' | 'rolled-back' | 'unassigned' | 'unchanged'
      stored: StoredPromotion
      previous: StoredPromotion | undefined
    }
  | { outcome: 'refused'; refusal: Refusal; incumbent: StoredPromotion | undefined }

const cut = (foreign: string): string => truncate(oneLine(foreign), 500)

/** One line that says it all: for terminals, logs and titles. Foreign words in it are on one line, and not escaped for Markdown. */
export function changeSentence(change: StageChangeFacts): string {
  if (change.outcome === 'refused') return cut(change.refusal.reason)
  const { model, stage, version, action } = change.stored.record
  const before = change.previous === undefined ? '' : `, and for ${cut(change.previous.record.version)} before`
  switch (change.outcome) {
    case 'promoted':
      return `${cut(stage)} of ${cut(model)} stands for version ${cut(version)} now${before}.`
    case 'rolled-back':
      return `${cut(stage)} of ${cut(model)} was rolled back to version ${cut(version)}${change.previous === undefined ? '' : ` from ${cut(change.previous.record.version)}`}.`
    case 'unassigned':
      return `${cut(stage)} of ${cut(model)} stands for nothing now${before}.`
    case 'unchanged':
      return `${cut(stage)} of ${cut(model)} stands for ${action === 'unassign' ? 'nothing' : `version ${cut(version)}`} already.`
  }
}

/** What `modelgate promote`, `rollback` and `unassign` print with `--json`, and the action keeps. */
export const stageChangeSchema = z.object({
  schema: z.literal('modelgate/stage-change@1'),
  exitCode: z.int(),
  outcome: z.enum(['promoted', 'rolled-back', 'unassigned', 'unchanged', 'refused']),
  /** The record that the stage stands by now, and its commit; null when the change was refused. */
  promotion: promotionSchema.nullable(),
  record: z.string().nullable(),
  refusal: z.object({ code: z.string(), reason: z.string(), help: z.string() }).nullable(),
  /** What the stage stands for, when the change was refused; null for nothing. */
  incumbent: z.object({ version: z.string(), record: z.string(), run: z.string() }).nullable(),
  /** Annotated tags that were made. */
  tags: z.array(z.string()),
  /** What was noticed beside it. */
  notes: z.array(z.string()),
})

export function changeJson(
  change: StageChangeFacts,
  more: Pick<z.infer<typeof stageChangeSchema>, 'exitCode' | 'tags' | 'notes'>,
): z.infer<typeof stageChangeSchema> {
  const refused = change.outcome === 'refused'
  const there = refused ? change.incumbent : undefined
  return {
    schema: 'modelgate/stage-change@1',
    ...more,
    outcome: change.outcome,
    promotion: refused ? null : change.stored.record,
    record: refused ? null : change.stored.id,
    refusal: refused ? { code: change.refusal.code, reason: change.refusal.reason, help: change.refusal.help } : null,
    incumbent:
      there === undefined ? null : { version: there.record.version, record: there.id, run: there.record.run.id },
  }
}

/** A warning for each stage that still stands for a version which nobody should use. */
export function liveNotes({ model, version }: ModelVersion, stages: readonly string[]): string[] {
  return stages.map(
    (stage) =>
      `${cut(stage)} of ${cut(model)} still stands for version ${cut(version)}: promote another one, or \`modelgate rollback ${cut(model)} --stage ${cut(stage)}\`.`,
  )
}
