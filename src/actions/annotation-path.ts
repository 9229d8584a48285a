import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { portablePath, resolveInside } from '../base/files.ts'

/**
 * The path under which GitHub knows a file: relative to the repository that is checked out in the workspace. Undefined for what it cannot
 * show: files elsewhere, such as those of the base run, files of a commit, and names with control characters.
 */
export function annotationPath(file: string | undefined, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (file === undefined || /\p{Cc}/u.test(file)) return undefined
  const absolute = join(process.cwd(), portablePath(process.cwd(), file))
  if (!existsSync(absolute)) return undefined
  const workspace = env.GITHUB_WORKSPACE ?? ''
  // The workspace may be given by way of a link, which a working directory never is.
  const roots = workspace === '' ? [process.cwd()] : [workspace, existsSync(workspace) ? realpathSync(workspace) : '']
  for (const root of roots) {
    if (root === '' || resolveInside(root, absolute) === undefined) continue
    const path = portablePath(checkoutOf(root, absolute), absolute)
    return path === '.' || isOurs(path) ? undefined : path
  }
  return undefined
}

/** Records and copies of predictions: they lie in the checkout, but are no part of the repository. */
function isOurs(path: string): boolean {
  return path.split('/').some((part) => part === '.modelgate' || part === '.git')
}

/** The top of the checkout: the workspace, or the folder below it that `path:` of actions/checkout named. */
function checkoutOf(workspace: string, file: string): string {
  if (existsSync(join(workspace, '.git'))) return workspace
  for (let folder = dirname(file); resolveInside(workspace, folder) !== undefined; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) break
  }
  return workspace
}
