import type { ModelgateError } from '../base/error.ts'
import { text } from './format.ts'

/** What stands in the place of a report when the evidence could not be judged. It is never a pass. */
export function renderNoVerdict({ message, help }: ModelgateError): string {
  const remedy = help === undefined ? [] : [text(help)]
  return `${['## 🚫 No verdict', `**${text(message)}**`, ...remedy].join('\n\n')}\n`
}
