import { learningChecks } from './learning-checks.ts'
import { rowChecks } from './row-checks.ts'
import { tableChecks } from './table-checks.ts'

/** The words of every check that stands under `checks:`, by its type. */
export const checkArguments = { ...rowChecks, ...tableChecks, ...learningChecks }
export type ListedType = keyof typeof checkArguments
export const listedTypes = Object.keys(checkArguments) as ListedType[]
