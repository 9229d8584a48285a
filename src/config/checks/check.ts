import type { z } from 'zod'
import type { Place } from '../../base/error.ts'
import type { checkArguments, ListedType } from './check-arguments.ts'
import type { Limit } from './limit.ts'
import type { severities } from './modifiers.ts'

/** One thing that is expected of the data, whether it stood under a column or under `checks`. */
export type Check<Type extends CheckType = CheckType> = {
  [Each in Type]: CheckFrame & { type: Each; args: CheckArguments[Each] }
}[Type]

export type CheckType = keyof CheckArguments

/** The words of each type after parsing. `columns` is the check of the table as a whole that `schema` stands for; `null` has limits only. */
export type CheckArguments = {
  [Type in ListedType]: z.output<(typeof checkArguments)[Type]>
} & {
  columns: { required: string[]; known: string[]; strict: boolean; ordered: boolean }
}

type CheckFrame = {
  /** Unique within a checks file, and the same in every run: `age.range`, `rows`, `expr.paid-after-created`. */
  id: string
  where?: string
  /** What a failure is when no limit says it. */
  severity: (typeof severities)[number]
  warn?: Limit
  error?: Limit
  onNotRun: 'error' | 'warn'
  /** Its column need not be there: without it there is nothing to check. */
  optional?: true
  name?: string
  owner?: string
  reason?: string
  url?: string
  /** Where it stands in the checks file. */
  place: Place
}
