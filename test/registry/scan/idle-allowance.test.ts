import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { pathWithModelgate } from '../../e2e/sources.ts'
import { temporaryFolder, writeFiles } from '../../record/temporary-repository.ts'

test('a scan says which entries of the list allow nothing', () => {
  const folder = temporaryFolder()
  writeFiles(folder, { 'a.pkl': "cmine.utils\neval\n(S'x'\ntR." })
  const scan = (...args: string[]): string[] => {
    const allowed = args.flatMap((name) => (name === '--json' ? [name] : ['--allow-global', name]))
    const options = { cwd: folder, encoding: 'utf8', env: { PATH: pathWithModelgate() } } as const
    const { status, stdout, stderr } = spawnSync('modelgate', ['scan', 'a.pkl', ...allowed], options)
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Allowing'))
    return [`exit code ${status}`, ...lines]
  }
  expect(scan('os.*', 'mine.*', 'os.system', 'other.*', 'functools.partial')).toEqual([
    'exit code 10',
    'Allowing mine.* does not lift names that lead to code: no pattern does.',
    'Allowing os.* does not lift names that lead to code: no pattern does.',
    'Allowing os.system lifts nothing: what leads to any code cannot be allowed.',
  ])
  expect(scan('os.*', '--json')).toHaveLength(2)
  expect(scan('other.*', 'mine.utils.eval')).toEqual(['exit code 0'])
})
