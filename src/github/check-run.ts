import { z } from 'zod'
import { oneLine, truncate } from '../base/escape.ts'
import { cutMarkdown, truncateBytes } from '../base/text-limit.ts'
import { isUncertain, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'

/** Where a check run belongs, and what tells it apart from all others on the same commit. */
export type CheckTarget = {
  owner: string
  repo: string
  headSha: string
  name: string
  /** The run and attempt that it stands for: a repeated request finds the check run that it made by this. */
  externalId: string
  detailsUrl: string
}

export type CheckAnnotation = {
  /** Relative to the repository. */
  path: string
  line: number
  column?: number
  level: 'notice' | 'warning' | 'failure'
  title: string
  message: string
}

export type CheckOutput = {
  conclusion: 'success' | 'neutral' | 'failure' | 'action_required' | 'cancelled'
  title: string
  /** Markdown; at most `summaryBytes` of it are shown. */
  summary: string
  annotations: readonly CheckAnnotation[]
}

/** GitHub takes 50 annotations a request and appends those of further ones. More than two requests would be noise. */
const annotationsPerRequest = 50
export const mostAnnotations = 100
/**
 * GitHub says 65,535 characters, and 64 KB for the message of an annotation. A limit of that size is one of bytes in many a database, so
 * it is held in bytes, of which a text never has fewer than characters or UTF-16 units. The rest is room for the count of annotations.
 */
const summaryLimit = 65_535
export const summaryBytes = summaryLimit - 100
const messageLimit = 60_000

const checkRun = z.object({ id: z.number(), html_url: z.string().nullable(), external_id: z.string().nullish() })
const checkRunList = z.object({ check_runs: z.array(checkRun) })

/** Opens a check run in progress and gives its id. Rejects with Octokit's error. */
export async function openCheckRun(client: Client, target: CheckTarget): Promise<number> {
  const { owner, repo, headSha, name, externalId, detailsUrl } = target
  const create = async (): Promise<number> => {
    const { data } = await client.rest.checks.create({
      owner,
      repo,
      name,
      head_sha: headSha,
      status: 'in_progress',
      started_at: new Date().toISOString(),
      external_id: externalId,
      details_url: detailsUrl,
    })
    return idOf(data)
  }
  try {
    return await create()
  } catch (error) {
    if (!isUncertain(error)) throw error
    // The answer was lost, perhaps not the check run: a second one of the same name would stay open for ever.
    return (await findCheckRun(client, target)) ?? (await create())
  }
}

async function findCheckRun(
  client: Client,
  { owner, repo, headSha, name, externalId }: CheckTarget,
): Promise<number | undefined> {
  const { data } = await client.rest.checks.listForRef({
    owner,
    repo,
    ref: headSha,
    check_name: name,
    filter: 'all',
    per_page: 100,
  })
  const list = checkRunList.safeParse(data)
  if (!list.success) throw unexpectedAnswer('list check runs')
  return list.data.check_runs.find((run) => run.external_id === externalId)?.id
}

/** Ends a check run and gives the address of its page. Annotations beyond the limit are counted in the summary. */
export async function closeCheckRun(
  client: Client,
  target: CheckTarget,
  id: number,
  output: CheckOutput,
): Promise<string> {
  const shown = output.annotations.slice(0, mostAnnotations)
  const left = output.annotations.length - shown.length
  const more = left === 0 ? '' : `\n\n${left} more annotations are not shown.`
  const limit = { most: summaryLimit - more.length, unit: 'bytes' } as const
  const summary = cutMarkdown(output.summary, limit, '_The rest of this summary has no room here._') + more
  const batches = chunk(shown, annotationsPerRequest)
  let url = ''
  for (const [index, annotations] of (batches.length === 0 ? [[]] : batches).entries()) {
    url = await update(
      client,
      target,
      id,
      { ...output, summary, annotations },
      index * annotationsPerRequest + annotations.length,
    )
  }
  return url
}

/** One update. Its annotations are appended, so after a lost answer it is repeated only when they are not there yet. */
async function update(
  client: Client,
  target: CheckTarget,
  id: number,
  output: CheckOutput,
  expected: number,
): Promise<string> {
  const { owner, repo } = target
  const send = async (): Promise<string> => {
    const { data } = await client.rest.checks.update({
      owner,
      repo,
      check_run_id: id,
      status: 'completed',
      conclusion: output.conclusion,
      completed_at: new Date().toISOString(),
      output: {
        title: truncate(oneLine(output.title), 255),
        summary: output.summary,
        annotations: output.annotations.map(({ path, line, column, level, title, message }) => ({
          path,
          start_line: line,
          end_line: line,
          ...(column === undefined ? {} : { start_column: column, end_column: column }),
          annotation_level: level,
          title: truncate(oneLine(title), 255),
          message: truncateBytes(message, messageLimit),
        })),
      },
      ...(output.annotations.length === 0 ? {} : { request: { retries: 0 } }),
    })
    return urlOf(data)
  }
  try {
    return await send()
  } catch (error) {
    if (!isUncertain(error)) throw error
    const { data } = await client.rest.checks.get({ owner, repo, check_run_id: id })
    return data.conclusion === output.conclusion && data.output.annotations_count >= expected
      ? urlOf(data)
      : await send()
  }
}

function idOf(data: unknown): number {
  const parsed = checkRun.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('create a check run')
  return parsed.data.id
}

function urlOf(data: unknown): string {
  const parsed = checkRun.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('update a check run')
  return parsed.data.html_url ?? ''
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_item, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
