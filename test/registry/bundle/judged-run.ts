import { join } from 'node:path'
import { digestOfBytes } from '../../../src/base/digest.ts'
import { listFiles } from '../../../src/base/files.ts'
import type { BundleRequest } from '../../../src/pipeline/make-bundle.ts'
import type { ScanReport } from '../../../src/registry/scan/file-scan.ts'
import { run } from '../../pipeline/change.ts'
import { repositoryWith } from '../../record/temporary-repository.ts'

/** A small project whose pipeline writes a model folder, run and judged. */

export const config = `version: 1
name: iris
task: binary-classification
params: params.json
data:
  eval: { path: eval.csv, key: id }
stages:
  train:
    run: rm -rf model && cp -r weights model
    deps: [weights]
    params: [depth]
    outs: [model]
  evaluate:
    needs: [train]
    run: cp eval.csv predictions.csv
    deps: [eval.csv, model]
    predictions: predictions.csv
checkpoints:
  model:
    after: evaluate
    rules:
      - threshold: { metric: accuracy, min: 0.5 }
model:
  path: model
  license: apache-2.0
`

const rows = Array.from({ length: 40 }, (_row, index) => {
  const truth = index % 2
  const wrong = index % 10 === 0
  return `r${String(index).padStart(2, '0')},${truth},${wrong ? 1 - truth : truth},${truth === 1 ? 0.8 : 0.2}`
})

export const files: Record<string, string> = {
  'modelgate.yaml': config,
  'params.json': '{"depth": 3}',
  'requirements.txt': 'numpy==2.0.0\n',
  'eval.csv': `id,y_true,y_pred,y_score\n${rows.join('\n')}\n`,
  'weights/weights.bin': 'w'.repeat(1000),
  'weights/config.json': '{"depth": 3}',
  'weights/tokens/a b ü.txt': 'one\ntwo\n',
}

/** The folder of the project, with a run that passed its gate. */
export async function judgedProject(given: Record<string, string> = {}): Promise<{ folder: string; run: string }> {
  const folder = repositoryWith({ ...files, ...given })
  const result = await run(folder)
  return { folder, run: result.folder }
}

/** What a scan would say of harmless files. */
export async function safeScan(folder: string): Promise<ScanReport> {
  return {
    schema: 'modelgate/scan@1',
    verdict: 'safe',
    files: (await listFiles(folder)).map((file) => ({
      file,
      format: file.endsWith('.bin') ? 'pytorch' : 'text',
      bytes: 1,
      verdict: 'safe' as const,
      findings: [],
      globals: file.endsWith('.bin') ? ['torch._utils._rebuild_tensor_v2', 'iris.Net'] : [],
      allowed: file.endsWith('.bin') ? ['iris.Net'] : [],
      ...(file.endsWith('.bin') ? { facts: { parameters: 250, dtypes: { float32: 250 }, details: {} } } : {}),
    })),
  }
}

export const request = (folder: string, given: Partial<BundleRequest> = {}): BundleRequest => ({
  workingDirectory: folder,
  version: '1.4.0',
  out: join(folder, '.bundles', digestOfBytes(String(Math.random())).slice(7, 19)),
  scan: safeScan,
  ...given,
})
