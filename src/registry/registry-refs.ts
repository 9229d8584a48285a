import { ModelgateError } from '../base/error.ts'
import { modelName } from '../config/model.ts'

/** Where versions and stages of models are kept. Every name that goes into a ref goes through here. */

export const modelsPrefix = 'refs/modelgate/models/'
export const stagesPrefix = 'refs/modelgate/stage/'

/** The files that commits of versions and of stages hold. */
export const versionFile = 'version.json'
export const promotionFile = 'promotion.json'

export const stagePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Throws `registry/model-name` for what is no name of a model. */
export function checkedModelName(text: string): string {
  const parsed = modelName.safeParse(text)
  if (parsed.success) return parsed.data
  throw new ModelgateError({
    code: 'registry/model-name',
    message: `${JSON.stringify(text.slice(0, 100))} is no name of a model: it ${parsed.error.issues[0]?.message}.`,
    help: 'Give the name that `model.name` of modelgate.yaml has.',
  })
}

export function isStageName(text: string): boolean {
  return stagePattern.test(text)
}

/** Throws `registry/stage-name` for what is no name of a stage. */
export function checkedStageName(text: string): string {
  if (stagePattern.test(text)) return text
  throw new ModelgateError({
    code: 'registry/stage-name',
    message: `${JSON.stringify(text.slice(0, 100))} is no name of a stage: it must be of lower-case letters, digits and \`-\`, and begin and end with a letter or digit.`,
    help: 'Stages are places where a model is used, such as `staging` and `production`.',
  })
}

export function refOfVersion(model: string, version: string): string {
  return `${modelsPrefix}${model}/${version}`
}

export function refOfStage(model: string, stage: string): string {
  return `${stagesPrefix}${model}/${stage}`
}
