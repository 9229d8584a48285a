import { cutMarkdown, fits, type TextLimit } from '../../base/text-limit.ts'
import type { DataVerdict } from '../../record/data-report.ts'
import { text } from '../format.ts'
import type { DataPart } from './part.ts'
import { dataIcon, dataSections } from './section.ts'

/** What was found in all data sets together. */
export type DataSummary = { verdict: DataVerdict; reason: string; parts: readonly DataPart[] }

/** The report of data checks by themselves, outside of a judged run: as much as fits into `limit`. */
export function renderDataMarkdown({ verdict, reason, parts }: DataSummary, limit: TextLimit, title = 'Data'): string {
  const head = `## ${dataIcon(verdict)} ${title}: ${verdict}${verdict === 'fail' ? ' (blocked)' : ''}\n\n${text(reason)}`
  const leftOut =
    '_Parts of this report were left out, because there is no room for all of it here. The JSON result has them._'
  const candidates = [
    () => dataSections(parts, 'fuller'),
    () => dataSections(parts, 'usual'),
    () => [...dataSections(parts, 'brief'), leftOut],
    () => [...dataSections(parts, 'line'), leftOut],
  ]
  let markdown = ''
  for (const sectionsOf of candidates) {
    markdown = `${[head, ...sectionsOf()].join('\n\n')}\n`
    if (fits(markdown, limit)) return markdown
  }
  return cutMarkdown(markdown, limit, leftOut)
}
