import { ModelgateError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { StateStore } from '../refs/state-store.ts'
import { type ModelOverview, overview } from '../registry/look.ts'
import { ModelRegistry } from '../registry/model-registry.ts'
import { ModelStages } from '../registry/model-stages.ts'
import type { StoredPromotion } from '../registry/promotion.ts'

/** A model that has versions or stages. Throws `registry/no-model` and `registry/model-name`. */
export async function requireModel(store: StateStore, name: string): Promise<ModelOverview> {
  const [model] = await overview(store, name)
  if (model !== undefined) return model
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
  const names = stage === undefined ? stages.stages.map((one) => one.stage) : [stage]
  const records: StoredPromotion[] = []
  // One after another: they share one repository on this machine.
  for (const one of names) records.push(...(await new ModelStages(store).history(name, one, most)))
  return records.sort((a, b) => (a.record.when < b.record.when ? 1 : a.record.when > b.record.when ? -1 : 0))
}
