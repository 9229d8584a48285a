import { mkdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Action } from './action.ts'
import type { Scope, Value } from './expression.ts'
import type { Masks } from './masks.ts'
import type { RunContexts, RunOptions } from './options.ts'
import type { Token } from './permissions.ts'
import type { StepResult } from './result.ts'
import type { StepSpec } from './step-spec.ts'
import type { RunDefaults } from './workflow.ts'

export type Status = 'success' | 'failure' | 'cancelled'

/** The folders of a fresh machine. */
export type Machine = {
  workspace: string
  temp: string
  tools: string
  home: string
  eventPath: string
  runnerWorkspace: string
}

/** One use of an action by one step, through its stages. */
export type Use = {
  action: Action
  step: StepSpec
  level: Level
  view: StepView
  inputs: Record<string, string>
  state: Record<string, string>
  postRegistered: boolean
}

/** What the steps of a job share. */
export type JobState = {
  options: RunOptions
  machine: Machine
  masks: Masks
  token: Token
  contexts: RunContexts & { needs: Value; matrix: Value; strategy: Value }
  defaults: RunDefaults[]
  /** Of the workflow, of the job, and what steps wrote to GITHUB_ENV. */
  env: Record<string, string>
  /** What steps wrote to GITHUB_PATH, the first to be searched first. */
  path: string[]
  status: Status
  cancel: AbortSignal
  groups: Set<number>
  /** The uses whose `pre` has run. */
  prepared: Map<StepSpec, Use>
  results: StepResult[]
  /** Run in the opposite order at the job's end. */
  posts: (() => Promise<void>)[]
  /** Numbers the files of the runner, so that their names are the same in each run. */
  count: number
}

/** Where steps stand: in the workflow, or in a composite action. */
export type Level = {
  steps: Record<string, Value>
  /** The `env` of the composite steps around it. */
  env: Record<string, string>
  /** What `$/` means here; undefined when nobody said. */
  self: string | undefined
  composite:
    | { folder: string; inputs: Record<string, Value>; status: Status; repository: string; ref: string }
    | undefined
  depth: number
  /** Ends the processes of the level: its step is cancelled or out of time. */
  signal: AbortSignal
}

export async function createMachine(folder: string, repository: string): Promise<Machine> {
  const name = repository.split('/').at(-1) ?? repository
  await mkdir(folder, { recursive: true })
  const root = await realpath(folder)
  const machine = {
    workspace: join(root, '_work', name, name),
    runnerWorkspace: join(root, '_work', name),
    temp: join(root, '_work', '_temp'),
    tools: join(root, 'tools'),
    home: join(root, 'home'),
    eventPath: join(root, '_work', '_temp', '_github_workflow', 'event.json'),
  }
  const folders = [machine.workspace, machine.tools, machine.home, dirname(machine.eventPath)]
  for (const path of folders) await mkdir(path, { recursive: true })
  return machine
}

export type StepView = {
  id: string
  /** The `env` of the step itself. */
  env: Record<string, string>
  /** `github.env`, `github.output` and so on. */
  files: Record<string, string>
  repository: string
  ref: string
}

export const noView: StepView = { id: '', env: {}, files: {}, repository: '', ref: '' }

/** What an expression in a step sees. */
export function scopeOf(job: JobState, level: Level, view: StepView = noView): Scope {
  const status = level.composite?.status ?? job.status
  const cancelled = job.status === 'cancelled'
  const { inputs, ...rest } = job.contexts
  return {
    contexts: {
      ...rest,
      inputs: level.composite?.inputs ?? inputs,
      github: githubOf(job, level, view),
      env: { ...job.env, ...level.env, ...view.env },
      job: { status: job.status },
      steps: level.steps,
      runner: runnerContext(job.machine),
    },
    status: { success: status === 'success' && !cancelled, failure: status === 'failure' && !cancelled, cancelled },
  }
}

function githubOf(job: JobState, level: Level, view: StepView): Record<string, Value> {
  return {
    ...job.contexts.github,
    ...view.files,
    action: view.id,
    action_path: level.composite?.folder ?? '',
    action_repository: view.repository || (level.composite?.repository ?? ''),
    action_ref: view.ref || (level.composite?.ref ?? ''),
    action_status: level.composite?.status ?? '',
  }
}

export function runnerContext(machine: Machine): Record<string, Value> {
  return {
    os: 'Linux',
    arch: 'X64',
    name: 'emulated',
    temp: machine.temp,
    tool_cache: machine.tools,
    workspace: machine.runnerWorkspace,
    environment: 'github-hosted',
    debug: '',
  }
}

/** The properties of `github` that processes get as GITHUB_*. The token is none of them. */
const exported = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'env',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'output',
  'path',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'state',
  'step_summary',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
]

/** The whole environment of a process of a step. GitHub's own variables win over those of the workflow. */
export function processEnv(job: JobState, level: Level, view: StepView): Record<string, string> {
  const { machine, options } = job
  const github = githubOf(job, level, view)
  const env: Record<string, string> = {
    PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(':'),
    HOME: machine.home,
    LANG: 'C.UTF-8',
    CI: 'true',
    ...options.env,
    ...job.env,
    ...level.env,
    ...view.env,
    GITHUB_ACTIONS: 'true',
  }
  if (job.path.length > 0) env.PATH = [...job.path, env.PATH].join(':')
  for (const name of exported) {
    const value = github[name]
    // Outside composite actions there is no action_path, not an empty one.
    if (value === undefined || value === null || (name === 'action_path' && value === '')) continue
    env[`GITHUB_${name.toUpperCase()}`] = String(value)
  }
  for (const [name, value] of Object.entries(runnerContext(machine))) {
    if (value !== '') env[`RUNNER_${name.toUpperCase()}`] = String(value)
  }
  return env
}
