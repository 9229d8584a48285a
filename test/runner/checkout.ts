import { mkdir, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { runChild, runnerGraceMs } from './child.ts'
import { member } from './event.ts'
import { StepFailure, Unsupported } from './failure.ts'
import type { JobState } from './job-state.ts'
import type { StepOutput } from './step-output.ts'

const knownInputs = ['repository', 'ref', 'token', 'path', 'fetch-depth', 'fetch-tags', 'persist-credentials', 'clean']

export type CheckoutCall = {
  job: JobState
  inputs: Record<string, string>
  env: Record<string, string>
  output: StepOutput
  signal: AbortSignal
}

/** `actions/checkout` with real git. Its outputs, and what its post step takes back. */
export type Checkout = { outputs: Record<string, string>; removeCredentials: (() => Promise<void>) | undefined }

export async function checkout(call: CheckoutCall): Promise<Checkout> {
  const { job, inputs } = call
  for (const name of Object.keys(inputs)) {
    if (!knownInputs.includes(name)) throw new Unsupported(`the input ${name} of actions/checkout`)
  }
  const { repository, event } = job.options
  if ((inputs.repository ?? repository.name) !== repository.name) {
    throw new Unsupported(`actions/checkout of another repository: ${inputs.repository}`)
  }
  if (repository.url === undefined) throw new Unsupported('actions/checkout without the option `repository.url`')
  refuseForkCode(job, inputs.ref ?? '')

  const url = repository.url.includes('://') ? repository.url : `file://${resolve(repository.url)}`
  const folder = resolve(job.machine.workspace, inputs.path ?? '.')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const token = inputs.token ?? job.token.value
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  job.masks.add(basic)
  const [key, header] = [`http.${new URL(url).origin}/.extraheader`, `AUTHORIZATION: basic ${basic}`]
  const git = (...args: string[]): Promise<string> => runGit(call, folder, args)

  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', url)
  const secret = url.startsWith('http') ? ['-c', `${key}=${header}`] : []
  const depth = Number(inputs['fetch-depth'] ?? 1)
  const tags = depth === 0 || inputs['fetch-tags'] === 'true' ? '--tags' : '--no-tags'
  const fetch = [...secret, 'fetch', '--quiet', tags, '--no-recurse-submodules']
  // All branches first: the one of the event may have moved on since, so that its commit is fetched by itself.
  if (depth === 0) await git(...fetch, 'origin', '+refs/heads/*:refs/remotes/origin/*')
  const target = targetOf(inputs.ref ?? '', event.ref, event.sha)
  await git(...fetch, ...(depth > 0 ? [`--depth=${depth}`] : []), 'origin', target.refspec)
  await git('checkout', '--quiet', '--force', ...target.checkout)

  const persisted = (inputs['persist-credentials'] ?? 'true') === 'true' && url.startsWith('http')
  if (persisted) await git('config', '--local', key, header)
  const commit = await git('rev-parse', 'HEAD')
  const removeCredentials = async (): Promise<void> => {
    await git('config', '--local', '--unset-all', key)
  }
  return {
    outputs: { ref: inputs.ref ?? event.ref, commit },
    removeCredentials: persisted ? removeCredentials : undefined,
  }
}

/** What to fetch, and what to check out of it: a branch by name, everything else detached. */
function targetOf(ref: string, eventRef: string, eventSha: string): { refspec: string; checkout: string[] } {
  if (/^[0-9a-f]{40}$/.test(ref)) return { refspec: ref, checkout: ['--detach', ref] }
  const name = ref === '' ? eventRef : ref.startsWith('refs/') ? ref : `refs/heads/${ref}`
  const source = ref === '' ? eventSha : name
  const branch = /^refs\/heads\/(.+)$/.exec(name)?.[1]
  if (branch !== undefined) {
    const remote = `refs/remotes/origin/${branch}`
    return { refspec: `+${source}:${remote}`, checkout: ['-B', branch, remote] }
  }
  const remote = name.replace(/^refs\/(?:pull|tags)\//, (prefix) =>
    prefix === 'refs/pull/' ? 'refs/remotes/pull/' : 'refs/tags/',
  )
  return { refspec: `+${source}:${remote}`, checkout: ['--detach', remote] }
}

/** checkout v7 does not fetch the code of a fork for a workflow with a privileged token. */
function refuseForkCode({ options }: JobState, ref: string): void {
  const { event, repository } = options
  const subject = { pull_request_target: 'pull_request', workflow_run: 'workflow_run' }[event.name]
  if (subject === undefined) return
  const about = event.payload[subject]
  const owner =
    subject === 'pull_request'
      ? member(about, 'head', 'repo', 'full_name')
      : member(about, 'head_repository', 'full_name')
  if (owner === repository.name) return
  const heads = [member(about, 'head', 'sha'), member(about, 'head_sha')]
  if (ref.startsWith('refs/pull/') || (ref !== '' && heads.includes(ref))) {
    throw new StepFailure(`Refusing to check out fork pull request code (${ref}) under ${event.name}`)
  }
}

async function runGit({ job, env, output, signal }: CheckoutCall, folder: string, args: string[]): Promise<string> {
  const lines: string[] = []
  const isolated = { ...env, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', HOME: job.machine.home }
  const graceMs = job.options.graceMs ?? runnerGraceMs
  const onLine = (line: string): void => {
    lines.push(line)
    output.write(line)
  }
  const code = await runChild({ file: 'git', args, folder, env: isolated, signal, graceMs, onLine }, job.groups)
  if (code !== 0) throw new StepFailure(`The process '/usr/bin/git' failed with exit code ${code}: ${lines.join(' ')}`)
  return lines.join('\n')
}
