import type { StateStore } from '../refs/state-store.ts'
import { readableVersion, type StoredVersion, type VersionList, versionsAmong } from './model-registry.ts'
import { readablePromotion, type StageList, stagesAmong } from './model-stages.ts'
import { type ModelVersion, modelVersionSchema } from './model-version.ts'
import { promotionSchema, type StoredPromotion } from './promotion.ts'
import { heldIn, readRefs } from './record-file.ts'
import {
  checkedModelName,
  checkedStageName,
  modelOfRef,
  modelsPrefix,
  promotionFile,
  refOfStage,
  refOfVersion,
  stagesPrefix,
  versionFile,
} from './registry-refs.ts'
import { versionName } from './version-name.ts'

/** What the registry holds at one moment, in the fewest round trips. */

export type ModelOverview = { model: string } & { versions: VersionList; stages: StageList }

/** Every registered model, by name, or the one that is asked for. Throws `registry/model-name`. */
export async function overview(store: StateStore, model?: string): Promise<ModelOverview[]> {
  const below = model === undefined ? '' : `${checkedModelName(model)}/`
  const refs = await readRefs(store, `${modelsPrefix}${below}`, `${stagesPrefix}${below}`)
  const names = [...refs.keys()].flatMap((ref) => modelOfRef(ref) ?? [])
  return [...new Set(names)].sort().map((name) => ({
    model: name,
    versions: versionsAmong(refs, name),
    stages: stagesAmong(refs, name),
  }))
}

/** A version among all those of its model that can be read, and the head of a stage. Throws what the registry and the stages throw. */
export async function lookAt(
  store: StateStore,
  model: string,
  version: string,
  stage: string,
): Promise<{ stored: StoredVersion | undefined; head: StoredPromotion | undefined; versions: ModelVersion[] }> {
  const name = versionName(version)
  const ofVersion = refOfVersion(checkedModelName(model), name)
  const ofStage = refOfStage(model, checkedStageName(stage))
  const refs = await readRefs(store, `${modelsPrefix}${model}/`, ofStage)
  const [versionAt, stageAt] = [refs.get(ofVersion), refs.get(ofStage)]
  return {
    stored: refs.has(ofVersion)
      ? readableVersion(versionAt && heldIn(versionAt, versionFile, modelVersionSchema), model, name)
      : undefined,
    head: refs.has(ofStage)
      ? readablePromotion(stageAt && heldIn(stageAt, promotionFile, promotionSchema), model, stage)
      : undefined,
    versions: versionsAmong(refs, model).versions.map(({ record }) => record),
  }
}
