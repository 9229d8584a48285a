import type { StoredBaseline } from '../github/baseline-store.ts'
import type { GithubContext } from '../github/context.ts'
import { isMissingPermission } from '../github/permission.ts'
import type { FindStored } from '../pipeline/stored-baseline.ts'
import { asChoice } from './inputs.ts'
import type { Dealings } from './publish-report.ts'

export type BaselineInputs = { mode: string; artifact: string; token: string }

/**
 * Where a stored run of the base is looked for: among those of the branch that the event names as the base. Undefined when there is no such
 * branch, for the mode `run`, and when the input `base` names another commit. Throws `action/invalid-input`.
 */
export function storedBaselineFinder(
  context: GithubContext | undefined,
  { mode, artifact, token }: BaselineInputs,
  base: string,
  { patience, refusals }: Dealings,
): FindStored | undefined {
  if (asChoice('baseline', mode, ['auto', 'run']) === 'run' || base !== '') return undefined
  const branch = context?.base?.ref
  if (context === undefined || branch === undefined || token === '' || artifact === 'none') return undefined
  return async (history): Promise<StoredBaseline> => {
    const [{ createClient }, { findStoredBaseline }] = await Promise.all([
      import('../github/client.ts'),
      import('../github/baseline-store.ts'),
    ])
    const client = await createClient({ token, apiUrl: context.apiUrl, patience })
    const { owner, repo } = context
    const found = await findStoredBaseline(client, { owner, repo, artifact, branch, history })
    if (found.evidence === undefined && isMissingPermission(found.error)) {
      const what = 'No stored run of the base could be looked for, so the base was run here.'
      refusals.add({ what, error: found.error, needs: 'actions: read' })
    }
    return found
  }
}
