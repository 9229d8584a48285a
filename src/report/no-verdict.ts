import { formatPlace, type ModelgateError } from '../base/error.ts'
import { codeLine, truncate } from '../base/escape.ts'
import { code, text } from './format.ts'

const [mostLines, longestLine, longestSentence] = [30, 300, 4096]

/**
 * What stands in the place of a report when nothing could be judged, because the run or its evidence failed. It is never a pass, and it must take
 * the place of an earlier report, which would go on speaking for a change that it does not know.
 */
export function renderNoVerdict({ message, help, place }: ModelgateError, name?: string): string {
  const title = `## 🚫 ${name === undefined ? '' : `${code(name)}: `}no verdict`
  const where = place?.line === undefined ? '' : `${code(truncate(formatPlace(place), longestLine))}: `
  const [remedy = '', ...printed] = (help ?? '').split('\n')
  // Indented and not fenced: no line of it can end the block.
  const block = printed.slice(-mostLines).map((line) => `    ${truncate(codeLine(line), longestLine)}`)
  const parts = [
    title,
    `${where}**${text(truncate(message, longestSentence))}**`,
    text(truncate(remedy, longestSentence)),
    block.join('\n'),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}
