import { ModelgateError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { StateStore } from '../refs/state-store.ts'
import { type ModelOverview, overview } from '../registry/look.ts'
import { ModelRegistry } from '../registry/model-registry.ts'
import { ModelStages } from '../registry/model-stages.ts'
import type { StoredPromotion } from '../registry/promotion.ts'
import { modelsPrefix, stagesPrefix } from '../registry/registry-refs.ts'

/** A model that has versions or stages. Throws `registry/no-model`, `registry/model-name`, and `registry/unreadable` for a ref in the place of one. */
export async function requireModel(store: StateStore, name: string): Promise<ModelOverview> {
  const [model] = await overview(store, name)
  if (model !== undefined) return model
  const places = [modelsPrefix, stagesPrefix].map((prefix) => `${prefix}${name}`)
  const [blocking] = (await store.refs(...places)).keys()
  if (blocking !== undefined) {
    throw new ModelgateError({
      code: 'registry/unreadable',
      message: `There is no model ${name} in ${store.name}, but a ref in its place: ${blocking}.`,
      help: `Nothing can be kept below it. Delete it with \`git push <remote> --delete ${blocking}\`.`,
    })
  }
  throw new ModelgateError({
    code: 'registry/no-model',
    message: `There is no model ${name} in ${store.name}.`,
    help: didYouMean(name, await new ModelRegistry(store).models()),
  })
}

/** Records of one stage of a model or of all, the newest first and at most `most` of each. Throws `registry/no-model` and what the registry throws. */
export async function historyOf(
  store: StateStore,
  name: string,
  stage: string | undefined,
  most: number,
): Promise<StoredPromotion[]> {
  const { stages } = await requireModel(store, name)
  // One that cannot be read is told, and not left out as if nothing had ever been promoted.
  const names = stage === undefined ? [...stages.unreadable, ...stages.stages].map((one) => one.stage) : [stage]
  const records: StoredPromotion[] = []
  // One after another: they share one repository on this machine.
  for (const one of names) records.push(...(await new ModelStages(store).history(name, one, most)))
  return records.sort((a, b) => (a.record.when < b.record.when ? 1 : a.record.when > b.record.when ? -1 : 0))
}
