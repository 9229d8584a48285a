import { canonicalJson, type Json } from '../base/json.ts'
import type { StageConfig } from './schema.ts'

/** What a stage runs, in one line: its command, or what it checks. Two stages that do the same have the same. */
export function commandOf({ run, with: given }: StageConfig): string {
  if (run !== undefined) return run
  if (given === undefined) return ''
  const { dataset, checks, reference } = given
  const by = typeof checks === 'string' ? checks : `checks ${canonicalJson(checks as unknown as Json)}`
  return `validate-data ${dataset} by ${by}${reference === undefined ? '' : ` against ${reference}`}`
}

/** Files that a stage reads beside data sets: a data check reads its checks. */
export function depsOf({ deps, with: given }: StageConfig): string[] {
  return typeof given?.checks === 'string' ? [...deps, given.checks] : deps
}
