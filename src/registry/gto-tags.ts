import parse from 'semver/functions/parse.js'

/**
 * Names of tags as GTO (Git Tag Ops, the model registry of DVC) reads them: `churn@v1.4.0` registers a version at a commit, `churn@v1.4.0!` takes it back,
 * `churn#production#3` puts the version of its commit into a stage, and `churn#production!#4` takes it out. The number counts over all tags of a model.
 * Grammar: gto/constants.py of iterative/gto.
 */

/** GTO knows fewer names than we do: no dots and no underscores. */
const gtoName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/** True when GTO can read tags of this model. */
export function hasGtoName(model: string): boolean {
  return gtoName.test(model)
}

/** Undefined for a version that GTO does not know: the second one of a day. */
export function registerTag(model: string, version: string): string | undefined {
  return parse(version) === null ? undefined : `${model}@v${version}`
}

/** Undefined for a version that GTO does not know. */
export function deregisterTag(model: string, version: string, number: number): string | undefined {
  const tag = registerTag(model, version)
  return tag === undefined ? undefined : `${tag}!#${number}`
}

export function assignTag(model: string, stage: string, number: number): string {
  return `${model}#${stage}#${number}`
}

export function unassignTag(model: string, stage: string, number: number): string {
  return `${model}#${stage}!#${number}`
}

/** The number after all that tags of the model have. */
export function nextNumber(tags: Iterable<string>): number {
  const numbers = [...tags].map((tag) => Number(/#(\d{1,9})$/.exec(tag)?.[1] ?? 0))
  return Math.max(0, ...numbers) + 1
}

/** The newest tag by which something was put into the stage, or taken out of it. */
export function newestOfStage(tags: Iterable<string>, model: string, stage: string): string | undefined {
  const found = [...tags].flatMap((tag) => {
    const rest = tag.startsWith(`${model}#${stage}`) ? tag.slice(`${model}#${stage}`.length) : ''
    const number = /^!?#(\d{1,9})$/.exec(rest)?.[1]
    return number === undefined ? [] : [{ tag, number: Number(number) }]
  })
  return found.sort((one, other) => one.number - other.number).at(-1)?.tag
}
