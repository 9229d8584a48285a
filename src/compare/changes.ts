import { shortDigest } from '../base/digest.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { Change, Comparison, Mismatch } from './comparison.ts'

/** What differs in what the two runs were made of. */
export function findChanges(base: RunRecord, fresh: RunRecord): Comparison['changes'] {
  const [before, now] = [base.factors, fresh.factors]
  const commands = (record: RunRecord): Record<string, string> =>
    Object.fromEntries(record.stages.map((stage) => [`command of stage ${stage.name}`, stage.command]))
  const digests = (data: RunRecord['factors']['data']): Record<string, string> =>
    Object.fromEntries(Object.entries(data).map(([name, artifact]) => [name, artifact.digest]))
  return {
    code: [
      ...differences(before.code.files, now.code.files, shortDigest),
      ...differences(commands(base), commands(fresh), String),
    ],
    data: differences(digests(before.data), digests(now.data), shortDigest),
    params: differences(before.params.values, now.params.values, (value) => JSON.stringify(value)),
    environment: [
      ...differences(before.environment.machine, now.environment.machine, String),
      ...differences(before.environment.dependencies, now.environment.dependencies, shortDigest),
    ],
  }
}

function differences<V>(base: Record<string, V>, fresh: Record<string, V>, show: (value: V) => string): Change[] {
  const names = [...new Set([...Object.keys(base), ...Object.keys(fresh)])].sort()
  const shown = (values: Record<string, V>, name: string): string | null =>
    Object.hasOwn(values, name) ? show(values[name] as V) : null
  return names
    .filter((name) => Object.hasOwn(base, name) !== Object.hasOwn(fresh, name) || base[name] !== fresh[name])
    .map((name) => ({ name, base: shown(base, name), new: shown(fresh, name) }))
}

/** The name under which a pipeline declares its evaluation set. */
export const evaluationSet = 'eval'

/** Reasons in the records themselves why the two sides must not be compared. */
export function findMismatches(base: RunRecord, fresh: RunRecord): Mismatch[] {
  const mismatches: Mismatch[] = []
  const [before, now] = [base.factors.data[evaluationSet], fresh.factors.data[evaluationSet]]
  if (before?.digest !== now?.digest) {
    mismatches.push({
      what: 'evaluation set',
      message: `The evaluation set differs: ${before === undefined ? 'none' : shortDigest(before.digest)} for the base, ${now === undefined ? 'none' : shortDigest(now.digest)} for the new run.`,
      remedy:
        'Evaluate the baseline model on this evaluation set, or change the evaluation set in a pull request of its own.',
    })
  }
  const [was, is] = [base.factors.environment.machine, fresh.factors.environment.machine]
  if (was.os !== is.os || was.arch !== is.arch) {
    mismatches.push({
      what: 'environment',
      message: `The runs were made on different machines: ${was.os} ${was.arch} and ${is.os} ${is.arch}.`,
      remedy: 'Run both sides on the same kind of runner.',
    })
  }
  return mismatches
}

/** True when nothing that goes into the model changed and the predictions are byte for byte the same. */
export function isSameModel(changes: Comparison['changes'], base: RunRecord, fresh: RunRecord): boolean {
  const nothingChanged = Object.values(changes).every((list) => list.length === 0)
  const samePredictions = base.predictions.every((file, index) => file.digest === fresh.predictions[index]?.digest)
  return nothingChanged && base.predictions.length > 0 && samePredictions
}

/** True when anything that the model depends on changed, or any metric did, or what the data checks say. */
export function hasChanged({ changes, metrics, data }: Pick<Comparison, 'changes' | 'metrics' | 'data'>): boolean {
  return (
    Object.values(changes).some((list) => list.length > 0) ||
    metrics.some((metric) => metric.difference === null || metric.difference !== 0) ||
    data.some((check) => check.new?.verdict !== check.base?.verdict)
  )
}
