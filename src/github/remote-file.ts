import { basename } from 'node:path'
import { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { readApiError } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

const file = z.object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() })

/**
 * A text file of up to a megabyte as it stands at a commit or branch, read over the API: nothing is checked out. Undefined when there is none.
 * Rejects with Octokit's error, or with `config/not-a-file`; `use` says in its sentence what the file is for.
 */
export async function readTextAt(
  client: Client,
  where: RepositoryName,
  path: string,
  ref: string,
  use = 'a configuration',
): Promise<string | undefined> {
  try {
    const { data } = await client.rest.repos.getContent({ ...where, path, ref })
    const parsed = file.safeParse(data)
    if (parsed.success) return Buffer.from(parsed.data.content, 'base64').toString('utf8')
    throw new ModelgateError({
      code: 'config/not-a-file',
      message: `${basename(path)} is a symbolic link, a folder or too large for ${use}.`,
      place: { file: path },
      help: 'Make it a regular file.',
    })
  } catch (error) {
    if (readApiError(error)?.status === 404) return undefined
    throw error
  }
}
