import { oneLine, truncate } from '../../../base/escape.ts'
import type { ScanFinding } from '../file-scan.ts'
import type { Scanned } from '../scanner.ts'
import { PickleFault } from './pickle-fault.ts'

type Verdict = ScanFinding['verdict']

/** What makes a file bad is clear from the first findings; worse ones are added whatever their number. */
const mostFindings = 100
const mostNames = 10_000
const badness: Record<Verdict, number> = { unknown: 1, malformed: 2, dangerous: 3 }

const wayOut = 'save the model as safetensors, ONNX or skops'
const helps: Record<Verdict, string> = {
  unknown: `If you know what it does, allow it by name in \`model.allow-globals\`; better, ${wayOut}.`,
  malformed: `Save the file again with the tool that made it; better, ${wayOut}.`,
  dangerous: `Do not load this file. If it is yours, ${wayOut}.`,
}

export type Place = { offset: number; opcode?: string; callable?: string; help?: string }

/** What is found while the pickles of a file are followed. */
export class PickleReport {
  readonly file: string
  readonly findings: ScanFinding[] = []
  readonly globals = new Set<string>()
  readonly allowed = new Set<string>()
  private readonly said = new Set<string>()
  private worst = 0

  constructor(file: string) {
    this.file = file
  }

  /** Notes what is wrong. The same about the same callable is said once. */
  add(verdict: Verdict, message: string, { callable, help = helps[verdict], ...place }: Place): void {
    const shown = callable === undefined ? {} : { callable: shownName(callable) }
    const key = `${verdict} ${message} ${callable ?? place.offset}`
    if (this.said.has(key)) return
    if (this.findings.length >= mostFindings && badness[verdict] <= this.worst) return
    this.said.add(key)
    this.worst = Math.max(this.worst, badness[verdict])
    this.findings.push({ verdict, file: this.file, ...place, ...shown, message: `${message}.`, help })
  }

  /** Takes over what a part of the file gave. */
  include({ findings, globals, allowed = [] }: Pick<Scanned, 'findings' | 'globals' | 'allowed'>): void {
    for (const finding of findings) {
      const { verdict } = finding
      if (this.findings.length < mostFindings || badness[verdict] > this.worst) {
        this.worst = Math.max(this.worst, badness[verdict])
        this.findings.push(finding)
      }
    }
    for (const name of globals) if (this.globals.size < mostNames) this.globals.add(name)
    for (const name of allowed) if (this.allowed.size < mostNames) this.allowed.add(name)
  }

  /** Notes an imported name. Throws a PickleFault when there are more than any model has. */
  uses(path: string, allowed: boolean): void {
    if (this.globals.size >= mostNames) throw new PickleFault('malformed', `It imports more than ${mostNames} names`)
    this.globals.add(shownName(path))
    if (allowed) this.allowed.add(shownName(path))
  }

  scanned(format: string): Pick<Scanned, 'format' | 'findings' | 'globals'> & { allowed: string[] } {
    return {
      format,
      findings: [...this.findings],
      globals: [...this.globals].sort(),
      allowed: [...this.allowed].sort(),
    }
  }
}

function shownName(name: string): string {
  return truncate(oneLine(name), 300)
}
