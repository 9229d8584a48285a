import type { StateStore } from '../refs/state-store.ts'
import { readableVersion, type StoredVersion, versionFile } from './model-registry.ts'
import { promotionFile, readablePromotion } from './model-stages.ts'
import { modelVersionSchema } from './model-version.ts'
import { promotionSchema, type StoredPromotion } from './promotion.ts'
import { held } from './record-file.ts'
import { checkedModelName, checkedStageName, refOfStage, refOfVersion } from './registry-refs.ts'
import { versionName } from './version-name.ts'

/**
 * A version and the head of a stage as they are at one moment, in the fewest round trips: everybody who promotes pays for them. Throws what the registry and
 * the stages throw.
 */
export async function lookAt(
  store: StateStore,
  model: string,
  version: string,
  stage: string,
): Promise<{ stored: StoredVersion | undefined; head: StoredPromotion | undefined }> {
  const name = versionName(version)
  const [ofVersion, ofStage] = [refOfVersion(checkedModelName(model), name), refOfStage(model, checkedStageName(stage))]
  const refs = await store.refs(ofVersion, ofStage)
  const commits = await store.commits([...new Set(refs.values())])
  const contents = await store.contents(
    commits.flatMap(({ files }) => files.get(versionFile) ?? files.get(promotionFile) ?? []),
  )
  const at = (ref: string) => commits.find(({ id }) => id === refs.get(ref))
  const [versionCommit, stageCommit] = [at(ofVersion), at(ofStage)]
  const readVersion = versionCommit && held(versionCommit, contents, versionFile, modelVersionSchema)
  const readStage = stageCommit && held(stageCommit, contents, promotionFile, promotionSchema)
  return {
    stored: refs.has(ofVersion) ? readableVersion(readVersion, model, name) : undefined,
    head: refs.has(ofStage) ? readablePromotion(readStage, model, stage) : undefined,
  }
}
