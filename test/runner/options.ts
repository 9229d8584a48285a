import type { RunEvent } from './event.ts'
import type { Value } from './expression.ts'
import type { DefaultPermissions, Token } from './permissions.ts'

/** A call of an action that the test stands in for, such as `actions/upload-artifact`. */
export type ActionCall = {
  /** The whole reference: `actions/upload-artifact@v7`. */
  uses: string
  /** As written under `with`; the defaults of the real `action.yml` are not known here. */
  inputs: Record<string, string>
  /** The environment that a process of this step would get. */
  env: Record<string, string>
  workspace: string
  token: Token
  log(line: string): void
}

/** Its answer. It fails the step by throwing a `StepFailure`. Any other error rejects the run. */
export type ActionHandler = (call: ActionCall) => Promise<{ outputs?: Record<string, string> }>

export type RunOptions = {
  /** The file's path in its repository, and its text. */
  workflow: { path: string; text: string }
  event: RunEvent
  /** `url` is what `actions/checkout` clones: a bare repository's folder, or an HTTP address. */
  repository: { name: string; url?: string }
  /** What `$/` means in the workflow: the root of the repository that holds it, at its commit. */
  self?: string
  /** Folders of repositories with actions, by `owner/name`; any `@ref` is this folder. */
  repositories?: Record<string, string>
  /** Stand-ins by `owner/name` or `owner/name/path`. */
  handlers?: Record<string, ActionHandler>
  secrets?: Record<string, string>
  vars?: Record<string, string>
  /** Environments by name. Approvals and waiting times are not modelled: each is entered at once. */
  environments?: Record<string, { secrets?: Record<string, string>; vars?: Record<string, string> }>
  defaultPermissions?: DefaultPermissions
  /** Called before a job starts. */
  onToken?(token: Token): void | Promise<void>
  /** What GitHub's services are to actions: `ACTIONS_RESULTS_URL` and the like. Steps of kind `run` do not get it. */
  actionEnv?(token: Token): Record<string, string>
  /** The machine's own environment, over the little that every job has. */
  env?: Record<string, string>
  server?: { serverUrl: string; apiUrl: string; graphqlUrl: string }
  run?: { id: string; number: string; attempt: string }
  /** Where the jobs' folders are made and left; without it a temporary folder that is removed. */
  folder?: string
  /** Cancels the run, as a person does on the web page. */
  signal?: AbortSignal
  graceMs?: readonly [number, number]
  /** How long a minute of `timeout-minutes` lasts. */
  minuteMs?: number
}

/** What is the same for all jobs of a run. */
export type RunContexts = {
  github: Record<string, Value>
  vars: Record<string, Value>
  secrets: Record<string, Value>
  inputs: Record<string, Value>
}
