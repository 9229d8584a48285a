import { join } from 'node:path'
import { Unsupported } from './failure.ts'
import type { JobState, Level } from './job-state.ts'
import type { ActionHandler } from './options.ts'

/** What a `uses` leads to. */
export type Reference =
  | { kind: 'checkout'; ref: string }
  | { kind: 'handler'; handler: ActionHandler; repository: string; ref: string }
  | {
      kind: 'folder'
      folder: string
      /** The root of its repository: what `$/` means inside. */
      root: string
      repository: string
      ref: string
      origin: 'workspace' | 'self' | 'remote'
    }

/** Finds the action. Nothing is ever downloaded: what the test has not mapped is refused. */
export function resolveUses(uses: string, job: JobState, level: Level): Reference {
  const { workspace } = job.machine
  if (uses.startsWith('./')) {
    return {
      kind: 'folder',
      folder: join(workspace, uses),
      root: workspace,
      repository: '',
      ref: '',
      origin: 'workspace',
    }
  }
  if (uses.startsWith('$/')) {
    if (level.self === undefined) throw new Unsupported(`uses: ${uses} without the option \`self\``)
    const root = level.self
    return { kind: 'folder', folder: join(root, uses.slice(2)), root, repository: '', ref: '', origin: 'self' }
  }
  const match = /^([\w.-]+\/[\w.-]+)((?:\/[^@]+)?)@(.+)$/.exec(uses)
  const [, repository = '', path = '', ref = ''] = match ?? []
  const { handlers = {}, repositories = {} } = job.options
  const handler = handlers[`${repository}${path}`]
  if (handler !== undefined) return { kind: 'handler', handler, repository, ref }
  if (repository === 'actions/checkout' && path === '') return { kind: 'checkout', ref }
  const root = repositories[repository]
  if (match === null || root === undefined) {
    throw new Unsupported(`uses: ${uses} (map it with the option \`repositories\` or \`handlers\`)`)
  }
  return { kind: 'folder', folder: join(root, path), root, repository, ref, origin: 'remote' }
}
