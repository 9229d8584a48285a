import { canonicalJson, type Json } from '../base/json.ts'
import type { StageConfig } from './schema.ts'

/** What a stage runs, in one line: its command, or what it checks. Two stages that do the same have the same. */
export function commandOf({ run, with: given }: StageConfig): string {
  if (run !== undefined) return run
  if (given === undefined) return ''
  const { dataset, checks, reference, environment } = given
  const by = typeof checks === 'string' ? checks : `checks ${canonicalJson(checks as unknown as Json)}`
  const against = reference === undefined ? '' : ` against ${reference}`
  return `validate-data ${dataset} by ${by}${against}${environment === undefined ? '' : ` in ${environment}`}`
}

/** False for a stage that may read any file. A data check says by itself what it reads. */
export function declaresDeps({ uses, deps }: StageConfig): boolean {
  return uses !== undefined || deps.length > 0
}

/** Files that a stage reads beside data sets: a data check reads its checks. */
export function depsOf({ deps, with: given }: StageConfig): string[] {
  return typeof given?.checks === 'string' ? [...deps, given.checks] : deps
}

/** Files of predictions that the stage writes: several are of several seeds. */
export function predictionsOf({ predictions }: StageConfig): string[] {
  return predictions === undefined ? [] : [predictions].flat()
}
