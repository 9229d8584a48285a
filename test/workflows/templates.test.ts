import { describe, expect, it } from 'vitest'
import { commentPayload } from '../e2e/comment-event.ts'
import { dataFiles, trainData } from '../e2e/data-files.ts'
import { projectFiles, withParams } from '../e2e/project.ts'
import { jobOf, type RunResult } from '../runner/result.ts'
import { template } from './files.ts'
import { Hosted } from './hosted.ts'

/** The starter workflows as they are copied, run with the shipped bundles. `OWNER/modelgate` at any commit is this checkout. */

const [better, worse] = [withParams(2), withParams(40)]

describe('model-gate.yml', () => {
  const text = template('model-gate')

  it('passes a better model: check, comment and artifact', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.propose(better)
    const result = await hosted.run(text, event)
    expect(result.conclusion).toBe('success')
    expect(result.concurrency).toEqual({ group: 'Model gate-7', cancelInProgress: true })
    const { repository } = hosted
    const headSha = (await repository.git.readRef('refs/heads/change'))?.sha
    expect(repository.checkRuns).toMatchObject([{ name: 'modelgate', headSha, conclusion: 'success' }])
    expect(repository.comments.map(({ body }) => body.split('\n')[0])).toEqual(['## ✅ `tiny`: pass'])
    expect([...hosted.artifact('modelgate').keys()]).toEqual(expect.arrayContaining(['run.json', 'report.md']))
    expect(warnings(result)).toEqual([])
  })

  it('blocks a worse model, and says so everywhere', async () => {
    const hosted = await Hosted.start()
    const result = await hosted.run(text, await hosted.propose(worse))
    expect(result.conclusion).toBe('failure')
    expect(hosted.repository.checkRuns).toMatchObject([{ name: 'modelgate', conclusion: 'failure' }])
    expect(hosted.repository.comments).toHaveLength(1)
  })

  it('judges a fork with a token that only reads: its report is in the summary', async () => {
    const hosted = await Hosted.start()
    const result = await hosted.run(text, await hosted.propose(better, 'fork'))
    expect(result.conclusion).toBe('success')
    expect(jobOf(result, 'gate').summary).toContain('## ✅ `tiny`: pass')
    expect([hosted.repository.comments, hosted.repository.checkRuns]).toEqual([[], []])
  })

  it('answers a merge queue with the check on the commit of the group', async () => {
    const hosted = await Hosted.start()
    const { sha } = await hosted.propose(better)
    const [base, ref] = [
      (await hosted.repository.git.readRef('refs/heads/main'))?.sha ?? '',
      'refs/heads/queue/main/pr-7',
    ]
    await hosted.repository.git.changeRefs([{ name: ref, after: sha }])
    const group = { head_sha: sha, head_ref: ref, base_sha: base, base_ref: 'refs/heads/main' }
    const payload = { action: 'checks_requested', merge_group: group }
    const result = await hosted.run(text, { name: 'merge_group', payload, sha, ref })
    expect([result.conclusion, result.concurrency?.group]).toEqual(['success', `Model gate-${ref}`])
    expect(hosted.repository.checkRuns).toMatchObject([{ name: 'modelgate', headSha: sha, conclusion: 'success' }])
    expect(hosted.repository.comments).toEqual([])
  })
})

describe('model-gate-run.yml', () => {
  const text = template('model-gate-run')

  it.each(['branch', 'fork'] as const)('leaves the result of a %s as an artifact and writes nothing', async (from) => {
    const hosted = await Hosted.start()
    const result = await hosted.run(text, await hosted.propose(worse, from))
    // The run fails with the gate. What comes after takes the artifact, whatever became of the run.
    expect(result.conclusion).toBe('failure')
    expect(verdictIn(hosted)).toEqual('fail')
    expect(hosted.writes).toEqual([])
    expect(jobOf(result, 'run').permissions).toMatchObject({ contents: 'read', actions: 'read', checks: 'none' })
    expect(Object.values(jobOf(result, 'run').permissions)).not.toContain('write')
    expect(warnings(result)).toEqual([])
  })

  it('passes a better model', async () => {
    const hosted = await Hosted.start()
    const result = await hosted.run(text, await hosted.propose(better, 'fork'))
    expect([result.conclusion, verdictIn(hosted)]).toEqual(['success', 'pass'])
  })
})

describe('model-gate-report.yml', () => {
  const text = template('model-gate-report')
  const ofRun = template('model-gate-run')

  it('reports the run of a fork: one comment and one check, on the commit that was measured', async () => {
    const hosted = await Hosted.start()
    const proposed = await hosted.propose(better, 'fork')
    await hosted.run(ofRun, proposed)
    const first = await hosted.run(text, hosted.completed())
    expect(first.conclusion).toBe('success')
    expect(first.concurrency).toEqual({ group: 'Model gate report-mallory/income-change', cancelInProgress: false })
    expect(hosted.repository.comments.map(({ body }) => body.split('\n')[0])).toEqual(['## ✅ `tiny`: pass'])

    const again = await hosted.pushAgain(worse, proposed)
    await hosted.run(ofRun, again)
    expect((await hosted.run(text, hosted.completed())).conclusion).toBe('success')
    const { repository } = hosted
    expect(repository.comments.map(({ body }) => body.split('\n')[0])).toEqual(['## ❌ `tiny`: fail (blocked)'])
    expect(repository.checkRuns.map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ['modelgate', 'success'],
      ['modelgate', 'failure'],
    ])
    expect(new Set(repository.checkRuns.map(({ headSha }) => headSha)).size).toBe(2)
  })

  it('compares with what the base branch kept', async () => {
    const hosted = await Hosted.start()
    await hosted.run(template('model-baseline'), await hosted.push('main'))
    const { id } = hosted.lastRun ?? {}
    const run = await hosted.run(ofRun, await hosted.propose(better, 'fork'))
    expect(run.conclusion).toBe('success')
    expect(jobOf(run, 'run').summary).toContain(`stored run ${id} (push) of commit`)
    await hosted.run(text, hosted.completed())
    expect(hosted.repository.comments[0]?.body).toContain(`stored run ${id} (push) of commit`)
  })

  it('starts for no other run', async () => {
    const hosted = await Hosted.start()
    await hosted.run(template('model-baseline'), await hosted.push('main'))
    const result = await hosted.run(text, hosted.completed())
    expect(jobOf(result, 'report').conclusion).toBe('skipped')
  })
})

describe('model-baseline.yml', () => {
  const text = template('model-baseline')

  it('records a push to the default branch, with a check and without a comment', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.push('main', better)
    const result = await hosted.run(text, event)
    expect(result.conclusion).toBe('success')
    expect(result.concurrency).toEqual({ group: 'Model baseline-refs/heads/main', cancelInProgress: false })
    const record = JSON.parse(hosted.artifact('modelgate').get('run.json')?.toString('utf8') ?? '') as object
    expect(record).toMatchObject({ status: 'succeeded', source: { commit: event.sha } })
    expect(hosted.repository.checkRuns).toMatchObject([{ headSha: event.sha, conclusion: 'success' }])
    expect(hosted.repository.comments).toEqual([])
    expect(warnings(result)).toEqual([])
    const [recorded] = await hosted.repository.git.listRefs('refs/modelgate/')
    expect(recorded?.name).toMatch(/^refs\/modelgate\/inbox\/\d{8}\/\d+-1-record-[0-9a-f]{12}$/)
  })

  it('records nothing when it is started by hand on another branch', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.push('other', better)
    const result = await hosted.run(text, { ...event, name: 'workflow_dispatch' })
    expect(jobOf(result, 'record').conclusion).toBe('skipped')
    expect(hosted.repository.artifacts).toEqual([])
  })
})

describe('model-train-schedule.yml', () => {
  it('trains the default branch and keeps the run', async () => {
    const hosted = await Hosted.start()
    const { sha, ref } = await hosted.push('main', better)
    const payload = { schedule: '23 4 * * 1', repository: { default_branch: 'main' } }
    const result = await hosted.run(template('model-train-schedule'), { name: 'schedule', payload, sha, ref })
    expect(result.conclusion).toBe('success')
    expect(hosted.artifact('modelgate').has('run.json')).toBe(true)
    expect(hosted.repository.checkRuns).toMatchObject([{ headSha: sha, conclusion: 'success' }])
  })
})

describe('model-publish.yml', () => {
  const text = template('model-publish')
  const published = {
    ...better,
    'modelgate.yaml': `${projectFiles['modelgate.yaml']}model: { path: model.json }
publish: { channels: { release: { github-release: true } } }
`,
  }

  it('publishes a model that passed as a release of the default branch, once', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.push('main', published)
    const result = await hosted.run(text, event)
    expect([result.conclusion, warnings(result)]).toEqual(['success', []])
    const [release] = hosted.repository.releases
    expect(release).toMatchObject({ tag: 'tiny-v1.0.0', draft: false })
    expect(release?.assets.map(({ name }) => name)).toEqual(expect.arrayContaining(['model--model.json', 'README.md']))
    const refs = await hosted.repository.git.listRefs('refs/modelgate/models/')
    expect(refs.map(({ name }) => name)).toEqual(['refs/modelgate/models/tiny/1.0.0'])
    expect((await hosted.repository.git.readRef('refs/tags/tiny-v1.0.0'))?.sha).toBe(event.sha)
    expect(jobOf(result, 'publish').summary).toContain('is published')
    // The same model again: nothing new.
    const again = await hosted.run(text, await hosted.push('main', { 'notes.md': 'only words' }))
    expect(again.conclusion).toBe('success')
    expect(hosted.repository.releases).toHaveLength(1)
  })

  it('publishes nothing that the gate stops, and nothing from another branch', async () => {
    const hosted = await Hosted.start()
    const stopped = await hosted.run(
      text,
      await hosted.push('main', { ...published, ...worse, 'modelgate.yaml': published['modelgate.yaml'] }),
    )
    expect(stopped.conclusion).toBe('failure')
    const other = await hosted.push('other', published)
    const result = await hosted.run(text, { ...other, name: 'workflow_dispatch' })
    expect(jobOf(result, 'publish').conclusion).toBe('skipped')
    expect(hosted.repository.releases).toEqual([])
  })
})

describe('model-chatops.yml', () => {
  const text = template('model-chatops')

  async function commented(
    hosted: Hosted,
    body: string,
    change: (payload: Record<string, Record<string, unknown>>) => void = () => {},
  ): Promise<RunResult> {
    const payload = commentPayload(hosted.repository.addComment(7, body, 'lea'))
    change(payload as unknown as Record<string, Record<string, unknown>>)
    const event = { name: 'issue_comment', payload: payload as never, sha: 'a'.repeat(40), ref: 'refs/heads/main' }
    return hosted.run(text, event)
  }

  const welcome = ({ server, repository }: Hosted): void => {
    server.world.user('lea')
    repository.collaborators.set('lea', 'write')
  }

  it('answers a command on what the gate kept', async () => {
    const hosted = await Hosted.start()
    welcome(hosted)
    await hosted.run(template('model-gate-run'), await hosted.propose(better, 'fork'))
    const result = await commented(hosted, '/modelgate explain model.threshold.accuracy')
    expect(jobOf(result, 'command').conclusion).toBe('success')
    expect(result.concurrency).toMatchObject({ cancelInProgress: false })
    const [, answer] = hosted.repository.comments
    expect(answer?.body).toContain('`model.threshold.accuracy`')
    expect(hosted.repository.comments).toHaveLength(2)
    expect(warnings(result)).toEqual([])
  })

  it('runs the gate of a fork again', async () => {
    const hosted = await Hosted.start()
    welcome(hosted)
    await hosted.run(template('model-gate-run'), await hosted.propose(worse, 'fork'))
    const gated = hosted.lastRun
    await commented(hosted, `/modelgate rerun ${gated?.headSha.slice(0, 12)}`)
    expect(gated).toMatchObject({ attempt: 2, status: 'queued' })
  })

  it('leaves other comments, bots and issues alone', async () => {
    const hosted = await Hosted.start()
    await hosted.propose(better)
    const ignored = [
      await commented(hosted, 'What does /modelgate say?'),
      await commented(hosted, '/modelgate help', ({ comment }) => Object.assign(comment?.user ?? {}, { type: 'Bot' })),
      await commented(hosted, '/modelgate help', ({ issue }) => delete issue?.pull_request),
    ]
    expect(ignored.map((result) => jobOf(result, 'command').conclusion)).toEqual(['skipped', 'skipped', 'skipped'])
  })
})

describe('data-validation.yml', () => {
  const text = template('data-validation')
  const files = { 'checks/train.yaml': dataFiles['checks/train.yaml'], 'data/train.csv': trainData() }

  it('passes data that are as expected, without a comment', async () => {
    const hosted = await Hosted.start()
    const result = await hosted.run(text, await hosted.propose(files))
    expect([result.conclusion, warnings(result)]).toEqual(['success', []])
    expect(jobOf(result, 'validate').summary).toContain('## ✅ Data: pass')
    expect(hosted.repository.comments).toEqual([])
  })

  it('fails data that are not, with one comment, which it mends later', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.propose({ ...files, 'data/train.csv': trainData(-3) })
    const result = await hosted.run(text, event)
    expect(result.conclusion).toBe('failure')
    expect(jobOf(result, 'validate').annotations.map(({ level, file, line }) => [level, file, line])).toContainEqual([
      'error',
      'data/train.csv',
      4,
    ])
    expect(hosted.repository.comments.map(({ body }) => body.split('\n')[0])).toEqual(['## ❌ Data: fail (blocked)'])
    const mended = await hosted.run(text, await hosted.pushAgain(files, event))
    expect(mended.conclusion).toBe('success')
    expect(hosted.repository.comments.map(({ body }) => body.split('\n')[0])).toEqual(['## ✅ Data: pass'])
  })

  it('of a fork stands in the summary', async () => {
    const hosted = await Hosted.start()
    const result = await hosted.run(text, await hosted.propose({ ...files, 'data/train.csv': trainData(-3) }, 'fork'))
    expect(result.conclusion).toBe('failure')
    expect(jobOf(result, 'validate').summary).toContain('## ❌ Data: fail (blocked)')
    expect(hosted.repository.comments).toEqual([])
  })
})

function warnings(result: RunResult): string[] {
  return result.jobs.flatMap((job) =>
    job.annotations.flatMap(({ level, message }) => (level === 'warning' ? [message] : [])),
  )
}

function verdictIn(hosted: Hosted): unknown {
  const text = hosted.artifact('modelgate').get('verdict.json')?.toString('utf8') ?? ''
  return (JSON.parse(text) as { verdict: unknown }).verdict
}
