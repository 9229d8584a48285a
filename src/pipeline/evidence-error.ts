import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { fileIn } from '../base/files.ts'
import type { Difference } from '../base/first-difference.ts'
import type { Comparison } from '../compare/comparison.ts'
import type { Verdict } from '../gate/verdict.ts'

/** What is said where evidence does not agree with what it was made from. */

/** `problem` goes on from the name of the file. */
export function evidenceError(code: string, folder: string, file: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: `evidence/${code}`,
    message: `${file} ${problem}.`,
    place: { file: fileIn(folder, file) },
    help: 'Judge the run again with `modelgate gate --run` and the baseline that it is to be compared with: record, predictions, comparison and verdict belong together.',
  })
}

/** What the gate let pass once, but must not be published now. */
export function stoppedError({ run = '' }: Verdict, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'bundle/blocked',
    kind: 'blocked',
    message: problem.endsWith('.') ? problem : `${problem}.`,
    help: `Judge run ${run} again with \`modelgate gate --run\`, and see what has to change.`,
  })
}

/** `one` is the comparison that is there, `other` the one that was measured. */
export function describeDifference({ path, one, other }: Difference, { metrics, slices }: Comparison): string {
  const [first, index, ...rest] = path
  const named =
    first === 'metrics' && typeof index === 'number'
      ? [metrics[index]?.name, ...rest]
      : first === 'slices' && typeof index === 'number'
        ? [`${slices[index]?.column}=${slices[index]?.value}`, ...inSlice(rest, slices[index])]
        : path
  return `has ${shown(one)} as ${place(named)}, but the records and predictions give ${shown(other)}`
}

function inSlice(
  [first, index, ...rest]: Difference['path'],
  slice: Comparison['slices'][number] | undefined,
): unknown[] {
  return first === 'metrics' && typeof index === 'number'
    ? [slice?.metrics[index]?.name, ...rest]
    : [first, index, ...rest]
}

/** `one` is the verdict that is there, `other` the one that was given anew. */
export function verdictDifference({ path, one, other }: Difference, { rules }: Verdict): string {
  const [first, index, ...rest] = path
  const named = first === 'rules' && typeof index === 'number' ? [rules[index]?.id, ...rest] : path
  return `has ${shown(one)} as ${place(named)}, but judging the comparison again gives ${shown(other)}`
}

function place(path: readonly unknown[]): string {
  return oneLine(truncate(path.filter((step) => step !== undefined).join(' '), 200))
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : oneLine(truncate(JSON.stringify(value), 100))
}
