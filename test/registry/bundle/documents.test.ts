import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { digestOfBytes } from '../../../src/base/digest.ts'
import { parseConfig } from '../../../src/config/load.ts'
import { readJudgement } from '../../../src/pipeline/checked-run.ts'
import { makeBundle } from '../../../src/pipeline/make-bundle.ts'
import { modelEvidence } from '../../../src/pipeline/model-evidence.ts'
import { runRecordSchema } from '../../../src/record/run-record.ts'
import { readRecord } from '../../../src/record/store.ts'
import { bomOf } from '../../../src/registry/bundle/bom.ts'
import type { Bundle } from '../../../src/registry/bundle/bundle.ts'
import { cardOf } from '../../../src/registry/bundle/card.ts'
import type { BundledModel, BundleFacts } from '../../../src/registry/bundle/facts.ts'
import { kindsOf } from '../../../src/registry/bundle/file-kinds.ts'
import { combinedFacts } from '../../../src/registry/bundle/manifest.ts'
import { readOwnCard } from '../../../src/registry/bundle/own-card.ts'
import { digestWithParts } from '../../../src/registry/bundle/parts.ts'
import type { FileScan, ScanReport } from '../../../src/registry/scan/file-scan.ts'
import { keySigner } from '../../../src/registry/signature/key-signer.ts'
import { temporaryFolder, writeFiles } from '../../record/temporary-repository.ts'
import { keyPair } from '../signature/keys.ts'
import { config, judgedProject, request } from './judged-run.ts'

let bundle: Bundle
const text = (name: string): string => readFileSync(join(bundle.folder, name), 'utf8')
const json = (name: string): ReturnType<typeof JSON.parse> => JSON.parse(text(name))
beforeAll(async () => {
  const { folder } = await judgedProject({
    'model-card.md':
      '---\nlanguage: en\ntags: [flowers]\n---\n# By hand\n<!-- modelgate:begin -->earlier text<!-- modelgate:end -->\n## Limits\nNone that we know.\n',
  })
  bundle = (await makeBundle(request(folder))).bundle
})

describe('the documents of a bundle', () => {
  it('have a bill of materials that the schema of CycloneDX 1.6 takes', async () => {
    const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text('bom.cdx.json'))
    expect(problem).toBeNull()
    const bom = json('bom.cdx.json')
    expect(bom.metadata.component).toMatchObject({ type: 'machine-learning-model', name: 'iris', version: '1.4.0' })
    expect(bom.components.map((component: { 'bom-ref': string }) => component['bom-ref'])).toEqual([
      'file:model/config.json',
      'file:model/tokens/a b ü.txt',
      'file:model/weights.bin',
      'data:eval',
      'dependencies:requirements.txt',
    ])
    const [accuracy] = bom.metadata.component.modelCard.quantitativeAnalysis.performanceMetrics
    expect(accuracy).toMatchObject({
      type: 'accuracy',
      value: '0.9',
      confidenceInterval: { lowerBound: expect.stringMatching(/^0\.79/) },
    })
  })

  it('say what the model was made from', () => {
    const record = runRecordSchema.parse(json('evidence/run.json'))
    expect(json('lineage.json')).toMatchObject({
      run: { id: record.id },
      source: { commit: bundle.commit },
      data: { eval: { digest: record.factors.data.eval?.digest } },
      params: { values: { depth: 3 } },
      environment: { dependencies: { 'requirements.txt': expect.stringMatching(/^sha256:/) } },
      stages: [{ name: 'train', outs: { model: json('model-manifest.json').content } }, { name: 'evaluate' }],
    })
    expect(json('gate.json')).toMatchObject({
      verdict: 'pass',
      comparedWith: null,
      rules: [{ id: 'model.threshold.accuracy' }],
    })
    expect(json('metrics.json').metrics[0]).toMatchObject({
      name: 'accuracy',
      value: 0.9,
      rows: 40,
      confidence: 0.9,
      method: 'Wilson, 40 rows',
    })
    expect(parse(text('eval_results.yaml'))[0]).toMatchObject({
      dataset: { id: 'iris/eval', task_id: 'accuracy', revision: record.factors.data.eval?.digest },
      value: 0.9,
      date: record.startedAt,
    })
  })

  it('have no time but the start of the run', () => {
    const { startedAt } = json('evidence/run.json')
    const others = bundle.files
      .filter(({ path }) => !path.startsWith('evidence/') && !path.startsWith('model/'))
      .flatMap(({ path }) => text(path).match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? [])
    expect(new Set(others)).toEqual(new Set([startedAt]))
    expect(bundle.time).toBe(startedAt)
  })

  it('have a card with what was measured between what people wrote', () => {
    const card = text('README.md')
    const [, head = '', body = ''] = card.split(/^---$/m)
    expect(parse(head)).toMatchObject({
      language: 'en',
      license: 'apache-2.0',
      tags: ['flowers', 'binary-classification', 'modelgate'],
      metrics: expect.arrayContaining(['accuracy']),
      'model-index': [
        {
          name: 'iris',
          results: [
            {
              dataset: { type: 'iris/eval' },
              metrics: expect.arrayContaining([{ type: 'accuracy', value: 0.9, name: 'accuracy' }]),
            },
          ],
        },
      ],
    })
    expect(body).toMatch(
      /^\n\n# By hand\n\n<!-- modelgate:begin -->\n\n# iris 1\.4\.0\n[\s\S]*<!-- modelgate:end -->\n\n## Limits\nNone that we know\.\n$/,
    )
    expect(body).not.toContain('earlier text')
    expect(body).toContain('| `accuracy` | 0.9000 | 0.7950\u00a0to\u00a00.9543 |')
    expect(body).toContain('Compared with nothing: there was no baseline.')
    expect(body).toContain('safe; loading it imports, as the project allows, `iris.Net`')
    expect(body).toContain('- **Signature**: none')
    expect(body).toContain('- **Parameters**: 250 `float32`')
  })
})

describe('the card', () => {
  it('of a project is taken as it is, or refused with its line', () => {
    expect(readOwnCard('text')).toEqual({ frontMatter: {}, before: '', after: 'text' })
    expect(readOwnCard('---\r\na: 1\r\n---\r\nb\r\n')).toEqual({ frontMatter: { a: 1 }, before: '', after: 'b\n' })
    const refused = (card: string): unknown => {
      try {
        return readOwnCard(card)
      } catch (error) {
        return (error as { place?: { line?: number } }).place?.line
      }
    }
    expect(refused('a\nb\n<!-- modelgate:begin -->')).toBe(3)
    expect(refused('<!-- modelgate:end -->\n<!-- modelgate:begin -->')).toBe(2)
    expect(refused('<!-- modelgate:begin -->\n<!-- modelgate:end -->\n<!-- modelgate:begin -->')).toBe(3)
    for (const yaml of ['- 1', 'a: [', 'a: &x 1\nb: *x', 'text']) expect(refused(`---\n${yaml}\n---\n`)).toBe(1)
  })

  it('names each baseline once, by its run and not by its place, and how to check the signature', async () => {
    const { folder, run: runFolder } = await judgedProject()
    const { comparison, verdict } = await readJudgement(runFolder)
    const { record } = await readRecord(runFolder)
    const [commit, place] = ['1a2b3c4d5e6f'.repeat(3), 'in git refs of ../origin.git']
    const explanation = `the champion, run r-1@host of commit 1a2b3c4 ${place}`
    comparison.base = { ...comparison.new, id: 'r-1@host', commit }
    comparison.baseline = { kind: 'past-run', explanation }
    comparison.otherBaselines = [
      { name: 'champion', explanation, run: { id: 'r-1@host', commit } },
      { name: 'best(accuracy)', explanation: `the best accuracy of 2 runs, run r-2 ${place}`, run: { id: 'r-2' } },
      { name: 'rolling(3)', explanation: `the mean of the last 3 runs ${place}`, run: { id: 'mean-of-3-runs' } },
    ]
    const pair = keyPair('prime256v1')
    const evidence = { record, comparison, verdict }
    const checked = { evidence, folder: runFolder, found: modelEvidence(evidence, { path: 'model' }) }
    const made = await makeBundle(request(folder, { signer: keySigner(pair.privateKey), checked }))
    const card = readFileSync(join(made.bundle.folder, 'README.md'), 'utf8')
    expect(card).toContain('Compared with run `r-1@host` of commit `1a2b3c4d5e6f` (champion). ')
    expect(card).toContain(
      '\n\nSingle rules compare with:\n\n- `best(accuracy)`: run `r-2` of no commit\n- `rolling(3)`: the mean of 3 runs\n\n',
    )
    expect(card).not.toMatch(/origin|\u2060/)
    expect(card).toContain(
      '```sh\nsha256sum --strict -c checksums.sha256\nmodelgate verify --key <public key> .\n```\n\nThe SHA-256 of the public key in PEM form is `' +
        digestOfBytes(pair.publicKey).slice('sha256:'.length),
    )
    expect(text('README.md')).toContain('\nmodelgate verify .\n```')
  })

  it('shows hostile names as they are, and does nothing with them', () => {
    const hostile = 'x | y <img src=x onerror=alert(1)> @someone [a](http://b) <!-- modelgate:end --> `'
    const record = runRecordSchema.parse(json('evidence/run.json'))
    record.factors.params.values = { [hostile]: hostile }
    const facts: BundleFacts = {
      model: 'iris',
      version: '1.0.0',
      task: 'binary-classification',
      license: hostile,
      record,
      baseline: hostile,
      otherBaselines: [{ name: hostile, run: { id: hostile, commit: hostile } }],
      changes: new Map([[hostile, { base: 1, difference: 1, low: 0, high: 2 }]]),
      gate: {
        verdict: 'pass',
        outcome: 'passed',
        reason: hostile,
        policy: hostile,
        comparedWith: { run: hostile, commit: hostile },
        rules: [{ id: hostile, verdict: hostile, expected: hostile, reason: hostile }],
        waived: [{ rule: hostile, by: hostile, reason: hostile, until: hostile }],
        metrics: [
          { name: hostile, value: 1, unit: hostile, method: hostile },
          { name: hostile, value: 1, slice: hostile },
        ],
      },
    }
    const scan: ScanReport = {
      schema: 'modelgate/scan@1',
      verdict: 'safe',
      files: [
        scanned(
          'a',
          hostile,
          { details: { [hostile]: hostile }, inputs: [{ name: hostile, dtype: hostile, shape: [hostile] }] },
          [hostile],
        ),
      ],
    }
    const bundled: BundledModel = {
      content: `sha256:${'0'.repeat(64)}`,
      bytes: 1,
      files: [{ path: hostile, bytes: 1, digest: `sha256:${'0'.repeat(64)}`, format: hostile }],
      scan,
      signature: 'none',
    }
    const [, head = '', body = ''] = cardOf(facts, bundled, readOwnCard('text')).split(/^---$/m)
    expect(parse(head).license).toBe(hostile)
    // Outside of code spans no bracket, tag, mention or bar of theirs is left.
    const outside = body
      .replace(/``[\s\S]*?``|`[^`\n]*`/g, '')
      .replace(/<\/?(?:details|summary)>|<!-- modelgate:(?:begin|end) -->/g, '')
    expect(outside).not.toMatch(/<|@s|\[a\]|http:\/\//)
    expect(body.match(/<!-- modelgate:end -->/g)).toHaveLength(1)
    const bars = body
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').length)
    expect(new Set(bars)).toEqual(new Set([6, 7]))
    record.source = null
    expect(cardOf(facts, bundled, readOwnCard('text'))).toMatch(/, made by run .* of no commit\.\n/)
    expect(JSON.stringify(bomOf(facts, bundled))).toContain('modelCard')
  })
})

const scanned = (
  file: string,
  format: string,
  facts?: Partial<NonNullable<FileScan['facts']>>,
  allowed: string[] = [],
): FileScan => ({
  file,
  format,
  bytes: 1,
  verdict: 'safe',
  findings: [],
  globals: allowed,
  allowed,
  ...(facts === undefined ? {} : { facts: { details: {}, ...facts } }),
})

describe('the facts of a model', () => {
  const report = (...files: FileScan[]): ScanReport => ({ schema: 'modelgate/scan@1', verdict: 'safe', files })

  it('are added up over shards, and left out where the same model is there in two formats', () => {
    const shard = (file: string): FileScan =>
      scanned(file, 'safetensors', { parameters: 10, dtypes: { F32: 8, F16: 2 } })
    expect(combinedFacts(report(shard('a'), shard('b')))).toEqual({ parameters: 20, dtypes: { F32: 16, F16: 4 } })
    expect(combinedFacts(report(shard('a'), scanned('b', 'onnx', { parameters: 10 })))).toEqual({})
    expect(combinedFacts(report())).toEqual({})
  })

  it('say which files are the weights: by content, by name, or else the largest', () => {
    const kinds = (...files: [string, number, string][]): string[] => {
      const listed = files.map(([name, bytes]) => ({
        name,
        bytes,
        digest: `sha256:${'0'.repeat(64)}` as const,
        parts: [],
      }))
      const found = kindsOf(listed, report(...files.map(([name, , format]) => scanned(name, format))))
      return [...found].filter(([, { role }]) => role === 'weights').map(([name]) => name)
    }
    expect(kinds(['a.dat', 1, 'safetensors'], ['b.bin', 1, 'unknown'], ['c.json', 9, 'json'])).toEqual([
      'a.dat',
      'b.bin',
    ])
    expect(kinds(['model.json', 9, 'json'], ['note.txt', 1, 'text'])).toEqual(['model.json'])
  })

  it('have the parts of large files, which together are the file', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { large: '0123456789' })
    const of = async (size: number): Promise<unknown> =>
      (await digestWithParts(join(folder, 'large'), size)).parts.map((part) => part.size)
    expect(await of(4)).toEqual([4, 4, 2])
    expect(await of(5)).toEqual([5, 5])
    expect(await of(10)).toEqual([])
    const { digest, parts } = await digestWithParts(join(folder, 'large'), 4)
    expect(digest).toBe('sha256:84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882')
    expect(`sha256:${parts[2]?.sha256}`).toBe(digestOfBytes('89'))
  })
})

describe('model.path', () => {
  it('has to be what a stage writes, or lie in it', () => {
    const load = (path: string): unknown => {
      try {
        return parseConfig(config.replace('path: model', `path: ${path}`), 'modelgate.yaml', '/').config.model?.path
      } catch (error) {
        const { code, place } = error as { code: string; place: object }
        return { code, place }
      }
    }
    expect(load('model')).toBe('model')
    expect(load('model/weights.bin')).toBe('model/weights.bin')
    expect(load('models')).toEqual({
      code: 'config/model-path',
      place: { file: 'modelgate.yaml', line: 24, column: 9 },
    })
  })
})
