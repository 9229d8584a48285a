import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, digestPattern } from '../base/digest.ts'
import { isSystemError, ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { resolveInside } from '../base/files.ts'

export type UploadRequest = {
  /** Unique in the run: a job of a matrix puts its values into the name. */
  name: string
  folder: string
  /** Paths relative to the folder. */
  files: readonly string[]
  /** Days until GitHub deletes the artifact; the repository's setting without it, and as its upper limit. */
  retentionDays?: number
}

export type UploadedArtifact = {
  id: number
  /** Of the zip that GitHub keeps. Zips are not reproducible: it does not identify the content. */
  digest: Digest
  /** Size of the zip. */
  bytes: number
}

/**
 * Uploads files of a folder as one artifact of this run; their paths in it are relative to the folder. Loads GitHub's
 * artifact client, which writes its progress to standard output.
 * Throws `github/artifact-name`, `github/artifact-files`, `github/artifact-exists`, `github/artifact-unsupported` or
 * `github/artifact-upload`.
 */
export async function uploadFolder(request: UploadRequest): Promise<UploadedArtifact> {
  checkName(request.name)
  // Asked here, for the client's own refusal comes with a warning that blames an outage.
  if (isEnterpriseServer(process.env)) throw notOnEnterpriseServer()
  const files = await checkFiles(request.folder, request.files)
  const { DefaultArtifactClient } = await import('@actions/artifact')
  const options = request.retentionDays === undefined ? {} : { retentionDays: request.retentionDays }
  try {
    const answer = await new DefaultArtifactClient().uploadArtifact(request.name, files, request.folder, options)
    return readAnswer(answer)
  } catch (error) {
    throw uploadError(error, request.name)
  }
}

/** By the rule of the artifact client itself. */
function isEnterpriseServer(env: NodeJS.ProcessEnv): boolean {
  const url = env.GITHUB_SERVER_URL ?? ''
  const host = (URL.canParse(url) ? new URL(url).hostname : 'github.com').toLowerCase()
  return host !== 'github.com' && !host.endsWith('.ghe.com') && !host.endsWith('.localhost')
}

function notOnEnterpriseServer(cause?: unknown): ModelgateError {
  return new ModelgateError({
    code: 'github/artifact-unsupported',
    message: "GitHub's artifact client does not work with this GitHub Enterprise Server.",
    help: 'Set `artifact: none`, and keep the files of the run in another way.',
    ...(cause === undefined ? {} : { cause }),
  })
}

function readAnswer(answer: { id?: number; digest?: string; size?: number }): UploadedArtifact {
  const digest = `sha256:${answer.digest ?? ''}` as Digest
  if (answer.id === undefined || !digestPattern.test(digest)) {
    throw new Error('the service did not return an id and a digest')
  }
  return { id: answer.id, digest, bytes: answer.size ?? 0 }
}

/** The characters that the service refuses, whatever the system: somebody may download the artifact on Windows. */
const refusedInPath = /["<>|:*?\r\n]/
const refusedInName = /["<>|:*?\r\n\\/]/

function checkName(name: string): void {
  if (name !== '' && !refusedInName.test(name)) return
  throw new ModelgateError({
    code: 'github/artifact-name',
    message:
      name === ''
        ? 'The name of the artifact is empty.'
        : `"${shown(name)}" cannot be the name of an artifact on GitHub.`,
    help: 'Leave out these characters: / \\ : * ? " < > | and line breaks.',
  })
}

/** The paths to upload, each proven to lie in the folder: the client would follow a symbolic link to anywhere. */
async function checkFiles(folder: string, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) throw filesError('There is no file to upload')
  const root = await realpath(folder).catch(() => {
    throw filesError(`The folder to upload does not exist: "${shown(folder)}"`)
  })
  return Promise.all(files.map((file) => checkFile(root, folder, file)))
}

async function checkFile(root: string, folder: string, file: string): Promise<string> {
  const path = resolveInside(folder, file)
  if (path === undefined) throw filesError(`"${shown(file)}" lies outside of the folder to upload`)
  if (refusedInPath.test(file)) throw filesError(`GitHub refuses the characters " < > | : * ? in "${shown(file)}"`)
  try {
    const target = await realpath(path)
    if (resolveInside(root, target) === undefined) throw filesError(`"${shown(file)}" is a link out of the folder`)
    if (!(await lstat(target)).isFile()) throw filesError(`"${shown(file)}" is not a file`)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw filesError(`"${shown(file)}" does not exist`)
    throw error
  }
  return join(folder, file)
}

function filesError(problem: string): ModelgateError {
  return new ModelgateError({
    code: 'github/artifact-files',
    message: `${problem}.`,
    help: 'Check the outputs of the stage that makes these files.',
  })
}

/**
 * The failure in one sentence. The client wraps each error in a new one and drops its class and status, so its text is
 * all there is to tell them apart.
 */
function uploadError(cause: unknown, name: string): ModelgateError {
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/\(409\)/.test(text)) {
    return new ModelgateError({
      code: 'github/artifact-exists',
      message: `This run already has an artifact named "${shown(name)}", and artifacts cannot be changed.`,
      help: 'Give each job its own name: in a matrix, put the values of the matrix into it.',
      cause,
    })
  }
  if (cause instanceof Error && cause.name === 'GHESNotSupportedError') return notOnEnterpriseServer(cause)
  if (/ACTIONS_RUNTIME_TOKEN|ACTIONS_RESULTS_URL/.test(text)) {
    return new ModelgateError({
      code: 'github/artifact-unsupported',
      message: 'Artifacts can be uploaded from an action only: this process has no access to the artifact service.',
      help: 'Call the action with `uses:`; a command in a `run:` step does not get the token for artifacts.',
      cause,
    })
  }
  return new ModelgateError({
    code: 'github/artifact-upload',
    kind: 'tool',
    message: `The artifact "${shown(name)}" could not be uploaded: ${truncate(oneLine(text), 300).replace(/[.\s]+$/, '')}.`,
    help: /quota/i.test(text)
      ? 'Delete old artifacts or shorten their retention; GitHub recounts every few hours.'
      : 'Run the job again; if it persists, look at https://www.githubstatus.com.',
    cause,
  })
}

function shown(text: string): string {
  return truncate(oneLine(text), 120)
}
