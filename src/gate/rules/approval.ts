import { plural } from '../../base/number-text.ts'
import type { Comparison } from '../../compare/comparison.ts'
import type { RuleOf } from '../../config/rules/rule.ts'
import type { JudgeContext } from '../context.ts'
import type { Finding } from '../finding.ts'

const day = 86_400

/**
 * Whether enough people other than the authors approved this very commit. What is not known counts against an approval: who wrote the
 * change, which commit was measured, when it was given.
 */
export function judgeApproval(
  rule: RuleOf<'approval'>,
  { new: run }: Pick<Comparison, 'new'>,
  { approvals = [], headSha = run.commit, approvalNotes = [], authors, now }: JudgeContext,
): Finding {
  const users = (rule.users ?? []).map(plainName)
  const teams = (rule.teams ?? []).map(plainName)
  const who = [...users.map((user) => `@${user}`), ...teams.map((team) => `anybody of ${team}`)].join(', ')
  const expected = `approved by ${rule.count === 1 ? '' : `${rule.count} of `}${who}, not the author`
  const entitled = approvals.filter(
    ({ by, teams: of }) => users.includes(plainName(by)) || of.some((team) => teams.includes(plainName(team))),
  )
  const others = entitled.filter(({ by }) => authors !== undefined && !authors.map(plainName).includes(plainName(by)))
  const current = others.filter(({ sha }) => headSha !== undefined && sha === headSha)
  const valid = current.filter(({ at }) => rule.expires === undefined || isFresh(at, rule.expires, now))
  const people = [...new Set(valid.map(({ by }) => plainName(by)))]
  if (people.length >= rule.count) {
    const names = people.map((one) => `@${one}`).join(', ')
    return { verdict: 'pass', expected, method: 'approval', reason: `Approved by ${names}.` }
  }
  const notes = [
    ...(entitled.length > 0 && authors === undefined ? ['It is not known who wrote the change.'] : []),
    ...(authors !== undefined && entitled.length > others.length ? ['An approval by the author does not count.'] : []),
    ...(others.length > current.length ? ['An approval of another commit does not count.'] : []),
    ...(current.length > valid.length
      ? [`An approval counts for ${plural(Math.round((rule.expires ?? 0) / day), 'day')}.`]
      : []),
    ...approvalNotes,
  ]
  const missing = rule.count - people.length
  const so =
    people.length === 0
      ? ''
      : ` ${plural(people.length, 'approval')} of ${rule.count} ${people.length === 1 ? 'is' : 'are'} there.`
  const reason = `Needs ${missing === 1 ? 'an approval' : `${missing} approvals`} of this commit by ${who}.${so}${notes.map((note) => ` ${note}`).join('')}`
  return { verdict: 'inconclusive', expected, rowsToSettle: null, reason }
}

/** GitHub's names know no upper case; people write them with an @ or without. */
export function plainName(name: string): string {
  return name.replace(/^@/, '').toLowerCase()
}

/** An approval from the future, or one of which nobody knows how old it is, is not fresh. */
function isFresh(at: string, seconds: number, now: Date | undefined): boolean {
  const age = (now?.getTime() ?? Number.NaN) - Date.parse(at)
  return age >= 0 && age <= seconds * 1000
}
