import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { docBlocks } from '../../bundle/doc-blocks.ts'
import { pathWithModelgate } from '../../e2e/sources.ts'
import { run } from '../../pipeline/change.ts'
import { repositoryWith, writeFiles } from '../../record/temporary-repository.ts'
import { files } from './judged-run.ts'

describe('docs/bundle.md', () => {
  const blocks = docBlocks().filter(({ file }) => file === 'docs/bundle.md')
  const path = pathWithModelgate()
  const bash = (folder: string, script: string): { status: number | null; stdout: string; stderr: string } =>
    spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: path, HOME: folder },
    })

  it('has commands that do what it says', async () => {
    const config = blocks.find(({ kind }) => kind === 'config')?.text ?? ''
    const folder = repositoryWith({
      ...files,
      'modelgate.yaml': config,
      'weights/weights.bin': JSON.stringify({ weights: [1, 2, 3] }),
    })
    await run(folder)
    // As often as somebody likes: without `rm` the second run would put a folder into the folder.
    await run(folder)
    const results = blocks.filter(({ kind }) => kind === 'bundle').map(({ text }) => bash(folder, text))
    expect(results.map(({ status, stderr }) => [status, stderr])).toEqual([
      [0, ''],
      [0, expect.stringMatching(/^read EC key\nwriting EC key\n$/)],
      [0, ''],
    ])
    const [made, signed, checked] = results.map(({ stdout }) => stdout)
    expect(made).toMatch(
      /^iris 1\.4\.0: pass\.[\s\S]*✔ holds: iris 1\.4\.0, 16 files\n[\s\S]*There is no signature\.\n$/,
    )
    expect(signed).toMatch(
      /✔ holds: iris 1\.4\.0, 17 files\n[\s\S]* Signed by the key ([0-9a-f]{12})\.\n\1[0-9a-f]{52} {2}key\.pub\n$/,
    )
    expect(checked).toMatch(/: OK\n[\s\S]*Verified OK\n$/)

    writeFiles(folder, { 'signed/model/weights.bin': 'other', 'signed/model/added': '' })
    const spoilt = bash(folder, 'modelgate verify signed --key key.pub')
    expect([spoilt.status, spoilt.stdout]).toEqual([
      10,
      expect.stringMatching(
        /^✖ does not hold: iris 1\.4\.0, 18 files\n {2}model\/weights\.bin is not as the manifest has it\n {2}model\/added is not in the manifest\n {2}Use none of these files: fetch or make them again\.\n$/,
      ),
    ])
    const secret = bash(folder, 'modelgate verify signed --key key.pem')
    expect([secret.status, secret.stdout]).toEqual([2, ''])
    expect(secret.stderr).toContain('This is a private key, but the public key is asked for. [signature/key]')
    const json = bash(folder, 'modelgate verify signed --json')
    expect(JSON.parse(json.stdout)).toMatchObject({ holds: false, exitCode: 10 })
    writeFiles(folder, { '.modelgate/latest': join(folder, 'gone/run.json') })
    expect(bash(folder, 'modelgate bundle --json').status).toBe(2)
  })
})
