import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { truncate } from '../base/escape.ts'
import { readTextFile } from '../base/files.ts'
import { readDefaultBranch, readSubject, readsPayload, type Subject } from './subject.ts'

/** Where and why this job runs. */
export type GithubContext = {
  eventName: string
  owner: string
  repo: string
  /** The commit of the run; for a pull request that is the merge commit, not its head. */
  sha: string
  ref: string
  runId: number
  runAttempt: number
  workflow: string
  job: string
  workspace: string
  apiUrl: string
  serverUrl: string
  /** The page of this run and attempt. */
  runUrl: string
  actor: string
} & Subject

const sha = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)
// Git's own rules, in short, and no leading hyphen: git would read such a name as an option.
const gitRef = z.string().regex(/^(?!-)[^\p{Cc}\u0020~^:?*[\\]{1,255}$/u)
const count = z.coerce.number().int().positive()
const url = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .transform((text) => text.replace(/\/+$/, ''))
const label = z
  .string()
  .min(1)
  .transform((text) => truncate(text, 256))

const environmentSchema = z.object({
  GITHUB_EVENT_NAME: z.string().regex(/^[a-z_]{1,100}$/),
  GITHUB_REPOSITORY: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/),
  GITHUB_SHA: sha,
  // Empty for the few events that concern no branch or tag.
  GITHUB_REF: z.union([gitRef, z.literal('')]).default(''),
  GITHUB_RUN_ID: count,
  GITHUB_RUN_ATTEMPT: count.default(1),
  GITHUB_WORKFLOW: label,
  GITHUB_JOB: label,
  GITHUB_WORKSPACE: z.string().min(1),
  GITHUB_API_URL: url.default('https://api.github.com'),
  GITHUB_SERVER_URL: url.default('https://github.com'),
  GITHUB_ACTOR: label,
})

/**
 * Reads the environment of a job, and the event file for events that are about more than the commit of the run.
 * Throws `github/pull-request-target`, `github/not-in-actions`, `github/event-file` or one of the codes of `readTextFile`.
 */
export async function readContext(env: NodeJS.ProcessEnv): Promise<GithubContext> {
  if (env.GITHUB_EVENT_NAME === 'pull_request_target') throw pullRequestTargetError()
  const parsed = environmentSchema.safeParse(env)
  if (!parsed.success) throw environmentError(parsed.error)
  const values = parsed.data
  const [owner = '', repo = ''] = values.GITHUB_REPOSITORY.split('/')
  const attempt = values.GITHUB_RUN_ATTEMPT === 1 ? '' : `/attempts/${values.GITHUB_RUN_ATTEMPT}`
  const context = {
    eventName: values.GITHUB_EVENT_NAME,
    owner,
    repo,
    sha: values.GITHUB_SHA,
    ref: values.GITHUB_REF,
    runId: values.GITHUB_RUN_ID,
    runAttempt: values.GITHUB_RUN_ATTEMPT,
    workflow: values.GITHUB_WORKFLOW,
    job: values.GITHUB_JOB,
    workspace: values.GITHUB_WORKSPACE,
    apiUrl: values.GITHUB_API_URL,
    serverUrl: values.GITHUB_SERVER_URL,
    runUrl: `${values.GITHUB_SERVER_URL}/${owner}/${repo}/actions/runs/${values.GITHUB_RUN_ID}${attempt}`,
    actor: values.GITHUB_ACTOR,
  }
  return { ...context, ...(await readSubjectOf(context.eventName, env.GITHUB_EVENT_PATH ?? '', context.sha)) }
}

async function readSubjectOf(eventName: string, path: string, runSha: string): Promise<Subject> {
  if (!readsPayload(eventName)) return { headSha: runSha, ...(await defaultBranchIn(path)) }
  if (path === '')
    throw eventFileError(`GITHUB_EVENT_PATH is not set, so the ${eventName.replaceAll('_', ' ')} is unknown`)
  const text = await readTextFile(path, { what: 'The event file (GITHUB_EVENT_PATH)', help: eventFileHelp })
  const payload = parseJson(text, path)
  try {
    return readSubject(eventName, payload, runSha)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw eventFileError(
      `The event file does not describe a ${eventName.replaceAll('_', ' ')}: see ${fieldsOf(error)}`,
      path,
    )
  }
}

/** What the payloads of all events of a repository have. Nothing else of them is read, so that none is wrong. */
async function defaultBranchIn(path: string): Promise<Pick<Subject, 'defaultBranch'>> {
  try {
    return readDefaultBranch(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return {}
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw eventFileError('The event file is not valid JSON', path, cause)
  }
}

const eventFileHelp =
  'GitHub writes this file for each job: run modelgate in a step of a workflow, and keep GITHUB_EVENT_PATH as it is.'

function eventFileError(problem: string, path?: string, cause?: unknown): ModelgateError {
  return new ModelgateError({
    code: 'github/event-file',
    message: `${problem}.`,
    help: eventFileHelp,
    ...(path === undefined ? {} : { place: { file: path } }),
    ...(cause === undefined ? {} : { cause }),
  })
}

function environmentError(error: z.ZodError): ModelgateError {
  return new ModelgateError({
    code: 'github/not-in-actions',
    message: `The environment is not that of a GitHub Actions job: missing or malformed are ${fieldsOf(error)}.`,
    help: 'Run this in a step of a workflow; on your own machine use the commands that need no GitHub, such as `modelgate gate`.',
  })
}

function pullRequestTargetError(): ModelgateError {
  return new ModelgateError({
    code: 'github/pull-request-target',
    message:
      'modelgate does not run on `pull_request_target`: that event gives secrets and a token that may write to a job, and training runs the code of the pull request in it.',
    help: 'Use `on: pull_request`; for pull requests from forks the result is then in the job summary.',
  })
}

/** Names only, never values: what is wrong here may be hostile. */
function fieldsOf(error: z.ZodError): string {
  return [...new Set(error.issues.map((issue) => (issue.path.length === 0 ? 'its top level' : issue.path.join('.'))))]
    .slice(0, 12)
    .join(', ')
}
