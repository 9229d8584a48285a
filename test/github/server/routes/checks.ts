import { created, found, ok, Refusal, validationFailed } from '../answer.ts'
import { type Call, loginOf, type Routes, route } from '../call.ts'
import type { Annotation, CheckRun } from '../models.ts'
import { paged, pagedIn } from '../paging.ts'
import { minimalPullViews } from '../views/pull-view.ts'
import { appView, nodeId } from '../views/user-view.ts'
import { commitFor } from './commits.ts'

/** Check runs belong to apps: a personal access token cannot write them. */
function demandApp({ account }: Call): void {
  if (account?.kind !== 'app') throw new Refusal(403, 'You must authenticate via a GitHub App.')
}

function checkRunOf({ repository }: Call, id: number): CheckRun {
  return found(repository.checkRuns.find((run) => run.id === id))
}

async function view({ repository, world }: Call, run: CheckRun): Promise<Record<string, unknown>> {
  const url = `${repository.apiUrl}/check-runs/${run.id}`
  const html = `${repository.htmlUrl}/runs/${run.id}`
  const output = {
    title: run.title,
    summary: run.summary,
    text: run.text,
    annotations_count: run.annotations.length,
    annotations_url: `${url}/annotations`,
  }
  return {
    id: run.id,
    node_id: nodeId('CheckRun', run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output,
    check_suite: { id: run.id },
    app: appView(world, run.login),
    pull_requests: await minimalPullViews(repository, run.headSha),
  }
}

type Output = { title?: string; summary?: string; text?: string; annotations?: Annotation[] }
type Change = {
  name?: string
  status?: string
  conclusion?: string
  started_at?: string
  completed_at?: string
  external_id?: string
  details_url?: string
  output?: Output
}

/** GitHub says characters, and 64 KB for messages; bytes are the reading under which nothing that passes here is refused there. */
const [maxText, maxMessage] = [65_535, 64 * 1024]

function checkLengths(output: Output): void {
  for (const [name, text] of Object.entries({ summary: output.summary, text: output.text })) {
    if (Buffer.byteLength(text ?? '') > maxText) {
      throw validationFailed('CheckRun', name, 'invalid', `Only ${maxText} characters are allowed`)
    }
  }
  for (const { title, message, path } of output.annotations ?? []) {
    if (Buffer.byteLength(message ?? '') > maxMessage) {
      throw validationFailed('CheckRun', 'annotations', 'invalid', 'message is longer than 64 KB')
    }
    if ((title ?? '').length > 255) throw validationFailed('CheckRun', 'annotations', 'invalid', 'title is too long')
    if (path.startsWith('/') || path.split('/').includes('..')) {
      throw validationFailed('CheckRun', 'annotations', 'invalid', 'path is not in the repository')
    }
  }
}

function apply(call: Call, run: CheckRun, change: Change): void {
  checkLengths(change.output ?? {})
  for (const { start_line, end_line, start_column, end_column } of change.output?.annotations ?? []) {
    const hasColumns = start_column !== undefined || end_column !== undefined
    if (end_line < start_line || (hasColumns && end_line !== start_line)) {
      throw validationFailed('CheckRun', 'annotations', 'invalid', 'columns are for annotations of one line')
    }
  }
  if (change.status === 'completed' && change.conclusion === undefined && run.conclusion === null) {
    throw validationFailed('CheckRun', 'conclusion', 'missing_field')
  }
  run.name = change.name ?? run.name
  run.status = change.conclusion === undefined ? (change.status ?? run.status) : 'completed'
  run.conclusion = change.conclusion ?? (run.status === 'completed' ? run.conclusion : null)
  run.startedAt = change.started_at ?? run.startedAt
  run.completedAt =
    change.completed_at ?? (run.status === 'completed' ? new Date(call.world.now()).toISOString() : null)
  run.externalId = change.external_id ?? run.externalId
  run.detailsUrl = change.details_url ?? run.detailsUrl
  if (change.output === undefined) return
  run.title = change.output.title ?? run.title
  run.summary = change.output.summary ?? run.summary
  run.text = change.output.text ?? run.text
  // Annotations add up over the requests; there is no way to take one back.
  run.annotations.push(...(change.output.annotations ?? []))
}

export const checkRoutes: Routes = {
  'checks/create': route<'checks', 'create'>(['checks: write'], async (call, parameters) => {
    demandApp(call)
    const run: CheckRun = {
      id: call.world.nextId(),
      login: loginOf(call),
      name: parameters.name,
      headSha: await commitFor(call, parameters.head_sha),
      status: 'queued',
      conclusion: null,
      startedAt: new Date(call.world.now()).toISOString(),
      completedAt: null,
      externalId: '',
      detailsUrl: null,
      title: null,
      summary: null,
      text: null,
      annotations: [],
    }
    apply(call, run, parameters as Change)
    call.repository.checkRuns.push(run)
    return created(await view(call, run))
  }),
  'checks/update': route<'checks', 'update'>(['checks: write'], async (call, parameters) => {
    demandApp(call)
    const run = checkRunOf(call, parameters.check_run_id)
    if (run.login !== loginOf(call))
      throw new Refusal(403, 'Invalid app_id `1` - check run can only be modified by the GitHub App that created it.')
    apply(call, run, parameters as Change)
    return ok(await view(call, run))
  }),
  'checks/get': route<'checks', 'get'>(['checks: read'], async (call, { check_run_id }) =>
    ok(await view(call, checkRunOf(call, check_run_id))),
  ),
  'checks/list-annotations': route<'checks', 'listAnnotations'>(['checks: read'], (call, { check_run_id }) => {
    const run = checkRunOf(call, check_run_id)
    const blank = { start_column: null, end_column: null, title: null, raw_details: null }
    const views = run.annotations.map((annotation) => ({
      ...blank,
      ...annotation,
      blob_href: `${call.repository.htmlUrl}/blob/${run.headSha}/${encodeURI(annotation.path)}`,
    }))
    return paged(call, views)
  }),
  'checks/list-for-ref': route<'checks', 'listForRef'>(['checks: read'], async (call, parameters) => {
    const { check_name, status, filter = 'latest' } = parameters
    const sha = await commitFor(call, parameters.ref)
    const fitting = call.repository.checkRuns
      .filter((run) => run.headSha === sha)
      .filter((run) => check_name === undefined || run.name === check_name)
      .filter((run) => status === undefined || run.status === status)
      .toReversed()
    // The latest of each name and app.
    const isLatest = (run: CheckRun): boolean =>
      fitting.find((other) => other.name === run.name && other.login === run.login) === run
    const shown = filter === 'all' ? fitting : fitting.filter(isLatest)
    return pagedIn(call, 'check_runs', await Promise.all(shown.map((run) => view(call, run))))
  }),
}
