import { z } from 'zod'
import { isInsidePath } from './values.ts'

/** What a checkpoint or a rule compares with. */
export type BaselineSpec =
  /** What the base branch measured: the default. */
  | { kind: 'base-branch' }
  /** The model that is in use. */
  | { kind: 'champion' }
  /** The best run so far by a metric; without one, by the metric that the rule judges. */
  | { kind: 'best'; metric?: string }
  /** The last so many runs. */
  | { kind: 'rolling'; runs: number }
  /** One revision, tag or version for good. */
  | { kind: 'pinned'; ref: string }
  /** A record in a file of the project. */
  | { kind: 'file'; path: string }

const refPattern = /^[A-Za-z0-9][A-Za-z0-9._/@+-]{0,199}$/

/** Reads `base-branch`, `champion`, `best`, `best(roc_auc)`, `rolling(20)`, `pinned(v1.2.0)` or a path; undefined for anything else. */
export function parseBaselineSpec(text: string): BaselineSpec | undefined {
  const [, word = '', argument] = /^([a-z-]+)\s*(?:\(\s*(.*?)\s*\))?$/.exec(text.trim()) ?? []
  if (argument === undefined && (word === 'base-branch' || word === 'champion' || word === 'best'))
    return { kind: word }
  if (word === 'best' && argument !== undefined)
    return argument !== '' && argument.length <= 200 ? { kind: 'best', metric: argument } : undefined
  if (word === 'rolling' && argument !== undefined) {
    const runs = /^\d{1,4}$/.test(argument) ? Number(argument) : 0
    return runs >= 1 && runs <= 1000 ? { kind: 'rolling', runs } : undefined
  }
  if (word === 'pinned' && argument !== undefined)
    return refPattern.test(argument) && !argument.includes('..') ? { kind: 'pinned', ref: argument } : undefined
  // A slip of the pen must not be taken for the name of a file.
  const path = text.trim()
  const looksLikeOne = path.includes('/') || path.endsWith('.json')
  return looksLikeOne && path.length <= 1024 && !/[()]/.test(path) && isInsidePath(path)
    ? { kind: 'file', path }
    : undefined
}

/** The one way of writing it: what the comparisons of a judgement are known by. */
export function formatBaselineSpec(spec: BaselineSpec): string {
  switch (spec.kind) {
    case 'best':
      return spec.metric === undefined ? 'best' : `best(${spec.metric})`
    case 'rolling':
      return `rolling(${spec.runs})`
    case 'pinned':
      return `pinned(${spec.ref})`
    case 'file':
      return spec.path
    default:
      return spec.kind
  }
}

export const defaultBaseline = 'base-branch'

/** In the configuration a baseline stands as text, in the one way of writing it. */
export const baseline = z
  .string()
  .refine(
    (text) => parseBaselineSpec(text) !== undefined,
    'must be base-branch, champion, best, best(metric), rolling(n), pinned(ref) or the path of a record',
  )
  .transform((text) => {
    const spec = parseBaselineSpec(text)
    return spec === undefined ? text : formatBaselineSpec(spec)
  })
