import type { GithubContext } from '../github/context.ts'
import type { Patience } from '../github/patience.ts'
import type { HistoryAccess } from '../pipeline/open-history.ts'
import type { StateStore } from '../refs/state-store.ts'

/**
 * The refs of the job's own repository, whatever the remotes of the checkout say by now: commands of a change may have rewritten them. Over GitHub's API
 * on a runner without git.
 */
export async function openOwnStore(
  { serverUrl, apiUrl, owner, repo }: GithubContext,
  token: string,
  patience: Patience,
  signal: AbortSignal,
): Promise<StateStore> {
  const [{ openStateStore }, { hasGit }] = await Promise.all([
    import('../refs/open-state-store.ts'),
    import('../refs/git-process.ts'),
  ])
  if (token !== '' && !(await hasGit(signal))) {
    const [{ createClient }, { ApiStore }] = await Promise.all([
      import('../github/client.ts'),
      import('../github/api-store.ts'),
    ])
    return new ApiStore({ client: await createClient({ token, apiUrl, patience }), where: { owner, repo }, signal })
  }
  return await openStateStore({
    workingDirectory: process.cwd(),
    remote: `${serverUrl}/${owner}/${repo}`,
    signal,
    ...(token === '' ? {} : { token }),
  })
}

/** How the steps of a job reach the history in refs, and what its runs kept as artifacts. Undefined outside of GitHub Actions. */
export function historyAccess(
  context: GithubContext | undefined,
  token: string,
  patience: Patience,
  signal: AbortSignal,
): HistoryAccess | undefined {
  if (context === undefined) return undefined
  const { apiUrl, owner, repo } = context
  return {
    openStore: async () => await openOwnStore(context, token, patience, signal),
    fetchArtifact: async (place, recordDigest) => {
      if (token === '')
        return { reason: `its predictions lie in an artifact of run ${place.run}, and there is no token to fetch it` }
      const [{ createClient }, { fetchRunEvidence }] = await Promise.all([
        import('../github/client.ts'),
        import('../github/run-evidence.ts'),
      ])
      return await fetchRunEvidence(
        await createClient({ token, apiUrl, patience }),
        { owner, repo },
        place,
        recordDigest,
      )
    },
  }
}
