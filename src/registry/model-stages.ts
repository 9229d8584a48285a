import { ModelgateError } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { ObjectId, StateStore } from '../refs/state-store.ts'
import { type Promotion, promotionSchema, type StoredPromotion } from './promotion.ts'
import { type Held, recordsOf } from './record-file.ts'
import { checkedModelName, checkedStageName, refOfStage, stagesPrefix } from './registry-refs.ts'

/** Stages of a model by name, and refs that hold none, each with why. */
export type StageList = {
  stages: readonly { stage: string; head: StoredPromotion }[]
  unreadable: readonly { stage: string; problem: string }[]
}

export type AppendOutcome = { outcome: 'done'; stored: StoredPromotion } | { outcome: 'stale' }

const fileName = 'promotion.json'

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
    const prefix = `${stagesPrefix}${checkedModelName(model)}/`
    const refs = [...(await this.#store.refs(prefix))].sort(([a], [b]) => (a < b ? -1 : 1))
    if (refs.length === 0) return { stages: [], unreadable: [] }
    const commits = await this.#store.commits([...new Set(refs.map(([, id]) => id))])
    const held = await recordsOf(this.#store, commits, fileName, promotionSchema)
    const found = refs.map(([ref, id]) => {
      const stage = ref.slice(prefix.length)
      return {
        stage,
        read: readHeld(
          held.find(({ commit }) => commit.id === id),
          model,
          stage,
        ),
      }
    })
    return {
      stages: found.flatMap(({ stage, read }) => ('id' in read ? [{ stage, head: read }] : [])),
      unreadable: found.flatMap(({ stage, read }) => ('problem' in read ? [{ stage, problem: read.problem }] : [])),
    }
  }

  /**
   * Records of a stage, newest first; the first is what it stands for. Empty before the first promotion. Throws `registry/unreadable` when the newest
   * cannot be read: nobody may go on from there. Older ones that cannot be read end the history.
   */
  async history(model: string, stage: string, most = longestHistory): Promise<StoredPromotion[]> {
    const ref = refOfStage(checkedModelName(model), checkedStageName(stage))
    const commits = await this.#store.chain(ref, most)
    const read = (await recordsOf(this.#store, commits, fileName, promotionSchema)).map((one) =>
      readHeld(one, model, stage),
    )
    const [head] = read
    if (head !== undefined && 'problem' in head) {
      throw new ModelgateError({
        code: 'registry/unreadable',
        message: `The stage ${stage} of ${model} ${head.problem}.`,
        help: `Somebody wrote to ${ref} by hand, or a newer modelgate did. Its commits tell who.`,
      })
    }
    const end = read.findIndex((one) => 'problem' in one)
    return read.slice(0, end === -1 ? read.length : end).flatMap((one) => ('id' in one ? one : []))
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
      files: new Map([[fileName, { content: prettyJson(checked) }]]),
      parents: from === null ? [] : [from],
      message: `${checked.action} ${checked.model} ${checked.version}: ${checked.stage}\n`,
      time: checked.when,
    })
    const { outcome } = await this.#store.update([{ ref, from, to: id }])
    return outcome === 'done' ? { outcome, stored: { id, record: checked } } : { outcome }
  }
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
