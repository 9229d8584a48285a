import { ModelgateError } from '../base/error.ts'
import { formatCount, plural } from '../base/number-text.ts'
import type { Relation } from './relation.ts'

/**
 * Rows that could not be read are in no count: whatever is said of the others would be taken for the whole. Throws `data/unreadable-rows`, which
 * names the first of them.
 */
export function requireReadable({ name, rows, malformed }: Relation): void {
  const { count, first } = malformed
  if (count === 0) return
  const [problem] = first
  throw new ModelgateError({
    code: 'data/unreadable-rows',
    message: `${formatCount(count)} of ${plural(count + rows, 'row')} of ${name} could not be read; the first: ${problem?.message ?? 'no reason is known.'}`,
    ...(problem === undefined ? {} : { place: problem.place }),
    help: 'Mend these rows, or say how the file is read: with --delimiter and --format, or under `read` of a checks file.',
  })
}
