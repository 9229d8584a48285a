import { isAbsolute, relative } from 'node:path'
import { type Command, parseCommand } from './command.ts'
import { Unsupported } from './failure.ts'
import type { Masks } from './masks.ts'
import type { Annotation, AnnotationLevel } from './result.ts'

/** GitHub keeps so many annotations of each level for a step; the rest is absent without a word. */
const maxPerLevel = 10
const maxMessage = 4096

const commandNames = [
  'error',
  'warning',
  'notice',
  'debug',
  'group',
  'endgroup',
  'add-mask',
  'stop-commands',
  'set-output',
  'save-state',
  'set-env',
  'add-path',
  'echo',
  'add-matcher',
  'remove-matcher',
]

/** The log of a step and what its processes ask for through it. */
export class StepOutput {
  readonly lines: string[] = []
  readonly debug: string[] = []
  readonly annotations: Annotation[] = []
  /** True when a command failed the step, whatever the exit code says. */
  failed = false
  #unsupported: Unsupported | undefined
  readonly #masks: Masks
  readonly #workspace: string

  constructor(masks: Masks, workspace: string) {
    this.#masks = masks
    this.#workspace = workspace
  }

  get text(): string {
    return this.lines.join('\n')
  }

  write(text: string): void {
    this.lines.push(...this.#masks.hide(text).split('\n'))
  }

  annotate(level: AnnotationLevel, message: string, place: Omit<Annotation, 'level' | 'message'> = {}): void {
    const hidden = this.#masks.hide(message)
    this.lines.push(...`##[${level}]${hidden}`.split('\n'))
    if (this.annotations.filter((annotation) => annotation.level === level).length >= maxPerLevel) return
    this.annotations.push({ level, message: hidden.slice(0, maxMessage), ...place })
  }

  /** Fails the step with an error that everybody sees. */
  fail(message: string): void {
    this.failed = true
    this.annotate('error', message)
  }

  /** Throws what a process asked for in vain: it could not be thrown while the process ran. */
  check(): void {
    if (this.#unsupported !== undefined) throw this.#unsupported
  }

  /** A reader of lines for one process: `::stop-commands::` holds for that process only. */
  reader(): (line: string) => void {
    let stopToken: string | undefined
    const known = (name: string): boolean => commandNames.includes(name) || name === stopToken
    return (line) => {
      const command = parseCommand(line, known)
      if (command !== undefined && stopToken === undefined && command.name !== 'stop-commands') {
        this.#obey(command)
        return
      }
      this.write(line)
      if (command === undefined) return
      if (stopToken !== undefined) {
        if (command.name === stopToken) stopToken = undefined
        return
      }
      const token = command.data.toLowerCase()
      if (token !== '' && token !== 'pause-logging' && !commandNames.includes(token)) stopToken = token
      else this.fail(`Invalid stop token '${command.data}' of ::stop-commands::`)
    }
  }

  #obey({ name, properties, data }: Command): void {
    if (name === 'error' || name === 'warning' || name === 'notice') {
      this.annotate(name, data, this.#placeOf(properties))
    } else if (name === 'debug') {
      this.debug.push(this.#masks.hide(data))
    } else if (name === 'group' || name === 'endgroup') {
      this.write(`##[${name}]${data}`)
    } else if (name === 'add-mask') {
      if (data.trim() === '') this.annotate('warning', "Can't add secret mask for empty string")
      else this.#masks.add(data)
    } else if (name === 'set-output' || name === 'save-state') {
      this.annotate('warning', `The \`${name}\` command is deprecated: the emulator ignores it. Use the file.`)
    } else if (name === 'set-env' || name === 'add-path') {
      this.fail(`The \`${name}\` command is disabled. Please upgrade to using Environment Files.`)
    } else {
      this.#unsupported ??= new Unsupported(`the command ::${name}::`)
    }
  }

  #placeOf(properties: Record<string, string>): Omit<Annotation, 'level' | 'message'> {
    const numbers = { line: 'line', endLine: 'endline', col: 'col', endColumn: 'endcolumn' } as const
    const place: Omit<Annotation, 'level' | 'message'> = {}
    if (properties.title !== undefined) place.title = this.#masks.hide(properties.title)
    if (properties.file !== undefined) place.file = this.#inWorkspace(properties.file)
    for (const [key, property] of Object.entries(numbers) as [keyof typeof numbers, string][]) {
      const value = Number.parseInt(properties[property] ?? '', 10)
      if (!Number.isNaN(value)) place[key] = value
    }
    return place
  }

  #inWorkspace(file: string): string {
    const inside = relative(this.#workspace, file)
    return isAbsolute(file) && !inside.startsWith('..') ? inside : file
  }
}
