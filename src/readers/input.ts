import { readdir } from 'node:fs/promises'
import { ModelgateError } from '../base/error.ts'
import { decodeText, readFileBytes, resolveInside } from '../base/files.ts'
import { parseJsonMetrics, parseYamlMetrics, treeFaults } from './metrics-file.ts'
import { type Fault, faultsOf } from './reading.ts'

/** Mebibytes of JSON or XML, and of what people write: their parsers take seconds, or all memory, for more. */
export const [mostTree, mostByHand] = [128, 16]

const role = { what: 'The metrics file', help: 'Let the tool write it again.' }

/** A file that may be of any format: its views are made once, and only when a format asks for them. */
export class FileInput {
  readonly kind = 'file'
  /** As shown to the user; its ending is the last thing that a format looks at. */
  readonly name: string
  /** Where it lies; for formats whose library opens files itself. */
  readonly path: string
  readonly bytes: Uint8Array
  #text: Settled<string> | undefined
  #json: Settled<unknown> | undefined
  #yaml: Settled<unknown> | undefined

  constructor(name: string, path: string, bytes: Uint8Array) {
    this.name = name
    this.path = path
    this.bytes = bytes
  }

  /** Errors about this file with the code `metrics/<code>`. */
  get fault(): Fault {
    return faultsOfAnyFormat(this.name)
  }

  /** The file as UTF-8. Throws `files/encoding`. */
  text(): string {
    this.#text ??= settle(() => decodeText(this.bytes, this.path, { ...role, shown: this.name }))
    return result(this.#text)
  }

  /** The text of a file whose parser makes much more of it in memory. Throws `metrics/too-large`, `files/encoding`. */
  textUpTo(mebibytes: number): string {
    if (this.bytes.length <= mebibytes * 2 ** 20) return this.text()
    throw this.fault('too-large', `The metrics file is larger than ${mebibytes} MiB, which is the most for its format.`)
  }

  /** The file as JSON, each key once. Throws `files/encoding`, `metrics/not-json` or `metrics/repeated-key`. */
  json(): unknown {
    this.#json ??= settle(() => parseJsonMetrics(this.textUpTo(mostTree), this.fault))
    return result(this.#json)
  }

  /** The file as YAML. Throws `files/encoding` or `metrics/not-yaml`. */
  yaml(): unknown {
    this.#yaml ??= settle(() => parseYamlMetrics(this.textUpTo(mostByHand), this.fault))
    return result(this.#yaml)
  }

  /** For looking: the text, or an empty one where it is none. */
  peekText(): string {
    return attempt(() => this.text()) ?? ''
  }

  /** For looking: the value of a JSON file; undefined where it is none, or broken. */
  peekJson(): unknown {
    return this.looksLikeJson() ? attempt(() => this.json()) : undefined
  }

  /** For looking: the value of a file that is called YAML; undefined where it is none, or broken. */
  peekYaml(): unknown {
    return /\.ya?ml$/i.test(this.name) ? attempt(() => this.yaml()) : undefined
  }

  /** True when the first character is the beginning of an object or a list. */
  looksLikeJson(): boolean {
    return /^\s*[{[]/.test(this.peekText().slice(0, 4096))
  }
}

/** An entry of a folder. Links and special files are left out: they may lead anywhere. */
export type Entry = { name: string; kind: 'file' | 'folder' }

const mostEntries = 100_000

/** A folder that may be of any format. Paths are relative to it, with forward slashes. */
export class FolderInput {
  readonly kind = 'folder'
  readonly name: string
  readonly path: string

  constructor(name: string, path: string) {
    this.name = name
    this.path = path
  }

  /** Errors about a file of this folder, or about the folder itself. */
  fault(inner = ''): Fault {
    return faultsOfAnyFormat(this.shown(inner))
  }

  shown(inner: string): string {
    return inner === '' ? this.name : `${this.name.replace(/[/\\]+$/, '')}/${inner}`
  }

  /** Files and folders in a folder, sorted by name; none where there is no such folder. */
  async entries(inner = ''): Promise<Entry[]> {
    const found = await readdir(this.#resolve(inner), { withFileTypes: true }).catch(() => [])
    if (found.length > mostEntries) {
      throw this.fault(inner)('too-many', `The folder holds more than ${mostEntries} entries.`)
    }
    return found
      .flatMap((entry): Entry[] =>
        entry.isFile()
          ? [{ name: entry.name, kind: 'file' }]
          : entry.isDirectory()
            ? [{ name: entry.name, kind: 'folder' }]
            : [],
      )
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** All files below a folder, at most `depth` folders deep. */
  async files(inner = '', depth = 8): Promise<string[]> {
    const found: string[] = []
    const visit = async (folder: string, left: number): Promise<void> => {
      for (const { name, kind } of await this.entries(folder)) {
        const path = folder === '' ? name : `${folder}/${name}`
        if (kind === 'file') found.push(path)
        else if (left > 0) await visit(path, left - 1)
        if (found.length > mostEntries) {
          throw this.fault(inner)('too-many', `The folder holds more than ${mostEntries} files.`)
        }
      }
    }
    await visit(inner, depth)
    return found
  }

  async has(inner: string): Promise<boolean> {
    const [parent, name] = [inner.split('/').slice(0, -1).join('/'), inner.split('/').at(-1)]
    return (await this.entries(parent)).some((entry) => entry.kind === 'file' && entry.name === name)
  }

  /** A file of the folder. Throws the codes of `readFileBytes`. */
  async file(inner: string): Promise<FileInput> {
    const path = this.#resolve(inner)
    const bytes = await readFileBytes(path, { ...role, shown: this.shown(inner) })
    return new FileInput(this.shown(inner), path, bytes)
  }

  #resolve(inner: string): string {
    const path = resolveInside(this.path, inner)
    if (path === undefined) throw this.fault()('outside', 'The folder names a file outside of it.')
    return path
  }
}

export type Input = FileInput | FolderInput

/** What is wrong with a file of a tool is mended by the tool; trees are written by hand, or by a line of code. */
const aboutTrees = new Set([
  'empty',
  'name',
  'not-a-mapping',
  'not-json',
  'not-toml',
  'not-yaml',
  'repeated-key',
  'too-deep',
  'too-many',
])
const toolHelp =
  'Let the tool write it again, or name its format with --format of `modelgate read` to see what is read from it.'

function faultsOfAnyFormat(file: string): Fault {
  const [ofTree, ofTool] = [treeFaults(file), faultsOf(file, toolHelp)]
  return (code, message, place) => (aboutTrees.has(code) ? ofTree : ofTool)(code, message, place)
}

type Settled<Value> = { value: Value } | { error: unknown }

function settle<Value>(make: () => Value): Settled<Value> {
  try {
    return { value: make() }
  } catch (error) {
    return { error }
  }
}

function result<Value>(settled: Settled<Value>): Value {
  if ('error' in settled) throw settled.error
  return settled.value
}

/** Only what is wrong with the file: a defect of ours must not look like a file of another format. */
function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof ModelgateError) return undefined
    throw error
  }
}
