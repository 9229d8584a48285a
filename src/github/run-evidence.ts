import { dirname } from 'node:path'
import type { EvidencePlace } from '../history/entry.ts'
import { type RunEvidence, readEvidence } from '../history/run-evidence.ts'
import type { Client } from './client.ts'
import { fetchEvidence } from './evidence.ts'
import { explainApiError } from './permission.ts'
import { listArtifactsOfRun, type RepositoryName } from './stored-artifact.ts'

/**
 * Fetches what a run of the history kept as an artifact of this repository, and holds it against the digest that the history has. A problem is a
 * reason and no error.
 */
export async function fetchRunEvidence(
  client: Client,
  where: RepositoryName,
  place: Extract<EvidencePlace, { kind: 'artifact' }>,
  recordDigest: string,
): Promise<RunEvidence> {
  const named = `its predictions lie in the artifact ${place.name} of run ${place.run}`
  if (place.repository !== `${where.owner}/${where.repo}`) return { reason: `${named} of ${place.repository}` }
  try {
    const listed = await listArtifactsOfRun(client, where, place.run, place.name)
    const artifact = listed.find(({ id }) => id === place.id) ?? listed.find(({ name }) => name === place.name)
    if (artifact === undefined) return { reason: `${named}, which is not there any more` }
    if (artifact.expired) return { reason: `${named}, which has expired` }
    const evidence = await fetchEvidence(client, where, artifact)
    return await readEvidence(dirname(evidence.fresh.file), recordDigest, evidence.remove)
  } catch (error) {
    return {
      reason: `${named}, and could not be fetched: ${explainApiError(error, 'actions: read').replace(/\.$/, '')}`,
    }
  }
}
