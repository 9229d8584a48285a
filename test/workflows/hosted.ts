import { inflateRawSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { projectFiles } from '../e2e/project.ts'
import pullRequestPayload from '../github/payloads/pull_request.json' with { type: 'json' }
import pushPayload from '../github/payloads/push.json' with { type: 'json' }
import type { Permission } from '../github/server/account.ts'
import { GithubServer } from '../github/server/github-server.ts'
import type { Artifact, Run } from '../github/server/models.ts'
import type { Repository } from '../github/server/repository.ts'
import type { RunEvent } from '../runner/event.ts'
import type { Value } from '../runner/expression.ts'
import type { RunOptions } from '../runner/options.ts'
import type { RunResult } from '../runner/result.ts'
import { runWorkflow } from '../runner/run-workflow.ts'
import { root } from './files.ts'

/** A repository on the loopback GitHub, whose workflows run in the emulator with the shipped bundles. */
export class Hosted {
  readonly server: GithubServer
  readonly repository: Repository
  /** The run of the last workflow. */
  lastRun: Run | undefined

  private constructor(server: GithubServer) {
    this.server = server
    this.repository = server.addRepository('octo/income')
  }

  /** Its main branch holds the small pipeline of the other tests. */
  static async start(files: Record<string, string | Buffer> = projectFiles): Promise<Hosted> {
    const server = await GithubServer.start()
    onTestFinished(() => server.close())
    const hosted = new Hosted(server)
    await hosted.repository.commit('main', files, 'Train a model')
    return hosted
  }

  /** Opens pull request 7 with these files; its event, as GitHub sends it. */
  async propose(files: Record<string, string>, from: 'branch' | 'fork' = 'branch'): Promise<RunEvent> {
    const { repository, server } = this
    const base = await this.tipOf(repository, 'main')
    let source = repository
    if (from === 'fork') {
      source = server.addRepository('mallory/income', { forkOf: repository.fullName })
      await source.git.copyFrom(repository.git.folder)
    }
    await source.git.changeRefs([{ name: 'refs/heads/change', after: base }])
    const head = await source.commit('change', files, 'Change the model')
    repository.addPull('change', { number: 7, from: source })
    await server.world.syncPulls(repository)
    const merge = await repository.git.readRef('refs/pull/7/merge')
    if (merge === undefined) throw new Error('the change does not merge')

    const payload = structuredClone(pullRequestPayload) as unknown as PullRequestPayload
    payload.pull_request.head = {
      ref: 'change',
      sha: head,
      repo: { id: source === repository ? payload.repository.id : 4711, full_name: source.fullName },
    }
    payload.pull_request.base.sha = base
    return { name: 'pull_request', payload: asValue(payload), sha: merge.sha, ref: 'refs/pull/7/merge' }
  }

  /** A push of these files to a branch; its event. */
  async push(branch: string, files: Record<string, string> = {}): Promise<RunEvent> {
    if (branch !== 'main') {
      const base = await this.tipOf(this.repository, 'main')
      await this.repository.git.changeRefs([{ name: `refs/heads/${branch}`, after: base }])
    }
    const sha = await this.repository.commit(branch, files, 'Change the model')
    const payload = { ...pushPayload, ref: `refs/heads/${branch}`, after: sha }
    return { name: 'push', payload: asValue(payload), sha, ref: `refs/heads/${branch}` }
  }

  /** Runs a workflow of the repository, with what GitHub gives to its jobs. */
  async run(text: string, event: RunEvent, options: Partial<RunOptions> = {}): Promise<RunResult> {
    const { server, repository } = this
    const run = repository.addRun({ event: event.name, ...headOf(event, repository) })
    this.lastRun = run
    const result = await runWorkflow({
      workflow: { path: '.github/workflows/copied.yml', text },
      event,
      repository: { name: repository.fullName, url: `${server.url}/${repository.fullName}.git` },
      repositories: { 'OWNER/modelgate': root },
      server: {
        serverUrl: `http://gh.localhost:${server.port}`,
        apiUrl: server.url,
        graphqlUrl: `${server.url}/graphql`,
      },
      run: { id: String(run.id), number: String(run.number), attempt: '1' },
      onToken: ({ value, permissions }) => {
        const granted = Object.entries(permissions).filter(([, access]) => access !== 'none')
        // Scopes that the fake does not know are harmless: it never asks for them.
        const lines = granted.map(([scope, access]) => `${scope}: ${access}` as Permission)
        server.addJobToken(value, repository, lines)
      },
      actionEnv: ({ job }) => {
        const { ACTIONS_RESULTS_URL = '', ACTIONS_RUNTIME_TOKEN = '' } = server.environment(repository, run, job)
        return { ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN }
      },
      ...options,
    })
    run.status = 'completed'
    run.conclusion = result.conclusion
    return result
  }

  /** More commits on the branch of pull request 7; the event of the push. */
  async pushAgain(files: Record<string, string>, event: RunEvent): Promise<RunEvent> {
    const payload = structuredClone(event.payload) as unknown as PullRequestPayload
    const source = this.server.world.repository(payload.pull_request.head.repo.full_name) ?? this.repository
    payload.pull_request.head.sha = await source.commit('change', files, 'Go on')
    await this.server.world.syncPulls(this.repository)
    const merge = await this.repository.git.readRef('refs/pull/7/merge')
    return { ...event, payload: asValue(payload), sha: merge?.sha ?? '' }
  }

  /** The event that tells of the end of the last run. */
  completed(): RunEvent {
    const run = this.lastRun
    const head = run === undefined ? undefined : this.server.world.repository(run.headRepository)
    if (run === undefined || head === undefined) throw new Error('nothing has run')
    const payload = {
      action: 'completed',
      repository: { id: this.repository.id, full_name: this.repository.fullName },
      workflow_run: {
        id: run.id,
        event: run.event,
        conclusion: run.conclusion,
        head_sha: run.headSha,
        head_branch: run.headBranch,
        head_repository: { id: head.id, full_name: head.fullName, owner: { login: head.owner } },
        pull_requests: [],
      },
    }
    return { name: 'workflow_run', payload: asValue(payload), sha: 'a'.repeat(40), ref: 'refs/heads/main' }
  }

  /** The files of an artifact, by their paths in it. */
  artifact(name: string): Map<string, Buffer> {
    const found = this.repository.artifacts.find((artifact) => artifact.name === name)
    if (found === undefined) throw new Error(`there is no artifact ${name}`)
    return unzip(found)
  }

  /** Requests that wanted to change something on GitHub, apart from uploads of artifacts. */
  get writes(): string[] {
    return this.server.calls.filter((call) => /^(?:POST|PATCH|PUT|DELETE) \/(?:repos|graphql)/.test(call))
  }

  private async tipOf(repository: Repository, branch: string): Promise<string> {
    const ref = await repository.git.readRef(`refs/heads/${branch}`)
    if (ref === undefined) throw new Error(`there is no branch ${branch}`)
    return ref.sha
  }
}

type PullRequestPayload = {
  repository: { id: number }
  pull_request: {
    head: { ref: string; sha: string; repo: { id: number; full_name: string } }
    base: { sha: string }
  }
}

/** What GitHub says of the head of a run: for a pull request that is not the commit that is checked out. */
function headOf(
  { name, payload, sha, ref }: RunEvent,
  own: Repository,
): Pick<Run, 'headSha' | 'headBranch' | 'headRepository'> {
  if (name !== 'pull_request') {
    return { headSha: sha, headBranch: ref.replace(/^refs\/heads\//, ''), headRepository: own.fullName }
  }
  const { head } = (payload as unknown as PullRequestPayload).pull_request
  const isOwn = own.forkOf === undefined && head.repo.id !== 4711
  return { headSha: head.sha, headBranch: head.ref, headRepository: isOwn ? own.fullName : head.repo.full_name }
}

function asValue(payload: object): Record<string, Value> {
  return structuredClone(payload) as Record<string, Value>
}

/** Reads a zip by its central directory. */
function unzip({ content: zip }: Artifact): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const signature = Buffer.from('PK\u0001\u0002', 'latin1')
  for (let at = zip.indexOf(signature); at !== -1; at = zip.indexOf(signature, at + 4)) {
    const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28))
    const packed = zip.readUInt16LE(at + 10) === 8
    const header = zip.readUInt32LE(at + 42)
    const from = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
    const bytes = zip.subarray(from, from + zip.readUInt32LE(at + 20))
    files.set(name, packed ? inflateRawSync(bytes) : bytes)
  }
  return files
}
