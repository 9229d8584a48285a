import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { docBlocks } from '../bundle/doc-blocks.ts'
import { pathWithModelgate } from '../e2e/sources.ts'
import { git, repositoryWith, temporaryFolder } from '../record/temporary-repository.ts'
import { files } from '../registry/bundle/judged-run.ts'
import { modelFiles } from './publish.ts'

const blocks = docBlocks().filter(({ file }) => file === 'docs/publish.md')
const textOf = (kind: string): string => blocks.find((block) => block.kind === kind)?.text ?? ''
const path = pathWithModelgate()

test('docs/publish.md has commands that do what it says', () => {
  const share = temporaryFolder()
  const config = textOf('config').replace('/srv/models', share)
  const folder = repositoryWith({ ...files, ...modelFiles, 'modelgate.yaml': config })
  const bash = (script: string, env: Record<string, string> = {}) =>
    spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: path, HOME: folder, ...env },
    })
  const first = bash(textOf('publish'))
  expect(first.status, first.stderr).toBe(0)
  expect(first.stdout).toMatch(/✔ iris 1\.0\.0 is published\n {2}bundle: sha256:[0-9a-f]{64}\n {2}share: /)
  expect(first.stderr).toMatch(/\ncheck share\nreserve\n[\s\S]*upload share: .* of .*\nverify share\nreveal share\n/)
  expect(existsSync(join(share, 'iris/1.0.0/model/weights.bin'))).toBe(true)
  expect(git(folder, 'for-each-ref', '--format=%(refname)', 'refs/modelgate/models')).toBe(
    'refs/modelgate/models/iris/1.0.0',
  )

  const again = bash('modelgate publish --channel share --json')
  expect(JSON.parse(again.stdout)).toMatchObject({
    schema: 'modelgate/publication@1',
    outcome: 'unchanged',
    version: '1.0.0',
  })
  expect(JSON.parse(bash('modelgate publish --channel share --model-version 2.0.0 --json').stdout)).toMatchObject({
    version: '2.0.0',
  })

  const refused = (options: string, env?: Record<string, string>) => {
    const { status, stdout } = bash(`modelgate publish --json ${options}`, env)
    return [status, JSON.parse(stdout === '' ? '{"error":{}}' : stdout).error.code]
  }
  expect(refused('--channel shore')).toEqual([2, 'publish/unknown-channel'])
  expect(refused('--channel release')).toEqual([2, 'publish/no-repository'])
  expect(refused('--channel share --model-version 1')).toEqual([2, 'registry/version-name'])
  expect(bash('modelgate publish --bump huge').status).toBe(2)
})
