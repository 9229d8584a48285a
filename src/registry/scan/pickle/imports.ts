import { type Import, judgeImport } from './judge-import.ts'
import { textAt, utf8Text } from './literals.ts'
import { NameCache } from './name-cache.ts'
import { PickleFault } from './pickle-fault.ts'
import type { PickleReader } from './pickle-reader.ts'
import type { PickleReport } from './pickle-report.ts'
import { dunder, object, text, type Value } from './values.ts'

const cacheSize = 1 << 10
const mostName = 1000

/** The names that the pickles of a file import, each judged once and numbered. */
export class Imports {
  private readonly reader: PickleReader
  private readonly report: PickleReport
  private readonly allowGlobals: readonly string[]
  private readonly all: Import[] = []
  private readonly numbers = new Map<string, number>()
  private readonly names = new NameCache()
  /** Numbers of late imports by the places of their two names, which may be far back. */
  private readonly cache = new Float64Array(cacheSize * 3).fill(-1)

  constructor(reader: PickleReader, report: PickleReport, allowGlobals: readonly string[]) {
    this.reader = reader
    this.report = report
    this.allowGlobals = allowGlobals
  }

  get(number: number): Import | undefined {
    return this.all[number]
  }

  /** GLOBAL and INST: module and name as lines. The number of the import. */
  fromLines(offset: number, opcode: string, protocol: number): number {
    const { reader } = this
    const start = reader.offset
    const moduleLength = reader.line()
    const nameLength = reader.line()
    if (moduleLength + nameLength > mostName)
      throw new PickleFault('malformed', 'It imports a name that is too long', true)
    const bytes = reader.peek(start, moduleLength + nameLength + 1)
    const module = utf8Text(bytes.subarray(0, moduleLength))
    const name = utf8Text(bytes.subarray(moduleLength + 1))
    if (module === undefined || name === undefined) {
      throw new PickleFault('malformed', 'It imports a name that is no text')
    }
    return this.number(module, name, offset, opcode, protocol)
  }

  /** STACK_GLOBAL: module and name from the stack. The number of the import; -1 when they are no constant texts. */
  fromStack(module: Value, name: Value, offset: number, protocol: number): number {
    const constant = (value: Value): boolean => value.kind === text || value.kind === dunder
    if (![module, name].every((value) => constant(value) || this.mayBeText(value))) {
      throw new PickleFault('malformed', 'It imports a name that is no text')
    }
    if (!constant(module) || !constant(name)) {
      this.report.add('dangerous', 'It imports a name that it computes', { offset, opcode: 'STACK_GLOBAL' })
      return -1
    }
    const { cache, reader, names } = this
    const slot = ((module.a * 31 + name.a * 7) % cacheSize) * 3
    if (cache[slot] === module.a && cache[slot + 1] === name.a) return cache[slot + 2] as number
    let number = protocol >= 3 ? names.find(reader, module.a, name.a) : -1
    if (number === -1) {
      const [from, what] = [textAt(reader, module.a), textAt(reader, name.a)]
      if (from === undefined || what === undefined) {
        throw new PickleFault('malformed', 'It imports a name that is too long or no text', true)
      }
      number = this.number(from, what, offset, 'STACK_GLOBAL', protocol)
      // Which of Python's names is meant depends on the protocol, which is 4 for nearly all that import in this way.
      if (protocol >= 3) names.keep(reader, module.a, name.a, number)
    }
    cache[slot] = module.a
    cache[slot + 1] = name.a
    cache[slot + 2] = number
    return number
  }

  /** True for results of calls, but for those of known names: no text is among them. */
  private mayBeText({ kind, a }: Value): boolean {
    const made = this.all[a]
    return kind === object && (made === undefined || made.verdict !== 'safe' || made.allowed)
  }

  private number(module: string, name: string, offset: number, opcode: string, protocol: number): number {
    const key = `${protocol < 3} ${module}\n${name}`
    const before = this.numbers.get(key)
    if (before !== undefined) return before
    const judged = judgeImport(module, name, protocol, this.allowGlobals)
    const number = this.all.length
    this.all.push(judged)
    this.numbers.set(key, number)
    const { path: callable, verdict, why } = judged
    if (verdict !== 'safe') {
      const what = verdict === 'malformed' ? 'a name' : `"${callable}"`
      this.report.add(verdict, `It imports ${what}, which ${why}`, { offset, opcode, callable })
    }
    this.report.uses(callable, judged.allowed)
    return number
  }
}
