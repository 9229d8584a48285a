import type { ModelFacts } from '../file-scan.ts'
import type { ByteSource, Scanned } from '../scanner.ts'
import { type Loader, PickleMachine } from './machine.ts'
import { PickleFault } from './pickle-fault.ts'
import { PickleReport } from './pickle-report.ts'
import type { Storage } from './torch-storage.ts'

/** What the pickles of a file were found to hold. */
export type Pickles = Scanned & {
  /** Storages of tensors by key, with the loader `torch`. */
  storages: ReadonlyMap<string, Storage>
}

/**
 * Scans the pickles that stand one behind the other from `start` to the end of the source. Never throws on bytes. `loader`: `joblib` for
 * anything that may have arrays between the opcodes; what `pickle.load` makes of the same bytes is looked at as well then.
 */
export function scanPickles(
  source: ByteSource,
  allowGlobals: readonly string[],
  loader: Loader = 'joblib',
  start = 0,
): Pickles {
  const report = new PickleReport(source.name)
  const machine = new PickleMachine(source, report, loader, allowGlobals)
  const facts = guarded(report, () => followAll(machine, source, report, start))
  let format = loader === 'torch' ? 'pytorch' : 'pickle'
  if (machine.calls.wrapped !== undefined) {
    format = 'joblib'
    report.include(asPlain(source, allowGlobals, start, machine.calls.wrapped))
  }
  return { ...report.scanned(format), ...(facts === undefined ? {} : { facts }), storages: machine.storages }
}

/**
 * Bytes of arrays are opcodes for `pickle.load`: what they import counts, and that such a file fails to load so is as it should be. Arrays
 * of objects are a pickle inside, whose references to its own memo then mean something else: it imports what is not there, in
 * every honest file, so that only what is known to be dangerous counts.
 */
function asPlain(
  source: ByteSource,
  allowGlobals: readonly string[],
  start: number,
  first: 'numbers' | 'objects',
): Pick<Scanned, 'findings' | 'globals'> {
  const report = new PickleReport(source.name)
  const machine = new PickleMachine(source, report, 'plain', allowGlobals)
  guarded(report, () => void machine.follow(start))
  const counts = first === 'objects' ? ['dangerous'] : ['dangerous', 'unknown']
  const findings = report.findings.filter(({ verdict, callable }) => {
    // A name that looks like none may be imported all the same.
    return counts.includes(verdict) || (first === 'numbers' && callable !== undefined)
  })
  if (machine.passed) {
    const help = 'Save the file again with joblib.'
    const message = 'Loaded without joblib, it may run what a scan cannot follow.'
    findings.push({ verdict: 'unknown', file: source.name, offset: machine.reader.offset, message, help })
  }
  return { globals: [], findings }
}

/** Limits of the report end a scan too. */
function guarded<T>(report: PickleReport, scan: () => T): T | undefined {
  try {
    return scan()
  } catch (error) {
    if (!(error instanceof PickleFault)) throw error
    report.add(error.verdict, error.message, { offset: 0 })
    return undefined
  }
}

function followAll(machine: PickleMachine, source: ByteSource, report: PickleReport, start: number): ModelFacts {
  let offset: number | undefined = start
  let classOf: string | undefined
  let count = 0
  if (start >= source.size) report.add('malformed', 'There is no pickle in it', { offset: start })
  while (offset !== undefined && offset < source.size) {
    const begin: number = offset
    if (count > 0 && !mayBegin(machine.reader.peek(begin, 1)[0])) {
      report.add('malformed', 'Behind the pickle are bytes that belong to nothing', { offset: begin })
      break
    }
    offset = machine.follow(begin)
    classOf ??= machine.resultClass
    count++
  }
  return factsOf(machine, classOf, count)
}

/** Pickles that follow one another begin with PROTO, or as protocols 0 and 1 do. Bytes of other kinds are no further pickle. */
function mayBegin(code: number | undefined): boolean {
  return code !== undefined && (code === 0x80 || (code >= 0x28 && code < 0x7f))
}

function factsOf(machine: PickleMachine, classOf: string | undefined, count: number): ModelFacts {
  const { dtypes, sklearn } = machine.calls.facts
  const details: Record<string, string> = {}
  if (classOf !== undefined && !classOf.startsWith('numpy.')) details.class = classOf
  if (sklearn !== undefined) details['scikit-learn'] = sklearn
  if (count > 1) details.pickles = String(count)
  return { details, ...(dtypes.size === 0 ? {} : { dtypes: sorted(dtypes) }) }
}

/** Counts by type, in the order of the types. */
export function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)))
}
