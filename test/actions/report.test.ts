import { describe, expect, it } from 'vitest'
import { forkScene, report, reporting } from '../e2e/fork.ts'
import { alterRecord, entriesOf, replaceArtifact } from '../e2e/fork-artifact.ts'
import { projectFiles, withParams } from '../e2e/project.ts'
import { runAndKeep } from '../e2e/stored-run.ts'
import type { ZipEntry } from '../github/zip.ts'

const better = withParams(2)

describe('the report on a pull request from a fork', () => {
  it('judges the evidence anew, and says so in one comment and one check run', async () => {
    const scene = await forkScene(better)
    expect(scene.repository.comments).toEqual([])
    const result = await report(scene)
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'pass', outcome: 'passed', 'pull-request': '7' })
    const [comment, ...others] = scene.repository.comments
    expect(others).toEqual([])
    expect(comment).toMatchObject({ issue: 7, login: 'github-actions[bot]' })
    expect(comment?.body).toMatch(/^## ✅ `tiny`: pass\n/)
    expect(comment?.body).toContain('measured by the workflow of this pull request itself, because no run of main kept')
    expect(comment?.body).toContain(
      `Measured by run ${scene.run.id} of the pull request, whose code and workflow its author writes`,
    )
    expect(comment?.body).toMatch(/<!-- modelgate:comment key=tiny -->$/)
    expect(scene.repository.checkRuns).toMatchObject([
      { name: 'modelgate', headSha: scene.head, status: 'completed', conclusion: 'success' },
    ])
    expect(result.summary).toContain('## ✅ `tiny`: pass')
  })

  it('takes the last of several attempts of one run', async () => {
    const scene = await forkScene(better)
    const { artifacts } = scene.repository
    const [kept] = artifacts
    if (kept === undefined) throw new Error('nothing was kept')
    artifacts.unshift({ ...kept, id: kept.id - 1, content: Buffer.from('an attempt that was cut off') })
    await report(scene)
    expect(scene.repository.comments.map(({ body }) => body.split('\n')[0])).toEqual(['## ✅ `tiny`: pass'])
  })

  it('updates its comment on the second push', async () => {
    const scene = await forkScene(better)
    await report(scene)
    await report(scene)
    expect(scene.repository.comments).toHaveLength(1)
  })

  it('blocks a worse model by the checkpoints of the base, whatever the fork makes of them', async () => {
    const scene = await forkScene({
      ...withParams(60),
      'modelgate.yaml': projectFiles['modelgate.yaml']
        .replace('min: 0.7', 'min: 0')
        .replace('margin: 0.05', 'margin: 0.9'),
    })
    const result = await report(scene, { 'fail-on-block': 'true' })
    expect(result.exitCode).toBe(10)
    expect(result.outputs['failed-rules']).toBe('model.threshold.accuracy,model.non-inferior.accuracy')
    expect(scene.repository.comments[0]?.body).toContain('**This change edits the checkpoints.**')
    expect(scene.repository.checkRuns).toMatchObject([{ conclusion: 'failure' }])
    expect((await report(scene)).exitCode).toBe(0)
  })

  it('compares with a stored run of the base branch, and not with what the fork says of it', async () => {
    const scene = await forkScene(withParams(20), {
      before: async ({ server, repository, project, base }) => {
        await runAndKeep({ server, repository, env: {} }, project, { commit: base })
      },
    })
    // What the fork says its base was: much worse than it is.
    const entries = await entriesOf(scene)
    expect([...entries.keys()]).toContain('base/run.json')
    const result = await report(scene)
    expect(result.outputs).toMatchObject({ verdict: 'fail' })
    expect(scene.repository.comments[0]?.body).toMatch(/stored run \d+ \(push\) of commit/)
  })

  it('takes an earlier run of the base branch, since which nothing changed that the pipeline reads', async () => {
    const scene = await forkScene(better, {
      main: { 'README.md': 'words\n' },
      before: async ({ server, repository, project, base }) => {
        const commit = project.git('rev-parse', `${base}~1`)
        await runAndKeep({ server, repository, env: {} }, project, { commit })
      },
    })
    const result = await report(scene)
    expect(result.outputs).toMatchObject({ verdict: 'pass' })
    expect(scene.repository.comments[0]?.body).toMatch(/\(stored run \d+ \(push\) of commit/)
  })

  it('warns when the pull request changes the workflow that measures it', async () => {
    const scene = await forkScene({ ...better, '.github/workflows/model.yml': 'on: pull_request\njobs: {}\n' })
    await report(scene)
    expect(scene.repository.comments[0]?.body).toMatch(
      /^> ⚠️ This pull request changes `.github\/workflows\/model.yml`: look at that/,
    )
  })
})

describe('who the report is about', () => {
  it('is asked from GitHub: a number in the artifact is not read', async () => {
    const scene = await forkScene(better)
    scene.repository.addPull('change', { number: 12, base: 'main' })
    await alterRecord(scene, (record) => Object.assign(record, { notes: ['pull request #12'] }))
    await report(scene)
    expect(scene.repository.comments.map(({ issue }) => issue)).toEqual([7])
  })

  it('is nobody when the branch has no open pull request, or two', async () => {
    const scene = await forkScene(better)
    const [pull] = scene.repository.issues
    if (pull === undefined) throw new Error('no pull request')
    await scene.repository.commit('other', { 'README.md': 'x\n' })
    const second = scene.repository.addPull('change', { number: 9, from: scene.fork, base: 'other' })
    const two = await report(scene)
    expect(two.annotations.map(({ message }) => message)).toEqual([expect.stringContaining('(#9, #7)')])
    for (const each of [pull, second]) each.state = 'closed'
    const none = await report(scene)
    expect(none.annotations.map(({ message }) => message)).toEqual([expect.stringContaining('no open pull request')])
    expect([two.exitCode, none.exitCode]).toEqual([0, 0])
    expect(scene.repository.comments).toEqual([])
    expect(scene.repository.checkRuns).toEqual([])
  })

  it('is not a run of another repository with the same branch name', async () => {
    const scene = await forkScene(better)
    const result = await report(scene, {}, { head_repository: { id: 999_999, owner: { login: 'mallory' } } })
    expect(result.annotations.map(({ message }) => message)).toEqual([expect.stringContaining('no open pull request')])
    expect(scene.repository.comments).toEqual([])
  })

  it('is told from a push, and from other events', async () => {
    const scene = await forkScene(better)
    const push = await report(scene, {}, { event: 'push' })
    expect(push.exitCode).toBe(0)
    expect(scene.repository.comments).toEqual([])
  })

  it('has moved on: the report says that it is outdated', async () => {
    const scene = await forkScene(better)
    const moved = await scene.fork.commit('change', { 'README.md': 'more\n' })
    await report(scene)
    expect(scene.repository.comments[0]?.body).toMatch(
      new RegExp(
        `^> ⚠️ \\*\\*Outdated:\\*\\* this report is about \`${scene.head.slice(0, 7)}\`, and the pull request has moved on to \`${moved.slice(0, 7)}\``,
      ),
    )
    expect(scene.repository.checkRuns).toMatchObject([{ headSha: scene.head }])
  })

  it('has moved on, and the new head was reported: its report is not written over', async () => {
    const scene = await forkScene(better)
    const moved = await scene.fork.commit('change', { 'README.md': 'more\n' })
    scene.repository.addRun({
      headSha: moved,
      headBranch: 'change',
      headRepository: 'mallory/income',
      status: 'completed',
      conclusion: 'success',
    })
    scene.repository.addComment(7, 'the newer report\n\n<!-- modelgate:comment key=tiny -->', 'github-actions[bot]')
    const result = await report(scene)
    expect(result.stdout).toContain('No comment: the head has moved on')
    expect(scene.repository.comments.map(({ body }) => body)).toEqual([expect.stringMatching(/^the newer report/)])
  })
})

describe('a hostile artifact', () => {
  it('of another commit is refused', async () => {
    const scene = await forkScene(better)
    await report(scene)
    expect(scene.repository.comments[0]?.body).toMatch(/^## ✅/)
    await alterRecord(scene, (record) => Object.assign(record, { source: { commit: scene.base, dirty: false } }))
    const result = await report(scene)
    expect(scene.repository.comments).toHaveLength(1)
    expect(result.exitCode).toBe(0)
    expect(scene.repository.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['success', 'failure'])
    expect(scene.repository.comments[0]?.body).toMatch(
      /^## 🚫 `tiny`: no verdict\n\n\*\*The record in the artifact is of commit/,
    )
    expect(result.outputs).toMatchObject({ verdict: '', outcome: 'blocked' })
  })

  it('of a commit that does not exist is refused', async () => {
    const scene = await forkScene(better)
    await alterRecord(scene, (record) => Object.assign(record, { source: { commit: 'b'.repeat(40), dirty: false } }))
    expect((await report(scene)).exitCode).toBe(0)
    expect(scene.repository.comments[0]?.body).toContain('The record in the artifact is of commit')
  })

  it.each<[string, ZipEntry[]]>([
    ['leads out of its folder', [{ name: '../../run.json', content: '{}' }]],
    ['holds a link', [{ name: 'run.json', content: '/etc/passwd', mode: 0o120777 }]],
    ['declares 2 GB', [{ name: 'predictions-a.csv', declaredSize: 2 ** 31 }]],
    ['holds nothing that is wanted', [{ name: 'report.md', content: '## ✅ pass' }]],
    [
      'has a record that is no record',
      [{ name: 'run.json', content: '{"schema":"modelgate/run@1","verdict":"pass"}' }],
    ],
    [
      'has a record with a number that is none',
      [{ name: 'run.json', content: '{"schema":"modelgate/run@1","durationMs":NaN}' }],
    ],
  ])('that %s gets no verdict', async (_what, entries) => {
    const scene = await forkScene(better)
    replaceArtifact(scene, entries)
    const result = await report(scene)
    expect(scene.repository.checkRuns).toMatchObject([{ conclusion: 'failure' }])
    expect(scene.repository.comments[0]?.body).toMatch(/^## 🚫 `tiny`: no verdict/)
    expect(result.outputs).toMatchObject({ verdict: '', outcome: 'blocked' })
    expect(result.stderr).toBe('')
  })

  it('with keys that mean something to JavaScript gets no verdict', async () => {
    const scene = await forkScene(better)
    const entries = await entriesOf(scene)
    const record = (entries.get('run.json') ?? '').replace('"params": {', '"params": { "__proto__": { "polluted": 1 },')
    replaceArtifact(scene, entries.set('run.json', record))
    await report(scene)
    expect(scene.repository.comments[0]?.body).toContain('holds a key that no real record has')
  })

  it('cannot change the bytes behind its digests', async () => {
    const scene = await forkScene(withParams(40))
    const entries = await entriesOf(scene)
    const honest = entries.get('predictions-evaluate.csv') ?? ''
    replaceArtifact(scene, entries.set('predictions-evaluate.csv', honest.replaceAll(',0,1', ',0,0')))
    await report(scene)
    expect(scene.repository.comments[0]?.body).toMatch(/^## 🚫 `tiny`: no verdict/)
    expect(scene.repository.checkRuns).toMatchObject([{ conclusion: 'failure' }])
  })

  it('writes nothing of its own into comment, check, summary or log', async () => {
    const payload =
      '</details><!-- modelgate:comment key=x --> @octocat #1 [x](https://evil.example) ![i](https://evil.example/i.png) | `a` ::error::x ##[error]y \u202e'
    const scene = await forkScene(better)
    await alterRecord(scene, (record) => {
      record.notes = [payload]
      const metrics = record.metrics as { name: string }[]
      metrics.push({ ...metrics[0], name: payload.slice(0, 190) })
      ;(record.factors as { params: { values: Record<string, unknown> } }).params.values[payload] = payload
    })
    const result = await report(scene)
    const body = scene.repository.comments[0]?.body ?? ''
    for (const text of [body, result.summary, scene.repository.checkRuns[0]?.summary ?? '']) {
      expect(text).toContain('evil.example')
      // Inside of code nothing is a link or a mention.
      expect(text.replace(/(`+).+?\1/g, '')).not.toMatch(
        /(?<!\\)\]\(https?:|!\[|@octocat|\s#1\b|\u202e|<img|<\/details><!--/,
      )
    }
    expect(body.match(/<!--/g)).toHaveLength(1)
    expect(result.stdout).not.toMatch(/^::error::x|##\[error\]/m)
  })

  it('that is missing, or has expired, is no pass', async () => {
    const scene = await forkScene(better)
    scene.server.world.advance(91 * 86_400_000)
    await report(scene)
    expect(scene.repository.comments[0]?.body).toContain('has expired on')
    scene.repository.artifacts.length = 0
    await report(scene)
    expect(scene.repository.checkRuns.map(({ conclusion }) => conclusion)).toEqual(['failure', 'failure'])
  })
})

describe('without a permission', () => {
  it.each([
    ['actions: read', 1],
    ['contents: read', 1],
    ['checks: write', 0],
    ['pull-requests: write', 1],
  ] as const)('the line `%s` is named', async (missing, exitCode) => {
    const scene = await forkScene(better, {
      isPrivate: true,
      permissions: reporting.filter((each) => each !== missing),
    })
    const result = await report(scene)
    expect(result.exitCode).toBe(exitCode)
    expect(result.stdout).toContain(missing === 'pull-requests: write' ? 'pull-requests: read' : missing)
    expect(result.stderr).toBe('')
  })
})

describe('evidence that does not belong here', () => {
  it('is not compared with a base that is older than what it was merged into', async () => {
    // Main has become better since the fork began; the change makes it worse, though still better than where the fork began.
    const worse = projectFiles['evaluate.mjs'].replace('< wrong', '< wrong + 4')
    const scene = await forkScene(
      { 'evaluate.mjs': worse },
      {
        main: withParams(2),
        before: async ({ server, repository, project, base }) => {
          for (const commit of [`${base}~1`, base])
            await runAndKeep({ server, repository, env: {} }, project, { commit: project.git('rev-parse', commit) })
        },
      },
    )
    expect((await report(scene)).outputs).toMatchObject({ verdict: 'fail' })
    await scene.repository.commit('main', { 'README.md': 'main goes on\n' })
    expect((await report(scene)).outputs).toMatchObject({ verdict: 'fail' })
    expect(scene.repository.comments[0]?.body).toMatch(/stored run \d+ \(push\) of commit/)
  })

  it('is refused when it was merged into something that the base branch does not have', async () => {
    const scene = await forkScene(better)
    const { project, repository, head } = scene
    const orphan = project.git('commit-tree', `${head}^{tree}`, '-m', 'Orphan')
    const merge = project.git('commit-tree', `${head}^{tree}`, '-p', orphan, '-p', head, '-m', 'Merge')
    project.git('push', '--quiet', repository.git.folder, `${merge}:refs/test/orphan`)
    await alterRecord(scene, (record) => Object.assign(record, { source: { commit: merge, dirty: false } }))
    await report(scene)
    expect(scene.repository.comments[0]?.body).toContain('nor its merge into main')
  })

  it('cannot put the stored run of the base aside by what it says of its machine', async () => {
    const scene = await forkScene(withParams(20), {
      before: async ({ server, repository, project, base }) => {
        await runAndKeep({ server, repository, env: {} }, project, { commit: base })
      },
    })
    await alterRecord(scene, (record) => {
      const { environment } = record.factors as { environment: { machine: { os: string } } }
      environment.machine.os = 'plan9'
    })
    const result = await report(scene)
    expect(result.outputs).toMatchObject({ verdict: 'incomparable', outcome: 'blocked' })
    expect(scene.repository.comments[0]?.body).toContain('stored run')
  })

  it('does not bring a base of another commit along', async () => {
    const scene = await forkScene(withParams(20))
    const entries = await entriesOf(scene)
    const forged = JSON.parse(entries.get('run.json') ?? '{}')
    entries.set('base/run.json', JSON.stringify(forged))
    entries.set('base/predictions-evaluate.csv', entries.get('predictions-evaluate.csv') ?? '')
    replaceArtifact(scene, entries)
    const result = await report(scene)
    expect(result.outputs).toMatchObject({ outcome: 'blocked' })
    expect(scene.repository.comments[0]?.body).toContain('There is no baseline')
  })

  it('is not taken from an earlier attempt of the run', async () => {
    const scene = await forkScene(better)
    const result = await report(scene, {}, { run_started_at: new Date(scene.run.createdAt + 60_000).toISOString() })
    expect(result.outputs).toMatchObject({ verdict: '', outcome: 'blocked' })
    expect(scene.repository.comments[0]?.body).toContain('kept no artifact "modelgate"')
  })

  it.each(['cancelled', 'timed_out', 'startup_failure'])(
    'of a run that ended as %s is not judged',
    async (conclusion) => {
      const scene = await forkScene(better)
      await report(scene, {}, { conclusion })
      expect(scene.repository.checkRuns[0]?.conclusion).not.toBe('success')
      expect(scene.repository.comments[0]?.body).toContain(
        `ended as ${conclusion.replace('_', '\\_')}, so what it kept is not judged`,
      )
    },
  )

  it('of a run that failed although the gate passes says so first', async () => {
    const scene = await forkScene(better)
    await report(scene, {}, { conclusion: 'failure' })
    expect(scene.repository.comments[0]?.body).toMatch(/^> ⚠️ The run that measured this ended as \*\*failure\*\*/)
  })

  it('that waits for an approval is left alone', async () => {
    const scene = await forkScene(better)
    const result = await report(scene, {}, { conclusion: 'action_required' })
    expect([result.exitCode, scene.repository.checkRuns]).toEqual([0, []])
  })
})

describe('the check', () => {
  it('of a change onto another branch has that branch in its name', async () => {
    const scene = await forkScene(better)
    const { repository, fork, project, base } = scene
    project.git('push', '--quiet', repository.git.folder, `${base}:refs/heads/release/1.0`)
    const [pull] = repository.issues
    if (pull?.pull === undefined) throw new Error('no pull request')
    pull.pull.baseRef = 'release/1.0'
    expect(fork.fullName).toBe('mallory/income')
    await report(scene)
    expect(repository.checkRuns).toMatchObject([{ name: 'modelgate (onto release/1.0)', conclusion: 'success' }])
  })

  it('is a failure when no configuration is found where the workflow says', async () => {
    const scene = await forkScene(better)
    const result = await report(scene, { config: 'typo' })
    expect(scene.repository.checkRuns).toMatchObject([{ name: 'modelgate (typo)', conclusion: 'failure' }])
    expect(result.summary).toContain(
      'There is no typo/modelgate.yaml, neither at the head of this pull request nor on main.',
    )
  })

  it('is a failure when the change removes the configuration', async () => {
    const scene = await forkScene(better)
    const { project, head, base } = scene
    project.git('checkout', '--quiet', '--detach', head)
    project.git('rm', '--quiet', 'modelgate.yaml')
    const removed = project.commit('Remove the gate')
    project.git('push', '--quiet', '--force', scene.fork.git.folder, `${removed}:refs/heads/change`)
    await scene.server.world.syncPulls(scene.repository)
    scene.run.headSha = removed
    await alterRecord(scene, (record) => Object.assign(record, { source: { commit: removed, dirty: false } }))
    expect(base).not.toBe(head)
    await report(scene)
    expect(scene.repository.checkRuns).toMatchObject([{ conclusion: 'failure' }])
    expect(scene.repository.comments[0]?.body).toContain('This pull request removes modelgate.yaml')
    expect(scene.repository.comments[0]?.body).toMatch(/key=tiny -->$/)
  })
})

describe('the legs of a matrix', () => {
  it('are named, and one that is missing takes the place of its older report', async () => {
    const scene = await forkScene(better)
    const { repository } = scene
    const [kept] = repository.artifacts
    if (kept === undefined) throw new Error('nothing was kept')
    const legs = ['modelgate-a', 'modelgate-b'].map((name, index) => ({ ...kept, id: kept.id + 1 + index, name }))
    repository.artifacts.push(...legs)
    const inputs = { artifact: 'modelgate-a, modelgate-b' }
    const first = await report(scene, inputs)
    expect(first.outputs).toMatchObject({ verdict: 'pass', outcome: 'passed' })
    expect(repository.checkRuns.map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ['modelgate (modelgate-a)', 'success'],
      ['modelgate (modelgate-b)', 'success'],
    ])
    repository.artifacts.pop()
    const second = await report(scene, inputs)
    expect(second.outputs).toMatchObject({ verdict: '', outcome: 'blocked' })
    expect(repository.comments.map(({ body }) => body.split('\n')[0])).toEqual([
      '## ✅ `tiny`: pass',
      '## 🚫 `tiny`: no verdict',
    ])
    expect(repository.checkRuns.at(-1)).toMatchObject({ name: 'modelgate (modelgate-b)', conclusion: 'failure' })
  })

  it('are all reported, also when the bytes of one are not what GitHub counted', async () => {
    const scene = await forkScene(better)
    const { repository } = scene
    const [kept] = repository.artifacts
    if (kept === undefined) throw new Error('nothing was kept')
    repository.artifacts.push({ ...kept, id: kept.id + 1, name: 'a', content: Buffer.from('something else') })
    const result = await report(scene, { artifact: 'a, modelgate' })
    expect(result.exitCode).toBe(1)
    expect(repository.comments.map(({ body }) => body.split('\n')[0])).toEqual([
      '## 🚫 `tiny`: no verdict',
      '## ✅ `tiny`: pass',
    ])
  })
})
