import { ModelgateError } from '../base/error.ts'
import { readApiError } from '../github/api-error.ts'
import type { Client } from '../github/client.ts'
import { recordDeployment } from '../github/deployment.ts'
import { explainApiError, type Permission } from '../github/permission.ts'
import type { RepositoryName } from '../github/stored-artifact.ts'
import { githubTags } from '../github/tag-store.ts'
import type { StoredPromotion } from '../registry/promotion.ts'
import { changeSentence } from '../report/stage-change.ts'
import { mirror } from './mirror.ts'

export type Announcement = { tags: string[]; deploymentUrl: string; notes: string[] }

export type AnnouncementRequest = {
  client: Client
  where: RepositoryName
  stored: StoredPromotion
  previous: StoredPromotion | undefined
  environment: string
  /** Pages of the repository and of the run. */
  repositoryUrl: string
  logUrl: string
  tags: boolean
}

/**
 * Shows a change of a stage where people look: as a deployment, and as tags. Everything here happens once, however often it is asked for; what fails is a
 * sentence, for the record is in the registry already.
 */
export async function announcePromotion(request: AnnouncementRequest): Promise<Announcement> {
  const { client, where, stored, environment, repositoryUrl } = request
  const words = (needs: Permission) => (error: unknown) => explained(error, needs)
  const { tags, notes } = request.tags
    ? await mirror(async () => githubTags(client, where), { promotion: stored }, words('contents: write'))
    : { tags: [], notes: [] }
  const { record } = stored
  const { commit } = record.run
  if (commit === undefined)
    return {
      tags,
      deploymentUrl: '',
      notes: [...notes, 'No deployment was made: the run was made outside version control.'],
    }
  try {
    const { outcome } = { outcome: record.action === 'rollback' ? ('rolled-back' as const) : ('promoted' as const) }
    await recordDeployment(client, where, {
      environment,
      isProduction: record.stage === 'production',
      commit,
      record: stored.id,
      description: changeSentence({ outcome, stored, previous: request.previous }),
      payload: record,
      environmentUrl: pageOf(record.locations) ?? `${repositoryUrl}/commit/${commit}`,
      logUrl: request.logUrl,
    })
    const filter = encodeURIComponent(environment)
    return { tags, deploymentUrl: `${repositoryUrl}/deployments/activity_log?environments_filter=${filter}`, notes }
  } catch (error) {
    const note = `No deployment was made; the registry has the record all the same. ${explained(error, 'deployments: write')}`
    return { tags, deploymentUrl: '', notes: [...notes, note] }
  }
}

/** The first place that a browser can show. */
function pageOf(locations: readonly string[]): string | undefined {
  return locations.find((location) => location.startsWith('https://') && URL.canParse(location))
}

function explained(error: unknown, needs: Permission): string {
  if (!(error instanceof ModelgateError) && readApiError(error) === undefined) throw error
  return explainApiError(error, needs, false)
}
