import { isRecord, type Value } from './expression.ts'

/** What GitHub starts a run for. */
export type RunEvent = {
  name: string
  /** The webhook's payload: `github.event`. */
  payload: Record<string, Value>
  /** `github.sha`: for `pull_request` the merge commit. */
  sha: string
  /** `github.ref`: for `pull_request` `refs/pull/<number>/merge`. */
  ref: string
  /** `github.actor`; `dependabot[bot]` lowers the token and takes the secrets away. */
  actor?: string
}

const dependabotEvents = new Set([
  'push',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'deployment',
  'deployment_status',
])

const forkEvents = new Set(['pull_request', 'pull_request_review', 'pull_request_review_comment'])

export function actorOf(event: RunEvent): string {
  return event.actor ?? 'octocat'
}

/** True when the run gets no secrets and a token without write access. A deleted fork counts as a fork. */
export function isUntrusted(event: RunEvent, repository: string): boolean {
  if (dependabotEvents.has(event.name) && actorOf(event) === 'dependabot[bot]') return true
  if (!forkEvents.has(event.name)) return false
  return member(event.payload, 'pull_request', 'head', 'repo', 'full_name') !== repository
}

/** The value at a path of keys; undefined when something on the way is missing. */
export function member(value: Value | undefined, ...path: string[]): Value | undefined {
  const [key, ...rest] = path
  if (key === undefined) return value
  return isRecord(value) ? member(value[key], ...rest) : undefined
}

function textAt(event: RunEvent, ...path: string[]): string {
  const value = member(event.payload, ...path)
  return typeof value === 'string' ? value : ''
}

/** The part of the `github` context that follows from the event. */
export function eventContext(event: RunEvent, repository: string): Record<string, Value> {
  const [owner = ''] = repository.split('/')
  return {
    actor: actorOf(event),
    triggering_actor: actorOf(event),
    event: event.payload,
    event_name: event.name,
    sha: event.sha,
    ref: event.ref,
    ref_name: event.ref.replace(/^refs\/(?:heads|tags|pull)\//, ''),
    ref_type: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: false,
    head_ref: textAt(event, 'pull_request', 'head', 'ref'),
    base_ref: textAt(event, 'pull_request', 'base', 'ref'),
    repository,
    repository_owner: owner,
    repositoryUrl: `git://github.com/${repository}.git`,
  }
}

/** `inputs` of `workflow_dispatch`: what was sent, else the default. The other events have none. */
export function dispatchInputs(event: RunEvent, definitions: Value): Record<string, Value> {
  if (event.name !== 'workflow_dispatch') return {}
  const sent = member(event.payload, 'inputs')
  const given = isRecord(sent) ? sent : {}
  const declared = member(definitions, 'inputs')
  const inputs: Record<string, Value> = { ...given }
  for (const [name, definition] of Object.entries(isRecord(declared) ? declared : {})) {
    const type = member(definition, 'type')
    const value = given[name] ?? member(definition, 'default') ?? (type === 'boolean' ? false : '')
    inputs[name] = type === 'boolean' ? value === true || value === 'true' : value
  }
  return inputs
}
