import { found, noContent, ok, Refusal } from '../answer.ts'
import { fileNameOf } from '../artifact-service.ts'
import type { BlobStore } from '../blob-store.ts'
import { type Call, type Routes, route } from '../call.ts'
import type { Artifact } from '../models.ts'
import { pagedIn } from '../paging.ts'
import { time } from '../views/issue-view.ts'
import { nodeId } from '../views/user-view.ts'
import { runOf } from './runs.ts'

function artifactOf({ repository }: Call, id: number): Artifact {
  return found(repository.artifacts.find((artifact) => artifact.id === id))
}

function view(call: Call, artifact: Artifact): Record<string, unknown> {
  const { repository, world } = call
  const run = runOf(call, artifact.runId)
  const url = `${repository.apiUrl}/actions/artifacts/${artifact.id}`
  return {
    id: artifact.id,
    node_id: nodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.content.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expiresAt <= world.now(),
    digest: artifact.digest,
    created_at: time(artifact.createdAt),
    updated_at: time(artifact.createdAt),
    expires_at: time(artifact.expiresAt),
    workflow_run: {
      id: run.id,
      repository_id: repository.id,
      head_repository_id: found(world.repository(run.headRepository)).id,
      head_branch: run.headBranch,
      head_sha: run.headSha,
    },
  }
}

function list(call: Call, artifacts: readonly Artifact[], name: string | undefined, isAscending = false) {
  const fitting = artifacts.filter((artifact) => name === undefined || artifact.name === name)
  const sorted = isAscending ? fitting : fitting.toReversed()
  return pagedIn(
    call,
    'artifacts',
    sorted.map((artifact) => view(call, artifact)),
  )
}

/** The artifacts that the artifact service stored. */
export function artifactRoutes(blobs: BlobStore): Routes {
  return {
    'actions/list-workflow-run-artifacts': route<'actions', 'listWorkflowRunArtifacts'>(
      ['actions: read'],
      (call, { run_id, name, direction }) => {
        const run = runOf(call, run_id)
        const ofRun = call.repository.artifacts.filter((artifact) => artifact.runId === run.id)
        return list(call, ofRun, name, direction === 'asc')
      },
    ),
    'actions/list-artifacts-for-repo': route<'actions', 'listArtifactsForRepo'>(['actions: read'], (call, { name }) =>
      list(call, call.repository.artifacts, name),
    ),
    'actions/get-artifact': route<'actions', 'getArtifact'>(['actions: read'], (call, { artifact_id }) =>
      ok(view(call, artifactOf(call, artifact_id))),
    ),
    'actions/delete-artifact': route<'actions', 'deleteArtifact'>(['actions: write'], (call, { artifact_id }) => {
      const { artifacts } = call.repository
      artifacts.splice(artifacts.indexOf(artifactOf(call, artifact_id)), 1)
      return noContent
    }),
    // Listing is public where the repository is; the bytes take a token with the permission.
    'actions/download-artifact': route<'actions', 'downloadArtifact'>(
      ['actions: read'],
      (call, { artifact_id, archive_format }) => {
        const artifact = artifactOf(call, artifact_id)
        if (archive_format !== 'zip') throw new Refusal(422, `${archive_format} is not an archive format`)
        if (artifact.expiresAt <= call.world.now()) throw new Refusal(410, 'Artifact has expired')
        const location = blobs.offer(artifact.content, artifact.mimeType, fileNameOf(artifact))
        return { status: 302, headers: { location } }
      },
      true,
    ),
  }
}
