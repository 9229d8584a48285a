import type { Imports } from './imports.ts'
import type { Dtypes } from './numpy-rules.ts'
import type { PickleReader } from './pickle-reader.ts'
import type { PickleReport } from './pickle-report.ts'
import type { PickleState } from './state.ts'
import type { Storage } from './torch-storage.ts'
import type { Value } from './values.ts'

/** Opcode and place of a call, for findings. */
export type CallPlace = { offset: number; opcode: string }

/** Judges the arguments of one callable. `number`: of its import. What it makes, and the note on that. */
export type Rule = (args: readonly Value[], place: CallPlace, number: number) => [made: number, note: number]

/** What rules ask of the pickle that is followed. */
export type RuleTools = {
  state: PickleState
  imports: Imports
  report: PickleReport
  reader: PickleReader
  dtypes: Dtypes
  textOf: (value: Value | undefined) => string | undefined
  countArray: (type: Value | undefined, shape: Value | undefined) => void
  /** The numbers of a tensor that a persistent id named; undefined for any other value. */
  storageAt: (value: Value | undefined) => Storage | undefined
  /** Notes how many elements a tensor has; the note for what stands for it. */
  noteTensor: (elements: number | undefined) => number
  elementsAt: (value: Value | undefined) => number | undefined
  /** The rule for another import, for callables that call what they are given. */
  ruleOf: (number: number) => Rule | null
}
