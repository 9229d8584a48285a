import { readFile } from 'node:fs/promises'
import { isObject } from '../base/json.ts'

/** Who may read the repository of the job, as its event says: `public`, `private` or `internal`; undefined where it does not say. */
export async function readVisibility(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const event: unknown = JSON.parse(await readFile(env.GITHUB_EVENT_PATH ?? '', 'utf8'))
    const repository = isObject(event) && isObject(event.repository) ? event.repository : {}
    return typeof repository.visibility === 'string' ? repository.visibility : undefined
  } catch {
    return undefined
  }
}
