import { code, table, text } from './format.ts'
import { changeSentence, type StageChangeFacts } from './stage-change.ts'

/** A change of a stage as Markdown, for a job summary or an answer. */

export type ShownChange = {
  model: string
  stage: string
  change: StageChangeFacts
  /** Who has to agree to it here, in sentences. */
  approval: readonly string[]
  notes: readonly string[]
  tags: readonly string[]
  deploymentUrl: string
}

const signs = { promoted: '✅', 'rolled-back': '↩️', unassigned: '⏏️', unchanged: '➖', refused: '❌' } as const

/** The sentence, and below it the record as a table: everything in it is somebody's words. */
export function renderPromotion({ change, approval, notes, tags, deploymentUrl }: ShownChange): string {
  const head = `${signs[change.outcome]} ${change.outcome === 'refused' ? 'Refused: ' : ''}${text(changeSentence(change))}`
  const help = change.outcome === 'refused' ? [text(change.refusal.help)] : [recordTable(change, tags, deploymentUrl)]
  const said = [...notes, ...approval].map((sentence) => `- ${text(sentence)}`).join('\n')
  return `${[head, ...help, said].filter((part) => part !== '').join('\n\n')}\n`
}

function recordTable(
  { stored, previous }: Exclude<StageChangeFacts, { outcome: 'refused' }>,
  tags: readonly string[],
  deploymentUrl: string,
): string {
  const { record, id } = stored
  const { who, gate } = record
  const against = gate.comparedWith === null ? '' : ` against run ${code(gate.comparedWith.run)}`
  const rows: [string, string][] = [
    ['Why', text(record.why)],
    [
      'Who',
      `${code(who.actor)}${who.approvers.length === 0 ? '' : `, approved by ${who.approvers.map((by) => code(by)).join(', ')}`} (${who.via})`,
    ],
    ['Verdict', `${code(gate.verdict)}${against}: ${text(gate.reason)}`],
    ...(previous === undefined ? [] : [['Before', code(previous.record.version)] as [string, string]]),
    ['Bundle', code(record.bundle)],
    ...record.locations.map((location): [string, string] => ['Where', code(location)]),
    ...(tags.length === 0 ? [] : [['Tags', tags.map((tag) => code(tag)).join(', ')] as [string, string]]),
    ...(deploymentUrl === '' ? [] : [['Deployment', `[${text(record.stage)}](${deploymentUrl})`] as [string, string]]),
    ['Record', code(id)],
  ]
  return table(['', ''], rows)
}
