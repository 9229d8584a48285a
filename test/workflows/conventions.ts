import { parse } from 'yaml'
import { knownAction, ownRepository, thirdParty } from './known-actions.ts'

export type Step = { id?: string; uses?: string; run?: string; with?: Record<string, unknown> }
export type Job = {
  name?: string
  if?: string
  needs?: string | string[]
  permissions?: Record<string, string>
  'timeout-minutes'?: number
  steps: Step[]
}
export type Workflow = {
  name?: string
  on: string | Record<string, unknown>
  permissions?: Record<string, string>
  concurrency?: { group: string; 'cancel-in-progress'?: boolean | string }
  jobs: Record<string, Job>
}

export function parseWorkflow(text: string): Workflow {
  return parse(text) as Workflow
}

/** Repository and folder of an action; undefined for one in the same checkout. */
function actionOf(uses: string): { repository: string; folder: string; ref: string } | undefined {
  const match = /^([^/@]+\/[^/@]+)(?:\/([^@]+))?@(.+)$/.exec(uses)
  return match === null ? undefined : { repository: match[1] ?? '', folder: match[2] ?? '', ref: match[3] ?? '' }
}

/** Expressions in scripts, whose values would be read as code; they belong under `env`. */
export function expressionsInScripts(workflow: Workflow): string[] {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps)
  return steps.flatMap(({ run }) => (run?.includes('${{') === true ? [run] : []))
}

/** Inputs and outputs that a step takes from an action which has none of that name. */
export function unknownNames(workflow: Workflow, text: string): string[] {
  return Object.values(workflow.jobs).flatMap((job) =>
    job.steps.flatMap(({ id, uses = '', with: inputs = {} }) => {
      const name = uses.startsWith('./') ? { repository: ownRepository, folder: uses.slice(2) } : actionOf(uses)
      if (name === undefined) return []
      const action = knownAction(name.repository, name.folder)
      if (action === undefined) return [uses]
      const unknown = Object.keys(inputs).filter((key) => !Object.hasOwn(action.inputs, key))
      const taken = [...text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)].filter(([, step]) => step === id)
      return [...unknown, ...taken.flatMap(([, , key = '']) => (Object.hasOwn(action.outputs, key) ? [] : [key]))]
    }),
  )
}

/** References to actions, in comments as well, that are not pinned as they should be. */
export function wrongPins(text: string, ownVersion: string): string[] {
  const lines = text.split('\n').filter((line) => /^\s*(?:# *)?(?:- )?uses: [^.]/.test(line))
  return lines
    .map((line) => line.replace(/^.*?uses: /, ''))
    .filter((reference) => {
      const [, uses = '', version] = /^(\S+)(?: # (v\S+))?$/.exec(reference) ?? []
      const action = actionOf(uses)
      if (action === undefined) return true
      const { repository, folder, ref } = action
      // No release of this repository exists yet that could be named: see docs/workflows.md.
      if (repository === ownRepository) return ref !== '0'.repeat(40) || version !== ownVersion
      const known = thirdParty[folder === '' ? repository : `${repository}/${folder}`]
      return known === undefined || ref !== known.commit || version !== known.version
    })
}

/** What every workflow that is more than an excerpt says. */
export function missingParts(workflow: Workflow): string[] {
  const missing = [
    ...(workflow.name === undefined ? ['name'] : []),
    ...(JSON.stringify(workflow.permissions) === '{}' ? [] : ['permissions: {}']),
    ...(workflow.concurrency?.['cancel-in-progress'] === undefined ? ['concurrency'] : []),
  ]
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@') === true)
    if (job.name === undefined) missing.push(`${id}: name`)
    if (job.permissions === undefined) missing.push(`${id}: permissions`)
    if (job['timeout-minutes'] === undefined) missing.push(`${id}: timeout-minutes`)
    if (checkouts.some((step) => step.with?.['persist-credentials'] !== false)) {
      missing.push(`${id}: persist-credentials: false`)
    }
  }
  return missing
}
