import { oneLine, truncate } from '../../base/escape.ts'
import type { ModelFacts, ScanFinding } from './file-scan.ts'
import type { ByteSource, ScanContext, Scanned } from './scanner.ts'

/** Bytes that do not keep to their format. Thrown inside scanners only: `scanGuarded` turns it into a finding. */
export class Malformed extends Error {
  readonly offset: number | undefined

  constructor(message: string, offset?: number) {
    super(message)
    this.offset = offset
  }
}

/** A file may hold millions of faults: what is wrong with it is clear from the first ones. */
const mostFindings = 100
const mostGlobals = 10_000

type Detail = Partial<Pick<ScanFinding, 'offset' | 'opcode' | 'callable' | 'help'>>

export const helps = {
  damaged: 'Save or download the file again: it is cut off, damaged, or was made to be read in two ways.',
  data: 'Save weights in a format that holds data only: safetensors, ONNX or GGUF.',
  remove: 'Leave the file out of the model, or keep what it holds in a format that is known.',
}

/** What a scanner gathers while it reads. */
export class Found {
  readonly format: string
  readonly source: ByteSource
  readonly facts: ModelFacts = { details: {} }
  private readonly findings: ScanFinding[] = []
  private worst = 0
  private readonly globals = new Set<string>()
  private readonly allowed = new Set<string>()
  private readonly companions: string[] = []

  constructor(format: string, source: ByteSource) {
    this.format = format
    this.source = source
  }

  malformed(message: string, detail: Detail = {}): void {
    this.add('malformed', message, { help: helps.damaged, ...detail })
  }

  dangerous(message: string, detail: Detail = {}): void {
    this.add('dangerous', message, { help: helps.data, ...detail })
  }

  unknown(message: string, detail: Detail = {}): void {
    this.add('unknown', message, { help: helps.remove, ...detail })
  }

  /** A name that loading would look up, and that is known to do no harm. */
  uses(name: string): void {
    if (this.globals.size < mostGlobals) this.globals.add(shown(name))
  }

  /** A name that loading would look up, and that is not known: a finding unless the project allows it by name. */
  usesUnknown(name: string, context: Pick<ScanContext, 'allowGlobals'>, message: string, detail: Detail = {}): void {
    this.uses(name)
    if (isAllowed(name, context.allowGlobals)) this.usesAllowed(name)
    else this.unknown(message, { help: helpToAllow(name), callable: name, ...detail })
  }

  /** A name that is not known, and that the project allows. */
  usesAllowed(name: string): void {
    this.uses(name)
    this.allowed.add(shown(name))
  }

  detail(name: string, value: string): void {
    const text = truncate(oneLine(value), 300)
    if (text !== '') this.facts.details[name] = text
  }

  /** Another file that belongs to this one and holds raw numbers: a path relative to this one. */
  companion(path: string): void {
    this.companions.push(path)
  }

  /** What was found in a part, as if it had been found here. */
  include({ findings, globals, allowed = [] }: Scanned): void {
    for (const one of findings) this.keep(one)
    for (const name of globals) this.uses(name)
    for (const name of allowed) this.allowed.add(name)
  }

  done(): Scanned {
    const { parameters, dtypes, inputs, outputs, details } = this.facts
    const empty = [parameters, dtypes, inputs, outputs].every((fact) => fact === undefined)
    return {
      format: this.format,
      findings: this.findings,
      globals: [...this.globals].sort(),
      allowed: [...this.allowed].sort(),
      ...(this.companions.length === 0 ? {} : { companions: this.companions }),
      ...(empty && Object.keys(details).length === 0 ? {} : { facts: this.facts }),
    }
  }

  private add(verdict: ScanFinding['verdict'], message: string, { help = '', callable, ...detail }: Detail): void {
    const more = callable === undefined ? {} : { callable: shown(callable) }
    this.keep({ verdict, file: this.source.name, message: sentence(message), help, ...detail, ...more })
  }

  /** A worse finding is kept whatever their number: many small faults must not hide it. */
  private keep(finding: ScanFinding): void {
    const badness = ['unknown', 'malformed', 'dangerous'].indexOf(finding.verdict)
    if (this.findings.length >= mostFindings && badness <= this.worst) return
    this.worst = Math.max(this.worst, badness)
    this.findings.push(finding)
  }
}

/** Runs a scanner. Bytes that it cannot read end it with what it found until then and a finding of their own. */
export function scanGuarded(format: string, source: ByteSource, scan: (found: Found) => void): Scanned {
  const found = new Found(format, source)
  try {
    scan(found)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    found.malformed(error.message, error.offset === undefined ? {} : { offset: error.offset })
  }
  return found.done()
}

/** True for `a.b.C` if the project allows `a.b.C` or `a.b.*` or `a.*`. */
export function isAllowed(name: string, allowGlobals: readonly string[]): boolean {
  return allowGlobals.some((pattern) =>
    pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  )
}

/** The way out for a name that is not known. */
export function helpToAllow(name: string): string {
  return `If you know what it does, allow it by name: \`--allow-global ${shown(name)}\`, or \`model.allow-globals\` in modelgate.yaml.`
}

function sentence(message: string): string {
  const text = truncate(oneLine(message), 500)
  return text.endsWith('.') ? text : `${text}.`
}

/** A name out of a file, fit for a message. */
export function shown(name: string): string {
  return truncate(oneLine(name), 300)
}
