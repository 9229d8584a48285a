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

/** The model that a ref of a version or a stage belongs to; undefined for one that lies where a model does, and keeps it from having any. */
export function modelOfRef(ref: string): string | undefined {
  const [, , , model, below] = ref.split('/')
  return below === undefined ? undefined : model
}

/** How to mend a ref that holds no record of ours: what a commit says tells who made it, and what is no commit can only go. */
export function mendingHelp(ref: string, isCommit: boolean): string {
  return isCommit
    ? `Somebody wrote to ${ref} by hand, or a newer modelgate did. Its commits tell who.`
    : `Somebody wrote to ${ref} by hand. Set it back to the commit that it had, or delete it with \`git push <remote> --delete ${ref}\`.`
}
