import { extname } from 'node:path'
import type { ScanReport } from '../scan/file-scan.ts'
import type { BundleRole } from './bundle.ts'
import type { ModelFile } from './copy-model.ts'

/** What kind of file something is, for channels and for the manifest. */

const mediaTypes: Record<string, string> = {
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/jsonl',
  md: 'text/markdown',
  ndjson: 'application/jsonl',
  parquet: 'application/vnd.apache.parquet',
  sha256: 'text/plain',
  sig: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  tar: 'application/x-tar',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
}

/** By the ending of the name; what is not known is just bytes. */
export function mediaTypeOf(name: string): string {
  return mediaTypes[extname(name).slice(1).toLowerCase()] ?? 'application/octet-stream'
}

const weightFormats = new Set(
  'pickle pytorch torchscript joblib npy npz safetensors gguf onnx keras hdf5 tflite savedmodel xgboost lightgbm catboost'.split(
    ' ',
  ),
)
const weightEndings =
  /\.(?:bin|ckpt|gguf|h5|hdf5|joblib|keras|model|npy|npz|onnx|pb|pickle|pkl|pt|pth|safetensors|tflite|ubj|weights)$/i

/** The format of each file as the scan found it by content, and what it is for. A model without weights that anybody knows has its largest file as such. */
export function kindsOf(
  files: readonly ModelFile[],
  scan: ScanReport,
): Map<string, { format: string; role: BundleRole }> {
  const formats = new Map(scan.files.map(({ file, format }) => [file, format]))
  const kinds = new Map(
    files.map(({ name }) => {
      const format = formats.get(name) ?? 'unknown'
      const isWeights = weightFormats.has(format) || weightEndings.test(name)
      return [name, { format, role: (isWeights ? 'weights' : 'config') as BundleRole }]
    }),
  )
  const [largest] = [...files].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
  const found = largest === undefined ? undefined : kinds.get(largest.name)
  if (found !== undefined && ![...kinds.values()].some(({ role }) => role === 'weights')) found.role = 'weights'
  return kinds
}
