import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StepFailure } from './failure.ts'

const names = ['env', 'output', 'path', 'state', 'step_summary'] as const
type FileName = (typeof names)[number]

const maxSummaryBytes = 1024 * 1024

/** What a process wrote into the runner's files. */
export type FileEffects = {
  env: [string, string][]
  outputs: [string, string][]
  path: string[]
  state: [string, string][]
  summary: string
  /** Errors that fail the step. */
  errors: string[]
  /** Errors that are shown only. */
  complaints: string[]
}

/** The five files of one process, empty at its start. */
export class FileCommands {
  /** `github.env` and so on. */
  readonly paths: Record<FileName, string>

  private constructor(folder: string) {
    const at = (name: FileName): string => join(folder, name)
    this.paths = {
      env: at('env'),
      output: at('output'),
      path: at('path'),
      state: at('state'),
      step_summary: at('step_summary'),
    }
  }

  static async create(folder: string): Promise<FileCommands> {
    await mkdir(folder, { recursive: true })
    const files = new FileCommands(folder)
    for (const path of Object.values(files.paths)) await writeFile(path, '')
    return files
  }

  async read(): Promise<FileEffects> {
    const effects: FileEffects = { env: [], outputs: [], path: [], state: [], summary: '', errors: [], complaints: [] }
    await this.#pairs('env', effects, (name, value) => {
      if (name.toUpperCase() === 'NODE_OPTIONS') {
        throw new StepFailure("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
      }
      effects.env.push([name, value])
    })
    await this.#pairs('output', effects, (name, value) => effects.outputs.push([name, value]))
    await this.#pairs('state', effects, (name, value) => effects.state.push([name, value]))
    const path = await textOf(this.paths.path)
    effects.path = path.split(/\r?\n/).filter((line) => line !== '')
    await this.#summary(effects)
    return effects
  }

  async #pairs(file: FileName, effects: FileEffects, store: (name: string, value: string) => void): Promise<void> {
    try {
      for (const [name, value] of parsePairs(await textOf(this.paths[file]))) store(name, value)
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      effects.errors.push(`Unable to process file command '${file}' successfully.`, error.message)
    }
  }

  async #summary(effects: FileEffects): Promise<void> {
    const { size } = await stat(this.paths.step_summary).catch(() => ({ size: 0 }))
    if (size <= maxSummaryBytes) effects.summary = await textOf(this.paths.step_summary)
    else {
      const got = Math.floor(size / 1024)
      effects.complaints.push(
        `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${got}k.`,
      )
    }
  }
}

async function textOf(path: string): Promise<string> {
  // A process may delete the file: then it wrote nothing.
  return (await readFile(path, 'utf8').catch(() => '')).replace(/^\uFEFF/, '')
}

/** `name=value` lines and `name<<delimiter` blocks. Lines end with LF: a CR belongs to the value, as on a Linux runner. */
export function parsePairs(text: string): [string, string][] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const pairs: [string, string][] = []
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new StepFailure(`Invalid format '${line}'. Name must not be empty`)
      pairs.push([line.slice(0, equals), line.slice(equals + 1)])
    } else if (heredoc >= 0) {
      const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)]
      if (name === '' || delimiter === '') {
        throw new StepFailure(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`)
      }
      const end = lines.indexOf(delimiter, at + 1)
      if (end === -1) throw new StepFailure(`Invalid value. Matching delimiter not found '${delimiter}'`)
      pairs.push([name, lines.slice(at + 1, end).join('\n')])
      at = end
    } else {
      throw new StepFailure(`Invalid format '${line}'`)
    }
  }
  return pairs
}
