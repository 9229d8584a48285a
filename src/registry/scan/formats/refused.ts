import { beginsWith } from '../cursor.ts'
import { scanGuarded } from '../found.ts'
import type { Scanner } from '../scanner.ts'

/** Files that are refused for what they are: native programs, and containers that are not looked into. */

type Kind = { format: string; what: string; matches(head: Uint8Array): boolean }

const magic =
  (...marks: string[]) =>
  (head: Uint8Array): boolean =>
    marks.some((mark) => beginsWith(head, mark))

const programs: Kind[] = [
  { format: 'elf', what: 'a program or shared library for Linux', matches: magic('\x7fELF') },
  { format: 'pe', what: 'a program or library for Windows', matches: isPe },
  {
    format: 'mach-o',
    what: 'a program or library for macOS',
    matches: magic('\xfe\xed\xfa\xce', '\xfe\xed\xfa\xcf', '\xce\xfa\xed\xfe', '\xcf\xfa\xed\xfe'),
  },
  {
    format: 'java-or-mach-o',
    what: 'a program for Java or macOS',
    matches: magic('\xca\xfe\xba\xbe', '\xca\xfe\xba\xbf'),
  },
  { format: 'wasm', what: 'a WebAssembly program', matches: magic('\0asm') },
  { format: 'dex', what: 'a program for Android', matches: magic('dex\n') },
  { format: 'static-library', what: 'a library of compiled code', matches: magic('!<arch>\n') },
  { format: 'python-bytecode', what: 'compiled Python', matches: isBytecode },
]

const containers: Kind[] = [
  { format: '7z', what: 'a 7z archive', matches: magic('7z\xbc\xaf\x27\x1c') },
  { format: 'rar', what: 'a RAR archive', matches: magic('Rar!\x1a\x07') },
  { format: 'xz', what: 'compressed with xz', matches: magic('\xfd7zXZ\0') },
  { format: 'bzip2', what: 'compressed with bzip2', matches: (head) => /^BZh[1-9]1AY&SY/.test(latin1(head, 10)) },
  { format: 'zstd', what: 'compressed with zstd', matches: magic('\x28\xb5\x2f\xfd') },
  { format: 'lz4', what: 'compressed with lz4', matches: magic('\x04\x22\x4d\x18') },
  { format: 'cab', what: 'a cabinet archive', matches: magic('MSCF\0\0\0\0') },
]

const unreadable: Kind[] = [
  {
    format: 'rds',
    what: 'a file of R, which can run code when it is loaded',
    matches: magic('RDX2\n', 'RDX3\n', 'X\n\0\0\0', 'A\n2\n', 'A\n3\n'),
  },
  {
    format: 'tflite',
    what: 'a TensorFlow Lite model, whose operators are not looked through',
    matches: (head) => beginsWith(head, 'TFL3', 4),
  },
  { format: 'xgboost-binary', what: 'a model in the old binary format of XGBoost', matches: magic('binf') },
  { format: 'catboost-binary', what: "a model in CatBoost's own format", matches: magic('CBM1') },
  {
    format: 'onnxruntime',
    what: 'a model in the format of ONNX Runtime itself',
    matches: (head) => beginsWith(head, 'ORTM', 4),
  },
  { format: 'pdf', what: 'a PDF document', matches: magic('%PDF-') },
]

function isPe(head: Uint8Array): boolean {
  if (!beginsWith(head, 'MZ') || head.length < 64) return false
  const at = new DataView(head.buffer, head.byteOffset).getUint32(60, true)
  // Further behind than the head reaches, or in it with its signature.
  return (
    at + 4 > head.length || beginsWith(head, 'PE\0\0', at) || beginsWith(head, 'NE', at) || beginsWith(head, 'LE', at)
  )
}

/** Two bytes of version, `\r\n`, then flags of which few are in use, and the marshalled code behind them. */
function isBytecode(head: Uint8Array): boolean {
  if (head.length < 17 || head[2] !== 13 || head[3] !== 10) return false
  const code = head[16] ?? 0
  return (head[1] === 13 || head[1] === 14 || head[1] === 12 || head[1] === 15) && (code & 0x7f) === 0x63
}

function latin1(head: Uint8Array, length: number): string {
  return String.fromCharCode(...head.subarray(0, length))
}

function refuse(
  kinds: readonly Kind[],
  verdict: 'dangerous' | 'malformed' | 'unknown',
  message: (what: string) => string,
  help: string,
): Scanner[] {
  return kinds.map(({ format, what, matches }) => ({
    format,
    recognises: matches,
    scan: (source) => scanGuarded(format, source, (found) => found[verdict](message(what), { offset: 0, help })),
  }))
}

/** Native code runs as soon as it is loaded; no scan tells what it does. */
export const refusedPrograms: Scanner[] = refuse(
  programs,
  'dangerous',
  (what) => `The file is ${what}`,
  'Leave compiled code out of the model: build or install it where the model is served.',
)

export const refusedContainers: Scanner[] = refuse(
  containers,
  'malformed',
  (what) => `The file is ${what}, which is not looked into`,
  'Publish what is inside as files, or pack it as zip, tar or gzip.',
)

export const refusedFormats: Scanner[] = refuse(
  unreadable,
  'unknown',
  (what) => `The file is ${what}`,
  'Save the model in a format that holds data only: safetensors, ONNX or GGUF, or the JSON of CatBoost and XGBoost.',
)
