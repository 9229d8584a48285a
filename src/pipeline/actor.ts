import { userInfo } from 'node:os'
import { oneLine, truncate } from '../base/escape.ts'
import { gitAt } from '../record/repository.ts'
import type { Who } from '../registry/promotion.ts'

/** Who does this, for the record: whoever started the job, else the name that git has here, else the account of the machine. Not proof of anything. */
export async function actorOf(workingDirectory: string, env: NodeJS.ProcessEnv): Promise<string> {
  const name =
    env.GITHUB_ACTOR ??
    (await gitAt(workingDirectory)
      .raw(['config', 'user.name'])
      .catch(() => ''))
  const clean = truncate(oneLine(name), 200)
  return clean === '' ? accountName() : clean
}

/** How whoever runs a command is entitled to it: by the token of a job, or by what git has on this machine. */
export function viaOf(env: NodeJS.ProcessEnv): Who['via'] {
  return env.GITHUB_ACTIONS === 'true' ? 'token' : 'local'
}

function accountName(): string {
  try {
    return truncate(oneLine(userInfo().username), 200) || 'unknown'
  } catch {
    // A container may run under a number that has no name.
    return 'unknown'
  }
}
