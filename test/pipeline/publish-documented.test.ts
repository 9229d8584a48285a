import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { digestOfBytes } from '../../src/base/digest.ts'
import { listFiles } from '../../src/base/files.ts'
import type { Bundle } from '../../src/registry/bundle/bundle.ts'
import { assetMapOf, mapName, planAssets } from '../../src/registry/channels/github-release/asset-plan.ts'
import { docBlocks } from '../bundle/doc-blocks.ts'
import { pathWithModelgate } from '../e2e/sources.ts'
import { git, repositoryWith, temporaryFolder, writeFiles } from '../record/temporary-repository.ts'
import { files } from '../registry/bundle/judged-run.ts'
import { hasRegistry, startRegistry } from '../registry/channels/registry.ts'
import { modelFiles } from './publish.ts'

const blocks = docBlocks().filter(({ file }) => file === 'docs/publish.md')
const textOf = (kind: string): string => blocks.find((block) => block.kind === kind)?.text ?? ''
const path = pathWithModelgate()
const hasJq = spawnSync('jq', ['--version']).status === 0
if (!hasJq && process.env.MODELGATE_REQUIRE_REGISTRY === '1') {
  throw new Error('MODELGATE_REQUIRE_REGISTRY is set, but jq is missing: install the package.')
}

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
  expect(first.stdout).toMatch(
    /✔ iris 1\.0\.0 is published\n {2}run: [\w-]+\n {2}bundle: sha256:[0-9a-f]{64}\n {2}share: /,
  )
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

test.skipIf(!hasRegistry || !hasJq)('docs/publish.md fetches what was published, from each place', async () => {
  const registry = await startRegistry()
  onTestFinished(() => registry.close())
  const share = temporaryFolder()
  const home = temporaryFolder()
  const config = textOf('config').replace('/srv/models', share).replace('ghcr.io', registry.host)
  const folder = repositoryWith({ ...files, ...modelFiles, 'modelgate.yaml': config })
  const tools = temporaryFolder()
  // A registry without TLS, and GitHub's program without GitHub: what it downloads lies in a folder.
  writeFiles(tools, {
    skopeo: `#!/bin/sh\nshift\nexec ${spawnSync('which', ['skopeo'], { encoding: 'utf8' }).stdout.trim()} copy --src-tls-verify=false "$@"\n`,
    gh: `#!/bin/sh\nexec cp -r "${tools}/release" "$5"\n`,
  })
  for (const tool of ['skopeo', 'gh']) chmodSync(join(tools, tool), 0o755)
  const bash = (script: string) =>
    spawnSync('bash', ['-eo', 'pipefail', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: `${tools}:${path}`, HOME: home },
    })
  const published = bash('modelgate run >&2; modelgate publish --channel share --channel registry --json')
  const { bundle: digest, channels } = JSON.parse(published.stdout)
  const from = join(share, 'iris/1.0.0')
  const listed = (await listFiles(from)).map((path) => {
    const content = readFileSync(join(from, path))
    return { path, bytes: content.length, digest: digestOfBytes(content), mediaType: '', role: 'evidence' as const }
  })
  const time = '2026-03-01T12:00:00.000Z'
  const bundle: Bundle = { folder: from, model: 'iris', version: '1.0.0', digest, time, summary: '', files: listed }
  mkdirSync(join(tools, 'release'))
  const assets = planAssets(bundle, 'release', 1000).map((asset) => {
    const content = readFileSync(join(from, asset.file.path)).subarray(asset.start, asset.end)
    writeFileSync(join(tools, 'release', asset.name), content)
    return { ...asset, digest: digestOfBytes(content) }
  })
  writeFileSync(join(tools, 'release', mapName), assetMapOf(bundle, assets))
  const texts = [
    textOf('fetchfolder').replace('/srv/models', share),
    textOf('fetchregistry').replace('ghcr.io/acme/iris@sha256:...', channels.registry.location),
    textOf('fetchrelease'),
  ]
  for (const text of texts) {
    const { status, stdout, stderr } = bash(text)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('✔ holds: iris 1.0.0, ')
    expect(stdout).toContain(digest)
  }
})
