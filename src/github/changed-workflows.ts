import { z } from 'zod'
import { unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

const files = z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() }))
const isWorkflow = (path: string | undefined): boolean => path?.startsWith('.github/') === true

/** GitHub lists so many files of a pull request, and no more. */
const mostFiles = 3000

/** Files below `.github/` that a pull request changes: the workflow that measures it may be among them. Undefined when GitHub does not list all files. */
export async function findChangedWorkflows(
  client: Client,
  where: RepositoryName,
  pull: number,
): Promise<string[] | undefined> {
  const changed: string[] = []
  for (let page = 1; page <= mostFiles / 100; page += 1) {
    const { data } = await client.rest.pulls.listFiles({ ...where, pull_number: pull, per_page: 100, page })
    const parsed = files.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('list the files of a pull request')
    changed.push(
      ...parsed.data
        .filter((file) => isWorkflow(file.filename) || isWorkflow(file.previous_filename))
        .map(({ filename }) => filename),
    )
    if (parsed.data.length < 100) return changed
  }
  return undefined
}
