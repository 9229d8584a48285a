import { chooseBaseline } from '../history/choose-baseline.ts'
import type { PastRuns } from '../history/past-runs.ts'
import type { FindStored } from './stored-baseline.ts'

/** Looks for the run of the base among records of earlier runs: of the base itself, or of the newest commit before it that has one. */
export function historyFinder(source: PastRuns, pipeline: string): FindStored {
  return async (ancestors) => {
    const runs = await source.list(pipeline)
    const choice = chooseBaseline({ kind: 'base-branch' }, { name: source.name, runs }, { ancestors, own: '' })
    const [found] = choice.runs ?? []
    if (found?.commit === undefined) return { evidence: undefined, reason: choice.explanation }
    const { note, ...fresh } = await source.read(found.id)
    // The base can still be run here, which gives its predictions.
    if (note !== undefined) return { evidence: undefined, reason: `${choice.explanation}, but ${note}` }
    const evidence = { fresh, base: undefined, remove: async () => undefined }
    return { evidence, commit: found.commit, runId: found.id, event: source.name }
  }
}
