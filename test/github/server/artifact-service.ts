import { createHash } from 'node:crypto'
import { type Answer, ok } from './answer.ts'
import type { BlobStore } from './blob-store.ts'
import type { Artifact, Run } from './models.ts'
import { Problem } from './problem.ts'
import type { Repository } from './repository.ts'
import type { World } from './world.ts'

export type CreateRequest = {
  workflow_run_backend_id: string
  workflow_job_run_backend_id: string
  name: string
  expires_at?: string
  version: number
  mime_type?: string
}
type FinalizeRequest = { name: string; size: string; hash?: string }
type Pending = { request: CreateRequest; blob: { content: Buffer } }
type JobToken = { repository: Repository; run: Run; job: string }

const day = 86_400_000
const usualRetention = 90 * day
const prefix = '/twirp/github.actions.results.api.v1.ArtifactService/'

/** The service behind upload-artifact: what it stores shows up in the REST API of the run that the token is for. */
export class ArtifactService {
  /** Answer of the next CreateArtifact, instead of the good one. */
  refusal: { status: number; msg: string } | undefined
  readonly calls: string[] = []
  readonly created: CreateRequest[] = []
  private readonly tokens = new Map<string, JobToken>()
  private readonly pending = new Map<string, Pending>()
  private readonly world: World
  private readonly blobs: BlobStore

  constructor(world: World, blobs: BlobStore) {
    this.world = world
    this.blobs = blobs
  }

  /** The token of a job for this service. Unsigned, but the service takes only those that it gave out. */
  issueToken(repository: Repository, run: Run, job: string): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const seconds = Math.floor(this.world.now() / 1000)
    const scp = `Actions.ExampleScope Actions.Results:${backendId(run)}:${job}`
    const claims = { scp, iat: seconds, exp: seconds + 21_600 }
    const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`
    this.tokens.set(token, { repository, run, job })
    return token
  }

  static takes(method: string, path: string): boolean {
    return method === 'POST' && path.startsWith('/twirp/')
  }

  handle(path: string, body: Buffer, headers: Record<string, unknown>): Answer {
    if (!path.startsWith(prefix)) throw new Problem(`unknown service ${path}`)
    const method = path.slice(prefix.length)
    this.calls.push(method)
    const job = this.tokens.get(String(headers.authorization).replace(/^Bearer /i, ''))
    if (job === undefined) return refuse(401, 'unauthenticated', 'the token is not one of this service')
    const message: unknown = JSON.parse(body.toString('utf8'))
    const ids = message as { workflow_run_backend_id: string; workflow_job_run_backend_id: string }
    if (ids.workflow_run_backend_id !== backendId(job.run) || ids.workflow_job_run_backend_id !== job.job) {
      return refuse(403, 'permission_denied', 'the token is for another run or job')
    }
    switch (method) {
      case 'CreateArtifact':
        return this.create(job, message as CreateRequest)
      case 'FinalizeArtifact':
        return this.finalize(job, message as FinalizeRequest)
      case 'ListArtifacts':
        return this.list(job, message as { name_filter?: string; id_filter?: string })
      case 'GetSignedArtifactURL':
        return this.sign(job, message as { name: string })
      case 'DeleteArtifact':
        return this.remove(job, message as { name: string })
    }
    throw new Problem(`unknown method ${method} of the artifact service`)
  }

  private create({ repository, run }: JobToken, request: CreateRequest): Answer {
    if (this.refusal !== undefined) return refuse(this.refusal.status, 'internal', this.refusal.msg)
    const key = `${run.id}/${request.name}`
    if (this.pending.has(key) || find(repository, run, request.name) !== undefined) {
      return refuse(409, 'already_exists', 'an artifact with this name already exists on the workflow run')
    }
    const { url, blob } = this.blobs.expect(request.name)
    this.pending.set(key, { request, blob })
    this.created.push(request)
    return ok({ ok: true, signed_upload_url: url })
  }

  /** Holds the client to its word: size and hash of what it announced must be those of what arrived. */
  private finalize({ repository, run, job }: JobToken, { name, size, hash }: FinalizeRequest): Answer {
    const key = `${run.id}/${name}`
    const pending = this.pending.get(key)
    if (pending === undefined) return refuse(404, 'not_found', `artifact ${name} was not created`)
    const { content } = pending.blob
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    if (Number(size) !== content.length) throw new Problem(`size ${size} is not ${content.length}`)
    if (hash !== undefined && hash !== digest) throw new Problem(`hash ${hash} is not ${digest}`)
    this.pending.delete(key)
    const now = this.world.now()
    const { expires_at, mime_type = 'application/zip' } = pending.request
    const expiresAt = expires_at === undefined ? now + usualRetention : Date.parse(expires_at)
    const id = this.world.nextId('artifact')
    const artifact = { id, runId: run.id, job, name, mimeType: mime_type, content, digest, createdAt: now, expiresAt }
    repository.artifacts.push(artifact)
    return ok({ ok: true, artifact_id: String(id) })
  }

  private list({ repository, run }: JobToken, filters: { name_filter?: string; id_filter?: string }): Answer {
    const artifacts = repository.artifacts
      .filter(({ runId }) => runId === run.id)
      .filter(({ name }) => filters.name_filter === undefined || name === filters.name_filter)
      .filter(({ id }) => filters.id_filter === undefined || String(id) === filters.id_filter)
      .map((artifact) => ({
        workflow_run_backend_id: backendId(run),
        workflow_job_run_backend_id: artifact.job,
        database_id: String(artifact.id),
        name: artifact.name,
        size: String(artifact.content.length),
        created_at: new Date(artifact.createdAt).toISOString(),
        digest: artifact.digest,
      }))
    return ok({ artifacts })
  }

  private sign({ repository, run }: JobToken, { name }: { name: string }): Answer {
    const artifact = find(repository, run, name)
    if (artifact === undefined || artifact.expiresAt <= this.world.now()) {
      return refuse(404, 'not_found', `artifact ${name} not found`)
    }
    return ok({ signed_url: this.blobs.offer(artifact.content, artifact.mimeType, fileNameOf(artifact)) })
  }

  private remove({ repository, run }: JobToken, { name }: { name: string }): Answer {
    const artifact = find(repository, run, name)
    if (artifact === undefined) return refuse(404, 'not_found', `artifact ${name} not found`)
    repository.artifacts.splice(repository.artifacts.indexOf(artifact), 1)
    return ok({ ok: true, artifact_id: String(artifact.id) })
  }
}

function backendId(run: Run): string {
  return `run-${run.id}`
}

function find(repository: Repository, run: Run, name: string): Artifact | undefined {
  return repository.artifacts.find((artifact) => artifact.runId === run.id && artifact.name === name)
}

/** Name of the file that a download makes; an artifact that was not zipped keeps its own. */
export function fileNameOf({ name, mimeType }: Artifact): string {
  return mimeType === 'application/zip' ? `${name}.zip` : name
}

function refuse(status: number, code: string, msg: string): Answer {
  return { status, data: { code, msg } }
}
