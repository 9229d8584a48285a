import { describe, expect, it } from 'vitest'
import { projectFiles, withParams } from '../e2e/project.ts'
import { jobOf } from '../runner/result.ts'
import { template } from './files.ts'
import { Hosted } from './hosted.ts'

/** What happens on one pull request, through shipped workflows and bundles. */

const inFolder = (folder: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))

const gate = template('model-gate')
/** The step of the gate with inputs, as the documentation says to add them. */
const gateWith = (inputs: string, job = ''): string =>
  gate
    .replace(
      /(- uses: OWNER\/modelgate@\w+ # v[\d.]+)\n$/,
      `$1\n        with:\n${inputs.replace(/^/gm, '          ')}\n`,
    )
    .replace('    runs-on: ubuntu-latest\n', `${job}    runs-on: ubuntu-latest\n`)

const firstLines = ({ repository }: Hosted): string[] =>
  repository.comments.map(({ body }) => body.split('\n')[0] ?? '')
const checks = ({ repository }: Hosted): [string, string | null][] =>
  repository.checkRuns.map(({ name, conclusion }) => [name, conclusion])

describe('a pull request', () => {
  it('first run: there is no pipeline on the base yet, and the report says so', async () => {
    const hosted = await Hosted.start({ 'README.md': 'nothing yet\n' })
    const result = await hosted.run(gate, await hosted.propose({ ...projectFiles }))
    expect(result.conclusion).toBe('success')
    expect(hosted.repository.comments[0]?.body).toContain('**No baseline:** commit')
    expect(hosted.repository.comments[0]?.body).toContain('so the pipeline begins with this change')
    expect(hosted.repository.comments[0]?.body).not.toContain('✅ `tiny`: pass\n\n2 of 2')
    expect(hosted.repository.comments).toHaveLength(1)
  })

  it('second push: the comment is edited, and the check is on the new head', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.propose(withParams(2))
    await hosted.run(gate, event)
    await hosted.run(gate, await hosted.pushAgain(withParams(40), event))
    expect(firstLines(hosted)).toEqual(['## ❌ `tiny`: fail (blocked)'])
    expect(checks(hosted)).toEqual([
      ['modelgate', 'success'],
      ['modelgate', 'failure'],
    ])
  })

  it('two pipelines: each has its own comment and its own check', async () => {
    const other = {
      ...projectFiles,
      'modelgate.yaml': projectFiles['modelgate.yaml'].replace('name: tiny', 'name: other'),
    }
    const hosted = await Hosted.start({ ...inFolder('a', projectFiles), ...inFolder('b', other) })
    const event = await hosted.propose({ ...inFolder('a', withParams(2)), ...inFolder('b', withParams(40)) })
    const both = await Promise.all(
      ['a', 'b'].map((folder) => hosted.run(gateWith(`config: ${folder}\nartifact: modelgate-${folder}`), event)),
    )
    expect(both.map(({ conclusion }) => conclusion)).toEqual(['success', 'failure'])
    expect(firstLines(hosted).sort()).toEqual(['## ✅ `tiny`: pass', '## ❌ `other`: fail (blocked)'].sort())
    expect(checks(hosted).sort()).toEqual([
      ['modelgate (a)', 'success'],
      ['modelgate (b)', 'failure'],
    ])
  })

  it('legs of a matrix: each has its own comment, check and artifact', async () => {
    const hosted = await Hosted.start()
    const matrix = '    strategy:\n      fail-fast: false\n      matrix:\n        leg: [one, two]\n'
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression that the runner evaluates
    const inputs = 'comment-key: tiny ${{ matrix.leg }}\nartifact: modelgate-${{ matrix.leg }}'
    const result = await hosted.run(gateWith(inputs, matrix), await hosted.propose(withParams(2)))
    expect(result.conclusion).toBe('success')
    expect(hosted.repository.comments.map(({ body }) => body.trimEnd().split('\n').at(-1)).sort()).toEqual([
      '<!-- modelgate:comment key=tiny%20one -->',
      '<!-- modelgate:comment key=tiny%20two -->',
    ])
    expect(checks(hosted).sort()).toEqual([
      ['modelgate (tiny one)', 'success'],
      ['modelgate (tiny two)', 'success'],
    ])
    expect(hosted.repository.artifacts.map(({ name }) => name).sort()).toEqual(['modelgate-one', 'modelgate-two'])
  })

  it('with 300 older comments and a planted marker: one comment, found with four requests', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.propose(withParams(2))
    hosted.repository.addComment(7, 'planted\n\n<!-- modelgate:comment key=tiny -->', 'mallory')
    for (let index = 0; index < 298; index += 1) hosted.repository.addComment(7, `remark ${index}`)
    await hosted.run(gate, event)
    hosted.server.requests.length = 0
    await hosted.run(gate, await hosted.pushAgain(withParams(40), event))
    const ours = hosted.repository.comments.filter(({ login }) => login === 'github-actions[bot]')
    expect(ours.map(({ body }) => body.split('\n')[0])).toEqual(['## ❌ `tiny`: fail (blocked)'])
    expect(hosted.repository.comments[0]?.body).toMatch(/^planted/)
    const about = hosted.server.calls.filter((call) => /\/comments|graphql/.test(call))
    expect(about).toHaveLength(4)
  })

  it('by Dependabot: judged, with a token that only reads', async () => {
    const hosted = await Hosted.start()
    const event = await hosted.propose(withParams(2))
    const result = await hosted.run(gate, { ...event, actor: 'dependabot[bot]' })
    expect(result.conclusion).toBe('success')
    expect(hosted.repository.comments).toEqual([])
    expect(jobOf(result, 'gate').summary).toContain('## ✅ `tiny`: pass')
    const notices = jobOf(result, 'gate').annotations.map(({ message }) => message)
    expect(notices).toEqual(expect.arrayContaining([expect.stringContaining('from Dependabot the token is read-only')]))
  })
})
