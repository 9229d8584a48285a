import * as core from '@actions/core'
import { oneLine, stripInvisible, truncate } from '../base/escape.ts'

/** What the runner keeps of a message, and GitHub of a title. A message of a megabyte would stand in the log several times over. */
const [longestMessage, longestTitle] = [4096, 255]

/**
 * Makes an annotation from text that may come from outside: without what hides or reorders, cut, and on one line but for `help`, which may
 * have several.
 */
type Annotate = (sentence: string, properties?: core.AnnotationProperties, help?: string) => void

export const annotateError: Annotate = (...given) => annotate(core.error, ...given)
export const warning: Annotate = (...given) => annotate(core.warning, ...given)
export const notice: Annotate = (...given) => annotate(core.notice, ...given)

function annotate(
  command: (message: string, properties: core.AnnotationProperties) => void,
  sentence: string,
  properties: core.AnnotationProperties = {},
  help = '',
): void {
  const message = help === '' ? oneLine(sentence) : `${oneLine(sentence)}\n${stripInvisible(help)}`
  const { title } = properties
  command(truncate(message, longestMessage), {
    ...properties,
    ...(title === undefined ? {} : { title: truncate(oneLine(title), longestTitle) }),
  })
}
