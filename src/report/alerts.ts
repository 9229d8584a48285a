import type { Comparison, DataComparison } from '../compare/comparison.ts'
import type { Verdict, WaiverResult } from '../gate/verdict.ts'
import { asSentence } from '../gate/waive.ts'

/** Something that a reader must not overlook. Text from outside stands in it as it came: who shows it escapes it. */
export type Alert = { heading?: string; sentences: string[] }

/** All of them, each once: both runs often note the same. */
export function alertsOf(comparison: Comparison, verdict: Verdict): Alert[] {
  const plain = (sentence: string): Alert => ({ sentences: [sentence] })
  const alerts: Alert[] = [
    // The one that the verdict names stands above already.
    ...comparison.mismatches
      .filter(({ message }) => !verdict.reason.includes(message))
      .map(({ what, message, remedy }) => ({ heading: `Not comparable (${what}):`, sentences: [message, remedy] })),
    ...comparison.warnings.map(plain),
    ...policyNote(verdict),
    ...verdict.waivers.map(waiverNote),
    ...comparison.data.flatMap(checksNote),
    ...[comparison.base, comparison.new].flatMap((run) => run?.notes ?? []).map(plain),
    ...(comparison.new.dirty ? [plain('The working tree had changes that are not committed.')] : []),
  ]
  const different = new Map(alerts.map((alert) => [JSON.stringify(alert), alert]))
  return [...different.values()]
}

/** Said of a change that edits the checks that its own data are held to. */
function checksNote({ stage, proposed }: DataComparison): Alert[] {
  if (proposed === undefined) return []
  return [
    {
      heading: 'This change edits the data checks.',
      sentences: [
        `The data of stage "${stage}" were judged by those of the base. Its own would say: ${proposed.verdict}.`,
        proposed.reason,
      ],
    },
  ]
}

/** A waiver, whether it holds or not: what is excused stays in sight. */
export function waiverNote({ rule, slice, metric, until, by, reason, limit, state, waived }: WaiverResult): Alert {
  const about = [rule, ...(metric === undefined ? [] : [metric]), ...(slice === undefined ? [] : [slice])].join(', ')
  const upTo = limit === undefined ? '' : ` up to ${limit}`
  const said = `${about}${upTo}, by ${by}: ${asSentence(reason)}`
  switch (state) {
    case 'expired':
      return { heading: `Waiver expired on ${until}:`, sentences: [said] }
    case 'unmatched':
      return { heading: 'Waiver of nothing:', sentences: [said, 'There is no such rule, or no such part of it.'] }
    default: {
      const effect = waived.length === 0 ? 'Nothing needed it.' : `It excuses ${waived.slice(0, 5).join('; ')}.`
      return { heading: `Waiver until ${until}:`, sentences: [said, effect] }
    }
  }
}

function policyNote({ policy }: Verdict): Alert[] {
  if (policy.proposed === undefined) return []
  const { verdict, outcome, reason } = policy.proposed
  const own = `It was judged by those of the base revision. Its own would say: ${verdict}${outcome === 'blocked' ? ' (blocked)' : ''}.`
  return [{ heading: 'This change edits the checkpoints.', sentences: [own, reason] }]
}
