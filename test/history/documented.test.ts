import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { docBlocks } from '../bundle/doc-blocks.ts'
import { pathWithModelgate } from '../e2e/sources.ts'
import { repositoryWith } from '../record/temporary-repository.ts'

const evaluate = `import { writeFileSync } from 'node:fs'
const rows = Array.from({ length: 100 }, (_, id) => [id, id % 2, id % 10 === 0 ? 1 - (id % 2) : id % 2].join(','))
writeFileSync('predictions.csv', ['id,y_true,y_pred', ...rows].join('\\n') + '\\n')
`

it('the commands of docs/history.md do what it says', () => {
  const blocks = docBlocks().filter(({ file }) => file === 'docs/history.md')
  const path = pathWithModelgate()
  const folder = repositoryWith({
    'modelgate.yaml': blocks.find(({ kind }) => kind === 'config')?.text ?? '',
    'evaluate.mjs': evaluate,
    '.gitignore': 'predictions.csv\n',
  })
  const results = blocks
    .filter(({ kind }) => kind === 'history')
    .map(({ text }) =>
      spawnSync('bash', ['-eo', 'pipefail', '-c', text], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: path, HOME: folder },
      }),
    )
  const [recorded, looked] = results
  expect([recorded?.status, looked?.status, looked?.stderr]).toEqual([0, 0, ''])
  expect(recorded?.stderr).toContain('Recorded in the git refs of this repository, as a baseline: a run of main.\n')
  expect(recorded?.stdout).toMatch(/\nfinished +run +commit +branch +verdict +baseline +accuracy/)
  expect(looked?.stdout).toMatch(
    /\naccuracy 0\.9000: run [\s\S]*the best of 1 run on this evaluation set\n[\s\S]*1 run added to the ledger\.\n$/,
  )
  expect(readFileSync(join(folder, 'runs.csv'), 'utf8').split('\r\n')).toHaveLength(3)
  expect(JSON.parse(readFileSync(join(folder, 'entries.ndjson'), 'utf8'))).toMatchObject({
    schema: 'modelgate/history@1',
  })
})
