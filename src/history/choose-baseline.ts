import { plural } from '../base/number-text.ts'
import type { BaselineSpec } from '../config/baseline-spec.ts'
import type { PastRun } from './past-runs.ts'

/** What a baseline is chosen by. */
export type Circumstances = {
  /** Commits at or before the base of the change, newest first; empty where there is no version control. */
  ancestors: readonly string[]
  /** The commit that `pinned(ref)` resolves to; undefined when the ref is none of this repository. */
  pinned?: string
  /** Run that is in production; undefined when none was promoted. */
  champion?: string
  /** The metric that `best` looks at, and which way is better. Values under any of its names count. */
  best?: { metric: string; direction: 'higher' | 'lower'; measured(run: PastRun): number | undefined }
  /** Digest of the evaluation set of the new run: `best` and `rolling` take no values of other rows. */
  evaluationSet?: string
  /** Id of the run that is judged: never its own baseline. */
  own: string
}

/**
 * The runs that a baseline consists of (one, or several for `rolling`) and why these; or why there is none. `expected`: that there is none
 * is as it should be, such as before the first promotion; otherwise rules about the change cannot be decided.
 */
export type Choice =
  | { runs: readonly [PastRun, ...PastRun[]]; explanation: string }
  | { runs: null; explanation: string; expected: boolean }

/** Chooses among the runs of one source, which are listed newest first. Pure. A `file` is not chosen but read. */
export function chooseBaseline(
  spec: Exclude<BaselineSpec, { kind: 'file' }>,
  source: { name: string; runs: readonly PastRun[] },
  circumstances: Circumstances,
): Choice {
  const runs = source.runs.filter(({ id }) => id !== circumstances.own)
  const given = { name: source.name, runs }
  switch (spec.kind) {
    case 'base-branch':
      return ofBaseBranch(given, circumstances)
    case 'champion':
      return champion(given, circumstances)
    case 'best':
      return best(given, circumstances)
    case 'rolling':
      return rolling(spec.runs, given, circumstances)
    case 'pinned':
      return pinned(spec.ref, given, circumstances)
  }
}

type Source = { name: string; runs: readonly PastRun[] }

/** The newest ancestor of the change that has a run. Of several runs of one commit the newest counts. */
function ofBaseBranch({ name, runs }: Source, { ancestors }: Circumstances): Choice {
  const ofCommit = new Map<string, PastRun>()
  for (const run of [...runs].reverse()) {
    if (run.commit !== undefined && !run.dirty) ofCommit.set(run.commit, run)
  }
  const [base] = ancestors
  if (base === undefined) return none('no base commit is known')
  const steps = ancestors.findIndex((commit) => ofCommit.has(commit))
  const run = ofCommit.get(ancestors[steps] ?? '')
  if (run === undefined)
    return none(`none of the ${plural(ancestors.length, 'commit')} up to ${short(base)} has a run in ${name}`)
  const why =
    steps === 0
      ? 'the base of this change'
      : `${plural(steps, 'commit')} before ${short(base)}, the base of this change: nothing newer has a run`
  return { runs: [run], explanation: `run ${run.id} of commit ${short(run.commit)} in ${name}, ${why}` }
}

function champion({ name, runs }: Source, { champion: id, own }: Circumstances): Choice {
  if (id === undefined) return { ...none(`nothing has been promoted to production in ${name}`), expected: true }
  if (id === own) return none(`the champion is this very run, ${id}`)
  const run = runs.find((candidate) => candidate.id === id)
  if (run === undefined) return none(`the champion, run ${id}, is not in ${name} or did not finish`)
  return { runs: [run], explanation: `the champion, ${describe(run, name)}` }
}

function best({ name, runs }: Source, { best: wanted, evaluationSet }: Circumstances): Choice {
  if (wanted === undefined) return none('no metric says which run is the best')
  const { metric, direction, measured } = wanted
  const comparable = runs.filter((run) => run.evaluationSet === evaluationSet && measured(run) !== undefined)
  const sign = direction === 'higher' ? 1 : -1
  const gain = (run: PastRun): number => sign * (measured(run) ?? Number.NaN)
  const [first, ...others] = comparable
  if (first === undefined) {
    const of = `with ${metric} on this evaluation set`
    return { ...none(`${name} has no run ${of}`), expected: runs.length === 0 }
  }
  // Of equals the newest: they are listed newest first.
  const winner = others.reduce((leader, run) => (gain(run) > gain(leader) ? run : leader), first)
  return {
    runs: [winner],
    explanation: `the best ${metric} (${measured(winner)}) of ${plural(comparable.length, 'run')}, ${describe(winner, name)}`,
  }
}

function rolling(count: number, { name, runs }: Source, { evaluationSet }: Circumstances): Choice {
  const comparable = runs.filter((run) => run.evaluationSet === evaluationSet)
  const [first, ...others] = comparable.slice(0, count)
  if (first === undefined) return { ...none(`${name} has no run on this evaluation set`), expected: runs.length === 0 }
  const taken = [first, ...others] as const
  const of = taken.length < count ? ` (${count} are asked for)` : ''
  return { runs: taken, explanation: `the mean of the last ${plural(taken.length, 'run')} in ${name}${of}` }
}

function pinned(ref: string, { name, runs }: Source, { pinned: commit }: Circumstances): Choice {
  const run =
    runs.find((candidate) => candidate.id === ref) ??
    runs.find((candidate) => commit !== undefined && candidate.commit === commit && !candidate.dirty)
  if (run !== undefined) return { runs: [run], explanation: `pinned to ${ref}: ${describe(run, name)}` }
  const why =
    commit === undefined
      ? 'it is neither a run there nor a revision of this repository'
      : `commit ${short(commit)} has no run there`
  return none(`${ref} is not in ${name}: ${why}`)
}

function none(explanation: string): Extract<Choice, { runs: null }> {
  return { runs: null, explanation, expected: false }
}

function describe(run: PastRun, source: string): string {
  return `run ${run.id}${run.commit === undefined ? '' : ` of commit ${short(run.commit)}`} in ${source}`
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 7) ?? 'unknown'
}
