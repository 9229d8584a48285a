import { ModelgateError } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { ObjectId, StateStore } from '../refs/state-store.ts'
import { type Promotion, promotionSchema, type StoredPromotion } from './promotion.ts'
import { type Held, heldIn, type ReadRefs, readRefs, recordsOf } from './record-file.ts'
import {
  checkedModelName,
  checkedStageName,
  isStageName,
  mendingHelp,
  promotionFile,
  refOfStage,
  stagesPrefix,
} from './registry-refs.ts'

/** Stages of a model by name, and refs that hold none, each with why. */
export type StageList = {
  stages: readonly { stage: string; head: StoredPromotion }[]
  unreadable: readonly { stage: string; problem: string }[]
}

export type AppendOutcome = { outcome: 'done'; stored: StoredPromotion } | { outcome: 'stale' }

/** More records than this are not read at once: at one promotion a day they are nearly three years. */
const longestHistory = 1000

/** The stages of registered models. Each is a ref, whose chain of commits is its history; it moves only from a head that the mover has seen. */
export class ModelStages {
  readonly #store: StateStore

  constructor(store: StateStore) {
    this.#store = store
  }

  /** Throws `registry/model-name`. */
  async stages(model: string): Promise<StageList> {
    return stagesAmong(await readRefs(this.#store, `${stagesPrefix}${checkedModelName(model)}/`), model)
  }

  /**
   * Records of a stage, newest first; the first is what it stands for. Empty before the first promotion. Throws `registry/unreadable` when the newest
   * cannot be read: nobody may go on from there. Older ones that cannot be read end the history.
   */
  async history(model: string, stage: string, most = longestHistory): Promise<StoredPromotion[]> {
    const ref = refOfStage(checkedModelName(model), checkedStageName(stage))
    const commits = await this.#store.chain(ref, most)
    const all = await recordsOf(this.#store, commits, promotionFile, promotionSchema)
    if (all[0] === undefined && !(await this.#store.refs(ref)).has(ref)) return []
    const head = readablePromotion(all[0], model, stage)
    const read = all.slice(1).map((one) => readHeld(one, model, stage))
    const end = read.findIndex((one) => 'problem' in one)
    return [head, ...read.slice(0, end === -1 ? read.length : end).flatMap((one) => ('id' in one ? one : []))]
  }

  /** The newest record of a stage. Throws as `history` does. */
  async head(model: string, stage: string): Promise<StoredPromotion | undefined> {
    return (await this.history(model, stage, 1))[0]
  }

  /** Puts a record on top of `from`, the head that its maker has seen (null: none). `stale`: it is the head no more, and nothing was changed. */
  async append(record: Promotion, from: ObjectId | null): Promise<AppendOutcome> {
    const checked = promotionSchema.parse(record)
    const ref = refOfStage(checkedModelName(checked.model), checkedStageName(checked.stage))
    const id = await this.#store.commit({
      files: new Map([[promotionFile, { content: prettyJson(checked) }]]),
      parents: from === null ? [] : [from],
      message: `${checked.action} ${checked.model} ${checked.version}: ${checked.stage}\n`,
      time: checked.when,
    })
    const { outcome } = await this.#store.update([{ ref, from, to: id }])
    return outcome === 'done' ? { outcome, stored: { id, record: checked } } : { outcome }
  }
}

/** The stages of a model among the refs that were read. */
export function stagesAmong(refs: ReadRefs, model: string): StageList {
  const prefix = `${stagesPrefix}${model}/`
  const stages: { stage: string; head: StoredPromotion }[] = []
  const unreadable: { stage: string; problem: string }[] = []
  for (const [ref, at] of [...refs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!ref.startsWith(prefix)) continue
    const stage = ref.slice(prefix.length)
    // Whoever may write to the repository may make refs of other names: they are no stages.
    if (!isStageName(stage)) continue
    const read = readHeld(at && heldIn(at, promotionFile, promotionSchema), model, stage)
    if ('problem' in read) unreadable.push({ stage, problem: read.problem })
    else stages.push({ stage, head: read })
  }
  return { stages, unreadable }
}

/** What the head of a stage holds. Throws `registry/unreadable` when that is something else. */
export function readablePromotion(held: Held<Promotion> | undefined, model: string, stage: string): StoredPromotion {
  const read = readHeld(held, model, stage)
  if ('id' in read) return read
  throw new ModelgateError({
    code: 'registry/unreadable',
    message: `The ref of stage ${stage} of ${model} ${read.problem}.`,
    help: mendingHelp(refOfStage(model, stage), held !== undefined),
  })
}

function readHeld(
  held: Held<Promotion> | undefined,
  model: string,
  stage: string,
): StoredPromotion | { problem: string } {
  if (held === undefined) return { problem: 'points to no commit' }
  if ('problem' in held) return { problem: held.problem }
  const { record, commit } = held
  if (record.model !== model || record.stage !== stage) return { problem: 'holds the record of another stage' }
  return { id: commit.id, record }
}

/** What a stage stands for: nothing before the first promotion, and after it was unassigned. */
export function incumbentOf(head: StoredPromotion | undefined): StoredPromotion | undefined {
  return head?.record.action === 'unassign' ? undefined : head
}

/**
 * What a stage went through, without what was rolled back: the last is what it stands for, the one before what a rollback leads to. Records newest
 * first in, oldest first out. Pure.
 */
export function standingOf(history: readonly StoredPromotion[]): StoredPromotion[] {
  const standing: StoredPromotion[] = []
  for (const stored of [...history].reverse()) {
    const { action, version } = stored.record
    if (action === 'unassign') standing.length = 0
    if (action === 'unassign' || action === 'deprecate') continue
    const earlier = standing.findLastIndex(({ record }) => record.version === version)
    if (action === 'rollback' && earlier !== -1) standing.length = earlier
    standing.push(stored)
  }
  return standing
}
