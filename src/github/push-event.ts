import { z } from 'zod'
import { readTextFile } from '../base/files.ts'

/** A push as its event describes it. */
export type Push = { before: string; after: string; branch: string; isDefaultBranch: boolean; title: string }

const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
const payload = z.object({
  ref: z.string(),
  before: sha,
  after: sha,
  repository: z.object({ default_branch: z.string() }),
  head_commit: z.object({ message: z.string() }).nullish(),
})

/** The push that started this job; undefined for any other event, and for a push of a tag. Rejects with what `readTextFile` says. */
export async function readPush(env: NodeJS.ProcessEnv): Promise<Push | undefined> {
  if (env.GITHUB_EVENT_NAME !== 'push') return undefined
  const text = await readTextFile(env.GITHUB_EVENT_PATH ?? '', { what: 'The event file (GITHUB_EVENT_PATH)' })
  const parsed = payload.safeParse(JSON.parse(text))
  if (!parsed.success || !parsed.data.ref.startsWith('refs/heads/')) return undefined
  const { ref, before, after, repository, head_commit } = parsed.data
  const branch = ref.slice('refs/heads/'.length)
  const title = head_commit?.message.split('\n')[0] ?? ''
  return { before, after, branch, isDefaultBranch: branch === repository.default_branch, title }
}
