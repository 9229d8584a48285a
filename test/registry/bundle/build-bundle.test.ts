import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { digestOfFile } from '../../../src/base/digest.ts'
import { listFiles } from '../../../src/base/files.ts'
import { makeBundle } from '../../../src/pipeline/make-bundle.ts'
import { manifestSchema } from '../../../src/registry/bundle/manifest.ts'
import type { ScanReport } from '../../../src/registry/scan/file-scan.ts'
import { judgedProject, request } from './judged-run.ts'

let project: { folder: string; run: string }
beforeAll(async () => {
  project = await judgedProject()
})

const contents = async (folder: string): Promise<Record<string, string>> =>
  Object.fromEntries((await listFiles(folder)).map((name) => [name, readFileSync(join(folder, name), 'latin1')]))

/** Changes a file of the project for as long as `then` takes. */
async function changed(name: string, text: string, then: () => Promise<unknown>): Promise<void> {
  const path = join(project.folder, name)
  copyFileSync(path, `${path}.before`)
  writeFileSync(path, text)
  try {
    await then()
  } finally {
    copyFileSync(`${path}.before`, path)
    rmSync(`${path}.before`)
  }
}

describe('a bundle', () => {
  it('holds the model, its documents and their checksums, and nothing else', async () => {
    const { bundle } = await makeBundle(request(project.folder))
    expect(await listFiles(bundle.folder)).toEqual(
      [
        'README.md',
        'bom.cdx.json',
        'checksums.sha256',
        'eval_results.yaml',
        'evidence/comparison.json',
        'evidence/predictions-evaluate.csv',
        'evidence/run.json',
        'evidence/verdict.json',
        'gate.json',
        'lineage.json',
        'metrics.json',
        'model-manifest.json',
        'model/config.json',
        'model/tokens/a b ü.txt',
        'model/weights.bin',
        'scan.json',
      ].sort(),
    )
    expect(bundle.files.map(({ path }) => path).sort()).toEqual(await listFiles(bundle.folder))
    for (const { path, digest } of bundle.files) expect(await digestOfFile(join(bundle.folder, path))).toBe(digest)
    expect(bundle).toMatchObject({ model: 'iris', version: '1.4.0', commit: expect.stringMatching(/^[0-9a-f]{40}$/) })
    expect(bundle.summary).toBe('iris 1.4.0: pass. 1 of 1 rule passed. accuracy 0.9000 (0.7950 to 0.9543).')
    expect(bundle.files.filter(({ role }) => role === 'weights').map(({ path }) => path)).toEqual(['model/weights.bin'])
    expect(
      execFileSync('sha256sum', ['--strict', '-c', 'checksums.sha256'], { cwd: bundle.folder, encoding: 'utf8' }),
    ).toMatch(/^README.md: OK\n/)
  })

  it('names every other file in its manifest, and the model as the run recorded it', async () => {
    const { bundle } = await makeBundle(request(project.folder))
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(bundle.folder, 'model-manifest.json'), 'utf8')))
    const record = JSON.parse(readFileSync(join(bundle.folder, 'evidence', 'run.json'), 'utf8'))
    expect(manifest.content).toBe(record.stages[0].outs.model.digest)
    expect(manifest).toMatchObject({
      time: record.startedAt,
      run: { id: record.id },
      verdict: 'pass',
      signature: 'none',
      scan: { verdict: 'safe', allowed: ['iris.Net'] },
      parameters: 250,
      dtypes: { float32: 250 },
      bytes: 1020,
    })
    const named = [...manifest.files, ...manifest.documents].map(({ path }) => path).sort()
    const others = (await listFiles(bundle.folder)).filter(
      (path) => !['model-manifest.json', 'checksums.sha256'].includes(path),
    )
    expect(named).toEqual(others)
    expect(bundle.digest).toBe(await digestOfFile(join(bundle.folder, 'model-manifest.json')))
  })

  it('is the same, byte for byte, when it is made again', async () => {
    const [one, other] = [
      await makeBundle(request(project.folder)),
      await makeBundle(request(project.folder, { link: true })),
    ]
    expect(await contents(other.bundle.folder)).toEqual(await contents(one.bundle.folder))
    expect(other.bundle.digest).toBe(one.bundle.digest)
  })

  it('is another one under another version, or with another verdict', async () => {
    const { bundle } = await makeBundle(request(project.folder))
    expect((await makeBundle(request(project.folder, { version: '1.4.1' }))).bundle.digest).not.toBe(bundle.digest)
  })
})

describe('a bundle is refused', () => {
  const refusal = async (given: Parameters<typeof request>[1] = {}): Promise<string> => {
    const asked = request(project.folder, given)
    const code = await makeBundle(asked).then(
      () => 'made',
      (error: { code: string }) => error.code,
    )
    expect(code === 'made' || !existsSync(asked.out ?? '')).toBe(true)
    const left = existsSync(join(project.folder, '.bundles')) ? readdirSync(join(project.folder, '.bundles')) : []
    expect(left.filter((name) => name.endsWith('.part'))).toEqual([])
    return code
  }

  it('when the model is not the one that the run recorded', async () => {
    await changed('model/weights.bin', 'v'.repeat(1000), async () => {
      expect(await refusal()).toBe('bundle/changed')
    })
    writeFileSync(join(project.folder, 'model', 'more.txt'), 'x')
    expect(await refusal()).toBe('bundle/changed')
    rmSync(join(project.folder, 'model', 'more.txt'))
    expect(await refusal()).toBe('made')
  })

  it('when comparison, verdict or predictions are not of that run', async () => {
    const inRun = (name: string): string => join(project.run, name).slice(project.folder.length + 1)
    const edit = async (name: string, change: (value: Record<string, unknown>) => void): Promise<string> => {
      const value = JSON.parse(readFileSync(join(project.run, name), 'utf8'))
      change(value)
      let code = ''
      await changed(inRun(name), JSON.stringify(value), async () => {
        code = await refusal()
      })
      return code
    }
    const otherId = (value: Record<string, unknown>): void => {
      Object.assign(value.new as object, { id: 'another' })
    }
    expect(await edit('comparison.json', otherId)).toBe('bundle/other-run')
    expect(await edit('verdict.json', (value) => Object.assign(value, { run: 'another' }))).toBe('bundle/other-run')
    expect(await edit('verdict.json', (value) => delete value.run)).toBe('bundle/other-run')
    expect(await edit('verdict.json', (value) => Object.assign(value, { outcome: 'blocked' }))).toBe('bundle/blocked')
    expect(await edit('verdict.json', (value) => delete value.rules)).toBe('bundle/evidence')
    expect(await edit('run.json', (value) => Object.assign(value, { status: 'failed' }))).toBe('bundle/unfinished-run')
    // A run that failed was not judged either: that it failed is what is wrong with it.
    await changed(inRun('verdict.json'), '', async () => {
      expect(await edit('run.json', (value) => Object.assign(value, { status: 'failed' }))).toBe(
        'bundle/unfinished-run',
      )
    })
    await changed(inRun('predictions-evaluate.csv'), 'id,y_true,y_pred\n', async () => {
      expect(await refusal()).toBe('predictions/changed')
    })
    expect(await refusal()).toBe('made')
  })

  it('when the scan does not call it safe', async () => {
    for (const verdict of ['unknown', 'malformed', 'dangerous'] as const) {
      const scan = async (): Promise<ScanReport> => ({ schema: 'modelgate/scan@1', verdict, files: [] })
      expect(await refusal({ scan })).toBe('bundle/unsafe')
    }
  })

  it('when its place is taken', async () => {
    expect(await refusal({ out: join(project.folder, 'nothing') })).toBe('made')
    await expect(makeBundle(request(project.folder, { out: project.folder }))).rejects.toMatchObject({
      code: 'bundle/out',
    })
    for (const version of ['../x', '-1', 'a b', 'x..y', '', 'v.lock'])
      await expect(makeBundle(request(project.folder, { version }))).rejects.toMatchObject({ code: 'bundle/version' })
  })

  it('when a link in the model leads out of the project', async () => {
    const link = join(project.folder, 'model', 'link')
    symlinkSync('/etc/hostname', link)
    expect(await refusal()).toBe('bundle/link')
    rmSync(link)
  })

  it('when a name cannot be published, or there is no byte', async () => {
    for (const [name, code] of [
      ['a\nb', 'bundle/file-name'],
      ['a\\b', 'bundle/file-name'],
      ['a\u202eb', 'bundle/file-name'],
    ] as const) {
      writeFileSync(join(project.folder, 'model', name), 'x')
      expect(await refusal()).toBe(code)
      rmSync(join(project.folder, 'model', name))
    }
    const empty = await judgedProject({
      'weights/weights.bin': '',
      'weights/config.json': '',
      'weights/tokens/a b ü.txt': '',
    })
    await expect(makeBundle(request(empty.folder))).rejects.toMatchObject({ code: 'bundle/empty-model' })
  })
})
