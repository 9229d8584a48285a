import { fetchRunEvidence } from '../../github/run-evidence.ts'
import type { OpenHeadHistory } from '../head-beside.ts'
import { openHistory, refsWord } from '../open-history.ts'
import type { CommandRequest } from './command.ts'

/** The history of the repository that is commented in, for rules that ask for it. */
export function headHistory({ client, where, openStore }: CommandRequest): OpenHeadHistory {
  return async () =>
    await openHistory({
      workingDirectory: process.cwd(),
      history: refsWord,
      access: {
        openStore,
        fetchArtifact: async (place, recordDigest) => await fetchRunEvidence(client, where, place, recordDigest),
      },
      repository: undefined,
      // The store that is given ends with the command.
      signal: new AbortController().signal,
    })
}
