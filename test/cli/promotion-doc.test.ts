import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { parseStagesFile } from '../../src/registry/stages-file.ts'
import { emptyProject } from '../e2e/project.ts'
import { modelgate } from '../e2e/spawn.ts'
import { publishAll } from '../registry/stages.ts'
import { root } from '../workflows/files.ts'

const page = readFileSync(join(root, 'docs/promotion.md'), 'utf8')
const [first = '', again = ''] = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')

/** The words of a command of the page, as a shell would part them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1)

it('the commands of docs/promotion.md work, in their order', async () => {
  const project = emptyProject()
  const commit = project.commit('One')
  const store = await openStateStore({ workingDirectory: project.root, signal: new AbortController().signal })
  await publishAll(store, ['1.3.0'], undefined, commit)
  await publishAll(store, ['1.4.0'], '1.3.0', commit)
  await store.close()
  await modelgate(project.root, 'promote', 'churn', '1.3.0', '--to', 'production', '--because', 'the first')
  const lines = first.trim().split('\n')
  expect(lines).toHaveLength(7)
  for (const line of lines) {
    const { exitCode, stderr } = await modelgate(project.root, ...wordsOf(line))
    // Nothing is said but that no run of these is in the history.
    const said = stderr.split('\n').filter((text) => !text.includes('is no baseline in the history'))
    expect([line, exitCode, said]).toEqual([line, 0, ['']])
  }
  // Those with a new verdict are tried in models.test.ts; here only that there are such options.
  for (const line of again.trim().split('\n')) {
    const { stderr } = await modelgate(project.root, ...wordsOf(line))
    expect(stderr).not.toMatch(/unknown option|missing required|too many arguments/)
  }
})

it('the file of stages in docs/promotion.md is one', () => {
  const text = /<!-- stages -->\n```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const stages = parseStagesFile(text, 'models/churn/stages.yaml')
  expect([...stages].map(([stage, { version }]) => [stage, version])).toEqual([
    ['production', '1.4.0'],
    ['staging', '1.5.0'],
  ])
})
