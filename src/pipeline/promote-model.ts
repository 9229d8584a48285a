import { ModelgateError } from '../base/error.ts'
import type { StateStore } from '../refs/state-store.ts'
import type { GateSummary } from '../registry/gate-summary.ts'
import { lookAt } from '../registry/look.ts'
import { mayPromote, type Refusal, regate } from '../registry/may-promote.ts'
import { mayRollBack } from '../registry/may-roll-back.ts'
import { ModelRegistry, type StoredVersion } from '../registry/model-registry.ts'
import { incumbentOf, ModelStages } from '../registry/model-stages.ts'
import type { ModelVersion } from '../registry/model-version.ts'
import { promotionOf, type StoredPromotion, type Who } from '../registry/promotion.ts'
import { refOfVersion } from '../registry/registry-refs.ts'
import { championNotes } from './champion-note.ts'

/** Promotions, rollbacks and deprecations, as the command line, the action and the chat command carry them out. */

/** What everybody has to say who changes a stage. */
export type ChangeRequest = {
  store: StateStore
  model: string
  /** Why, for those who read the history later. */
  why: string
  who: Who
  now: Date
}

/**
 * `unchanged`: the stage stands for the version already, which is what a repeated promotion finds. `previous`: what the stage stood for.
 * `notes`: sentences about what was noticed beside it.
 */
export type StageChange =
  | {
      outcome: 'promoted' | 'rolled-back'
      stored: StoredPromotion
      previous: StoredPromotion | undefined
      notes: string[]
    }
  | { outcome: 'unchanged'; stored: StoredPromotion; previous: undefined; notes: string[] }
  | { outcome: 'refused'; refusal: Refusal; incumbent: StoredPromotion | undefined }

/** A newer verdict of the run of a version, or of another with the same model. `content`: digests of what the run wrote. */
export type FreshVerdict = { run: string; content?: readonly string[]; gate: GateSummary }

/**
 * Puts a version into a stage, if its verdict is about what the stage stands for. Of several at the same time one wins; the others are refused, for
 * what they were compared with is not there any more. Throws `registry/no-version`, `registry/no-reason` and what the registry throws.
 */
export async function promoteModel(
  request: ChangeRequest & { version: string; stage: string; fresh?: FreshVerdict },
): Promise<StageChange> {
  const { store, model, stage, fresh, now } = request
  const why = reasonOf(request.why)
  const stages = new ModelStages(store)
  const { stored, head, versions } = await lookAt(store, model, request.version, stage)
  if (stored === undefined) throw await noVersion(store, model, request.version)
  const version = stored.record
  const incumbent = incumbentOf(head)
  const permission = mayPromote({ version, stage, incumbent, versions, now, ...(fresh === undefined ? {} : { fresh }) })
  if (permission.may === 'no') return { outcome: 'refused', refusal: permission, incumbent }
  if (permission.may === 'unchanged' && incumbent !== undefined)
    return { outcome: 'unchanged', stored: incumbent, previous: undefined, notes: [] }
  const gate = fresh === undefined ? {} : { gate: fresh.gate }
  const facts = { stage, who: request.who, when: now.toISOString(), why, version, previous: incumbent, ...gate }
  const appended = await stages.append(promotionOf({ ...facts, action: 'promote' }), head?.id ?? null)
  if (appended.outcome === 'stale') return await lost(stages, stage, version)
  return {
    outcome: 'promoted',
    stored: appended.stored,
    previous: incumbent,
    notes: [...(await deprecatedSince(store, stored)), ...(await championNotes(store, version, stage))],
  }
}

/**
 * Leads a stage back to a version that it stood for before, by a new record on top of the others. Throws `registry/no-reason` and what the registry throws.
 */
export async function rollBackModel(
  request: ChangeRequest & { stage: string; to: string | undefined },
): Promise<StageChange> {
  const { store, model, stage, now } = request
  const why = reasonOf(request.why)
  const stages = new ModelStages(store)
  const to = request.to === undefined ? undefined : (await requireVersion(store, model, request.to)).record.version
  const history = await stages.history(model, stage)
  const { versions } = await new ModelRegistry(store).versions(model)
  const [head] = history
  const named = new Map(versions.map(({ record }) => [record.version, record]))
  const incumbent = incumbentOf(head)
  const decision = mayRollBack({ model, stage, history, versions: named, to })
  if (decision.may === 'no') return { outcome: 'refused', refusal: decision, incumbent }
  const { version, passedOver } = decision
  const facts = { stage, who: request.who, when: now.toISOString(), why, version, previous: incumbent }
  const appended = await stages.append(promotionOf({ ...facts, action: 'rollback' }), head?.id ?? null)
  if (appended.outcome === 'stale') {
    const reason = `Somebody else changed ${stage} of ${model} at the same time.`
    const refusal = {
      code: 'rollback/changed',
      reason,
      help: 'Nothing was overwritten. Look at what is there now before you roll back.',
    }
    return { outcome: 'refused', refusal, incumbent: incumbentOf(await stages.head(model, stage)) }
  }
  const notes = passedOver.length === 0 ? [] : [`Passed over ${passedOver.join(', ')}: not to be used any more.`]
  return { outcome: 'rolled-back', stored: appended.stored, previous: incumbent, notes }
}

export type Deprecation = {
  outcome: 'deprecated' | 'unchanged'
  version: StoredVersion
  /** Stages that stand for it still. */
  live: readonly string[]
}

/**
 * Says of a version that it is not to be promoted any more. Stages that stand for it keep it until somebody acts. Throws `registry/no-version`,
 * `registry/no-reason`, `registry/transition` and what the registry throws.
 */
export async function deprecateModel(request: ChangeRequest & { version: string }): Promise<Deprecation> {
  const { store, model, who, now } = request
  const why = reasonOf(request.why)
  const stored = await requireVersion(store, model, request.version)
  const done = stored.record.state === 'deprecated'
  const record = { ...stored.record, state: 'deprecated' as const, at: now.toISOString(), by: who.actor, why }
  const version = done ? stored : await new ModelRegistry(store).advance(stored, record)
  // Looked at afterwards: a promotion that comes between sees the deprecation, or is seen here.
  const { stages } = await new ModelStages(store).stages(model)
  const live = stages.filter(({ head }) => incumbentOf(head)?.record.version === version.record.version)
  return { outcome: done ? 'unchanged' : 'deprecated', version, live: live.map(({ stage }) => stage) }
}

/** Throws `registry/no-version`, and what the registry throws. */
export async function requireVersion(store: StateStore, model: string, version: string): Promise<StoredVersion> {
  const found = await new ModelRegistry(store).version(model, version)
  if (found !== undefined) return found
  throw await noVersion(store, model, version)
}

async function noVersion(store: StateStore, model: string, version: string): Promise<ModelgateError> {
  const { versions } = await new ModelRegistry(store).versions(model)
  const known = versions.map(({ record }) => record.version).slice(-5)
  return new ModelgateError({
    code: 'registry/no-version',
    message: `There is no version ${version} of ${model} in ${store.name}.`,
    help:
      known.length === 0
        ? `No version of ${model} was published there. \`modelgate models list\` shows what there is.`
        : `${known.length === 1 ? 'There is' : 'The newest are'} ${known.join(', ')}. \`modelgate models show ${model}\` lists all.`,
  })
}

/** The loser of a race: another version came into the stage between the look at it and the step. */
async function lost(stages: ModelStages, stage: string, { model, version, run }: ModelVersion): Promise<StageChange> {
  const winner = incumbentOf(await stages.head(model, stage))
  if (winner?.record.version === version)
    return { outcome: 'unchanged', stored: winner, previous: undefined, notes: [] }
  const there = winner === undefined ? 'nothing' : `version ${winner.record.version}`
  return {
    outcome: 'refused',
    incumbent: winner,
    refusal: {
      code: 'promotion/lost-race',
      reason: `Somebody else changed ${stage} of ${model} at the same time: it stands for ${there} now, which version ${version} was not compared with.`,
      help: winner === undefined ? 'Promote it again.' : regate({ run: run.id, champion: winner.record.run.id, stage }),
    },
  }
}

/** Between the look at a version and the promotion somebody may have deprecated it. */
async function deprecatedSince(store: StateStore, { id, record }: StoredVersion): Promise<string[]> {
  const ref = refOfVersion(record.model, record.version)
  if ((await store.refs(ref)).get(ref) === id) return []
  const now = await new ModelRegistry(store).version(record.model, record.version)
  return now?.record.state === 'deprecated'
    ? [`Version ${record.version} was deprecated at the same time: ${now.record.why ?? 'no reason was given'}.`]
    : []
}

/** Throws `registry/no-reason`. */
export function reasonOf(text: string): string {
  const reason = text.trim()
  if (reason !== '' && reason.length <= longestReason) return reason
  throw new ModelgateError({
    code: 'registry/no-reason',
    message: reason === '' ? 'A reason is needed.' : `The reason is longer than ${longestReason} characters.`,
    help: 'Say in a sentence why, with `--because`: it is what others find in the history.',
  })
}

const longestReason = 2000
