import { parse } from 'yaml'
import { ModelgateError } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'

/**
 * The card that a project keeps in its repository, beside modelgate.yaml. What people wrote stays as it is; what was measured goes between the markers, or,
 * in a card without them, before the text.
 */

export const ownCardFileName = 'model-card.md'

export const beginMarker = '<!-- modelgate:begin -->'
export const endMarker = '<!-- modelgate:end -->'

export type OwnCard = { frontMatter: Record<string, unknown>; before: string; after: string }

const noCard: OwnCard = { frontMatter: {}, before: '', after: '' }

/** Takes a card apart. Throws `bundle/own-card` with the line that is wrong. */
export function readOwnCard(text: string | undefined): OwnCard {
  if (text === undefined) return noCard
  const whole = text.replace(/\r\n?/g, '\n')
  const [head = '', yaml] = /^---\n([\s\S]*?)\n?---(?:\n|$)/.exec(whole) ?? []
  const body = whole.slice(head.length)
  const frontMatter = yaml === undefined ? {} : readFrontMatter(yaml)
  const [begins, ends] = [placesOf(body, beginMarker), placesOf(body, endMarker)]
  const [begin, end] = [begins[0], ends[0]]
  if (begin === undefined && end === undefined) return { frontMatter, before: '', after: body }
  if (begins.length !== 1 || ends.length !== 1 || begin === undefined || end === undefined || end < begin) {
    const at = begins[1] ?? ends[1] ?? begin ?? end ?? 0
    throw wrong(
      `The markers of ${ownCardFileName} are not one pair.`,
      `Keep one ${beginMarker} and, after it, one ${endMarker}, or neither.`,
      whole.slice(0, head.length + at).split('\n').length,
    )
  }
  return { frontMatter, before: body.slice(0, begin), after: body.slice(end + endMarker.length) }
}

/** A card from both: ours between the markers, theirs around it. */
export function joinCard(head: string, ours: string, { before, after }: OwnCard): string {
  const isAlone = before.trim() === '' && after.trim() === ''
  const middle = isAlone ? ours.trim() : `${beginMarker}\n\n${ours.trim()}\n\n${endMarker}`
  const parts = [before.trim(), middle, after.trim()]
  return `${head}\n${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function readFrontMatter(yaml: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parse(yaml, { maxAliasCount: 0, logLevel: 'error' })
  } catch {
    value = undefined
  }
  if (yaml.trim() === '') return {}
  if (isObject(value)) return value
  throw wrong(
    `The YAML at the head of ${ownCardFileName} cannot be read.`,
    'Write it as keys and values between two lines of `---`, without anchors.',
    1,
  )
}

function placesOf(text: string, marker: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) found.push(at)
  return found
}

function wrong(message: string, help: string, line: number): ModelgateError {
  return new ModelgateError({ code: 'bundle/own-card', message, help, place: { file: ownCardFileName, line } })
}
