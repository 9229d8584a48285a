import type { Verdict, WaiverResult } from '../gate/verdict.ts'
import { asSentence } from '../gate/waive.ts'
import { code, text } from './format.ts'

/** One waiver in words; `state` and `effect` are ours. Text from outside stands in the others as it came: who shows it escapes it. */
export type WaiverWords = { state: string; about: string[]; said: string; effect: string; excused: string[] }

const order: readonly WaiverResult['state'][] = ['in-force', 'expired', 'unmatched']

/** All of them, those in force first: what is excused stays in sight. */
export function waiversOf({ waivers }: Pick<Verdict, 'waivers'>): WaiverWords[] {
  return [...waivers].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).map(wordsOf)
}

function wordsOf({ rule, slice, metric, until, by, reason, limit, state, waived }: WaiverResult): WaiverWords {
  const words = {
    about: [rule, ...(metric === undefined ? [] : [metric]), ...(slice === undefined ? [] : [slice])],
    said: `${limit === undefined ? '' : `up to ${limit}, `}until ${until}, by ${by}: ${asSentence(reason)}`,
    excused: waived,
  }
  switch (state) {
    case 'expired':
      return { ...words, state: 'Expired', effect: 'It excuses nothing any more.' }
    case 'unmatched':
      return { ...words, state: 'Of nothing', effect: 'There is no such rule, or no such part of it.' }
    default:
      return {
        ...words,
        state: 'In force',
        effect: waived.length === 0 ? 'Nothing needed it.' : 'It excuses',
      }
  }
}

const [mostShown, mostExcused] = [20, 5]

/** Every waiver, whether it holds or not. Nothing where the policy has none. */
export function waiversSection(verdict: Verdict, most = mostShown): string[] {
  const all = waiversOf(verdict)
  if (all.length === 0) return []
  const left = all.length - most
  const lines = all.slice(0, most).map(({ state, about, said, effect, excused }) => {
    const named = excused.slice(0, mostExcused).map((one) => code(one, 300))
    const others = excused.length - mostExcused
    const list = named.length === 0 ? '' : ` ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}.`
    return `- **${state}:** ${about.map((one) => code(one)).join(', ')}, ${text(said)} ${effect}${list}`
  })
  return [['**Waivers:**', '', ...lines, ...(left > 0 ? [`- ${left} more are not shown`] : [])].join('\n')]
}

/** Only how many hold, for where there is no room for more. */
export function waiversLine({ waivers }: Pick<Verdict, 'waivers'>): string {
  const held = waivers.filter(({ state }) => state === 'in-force').length
  return held === 0 ? '' : `Waivers in force: ${held}.`
}
