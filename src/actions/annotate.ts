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

/** What is to be annotated; without a place where GitHub has none to show. */
export type Annotation = {
  level: 'failure' | 'warning' | 'notice'
  title: string
  message: string
  /** Relative to the repository. */
  path?: string
  line?: number
}

/** At most ten annotations of one level are shown per step; the last one is kept for the count of the others. */
const mostAnnotations = 9

/** Annotates all of them, as far as they are shown. */
export function annotateAll(annotations: readonly Annotation[]): void {
  for (const [level, tell] of [
    ['failure', annotateError],
    ['warning', warning],
    ['notice', notice],
  ] as const) {
    const matching = annotations.filter((annotation) => annotation.level === level)
    for (const { title, message, path, line } of matching.slice(0, mostAnnotations)) {
      const place = path === undefined || line === undefined ? {} : { file: path, startLine: line }
      tell(message, { title, ...place })
    }
    const left = matching.length - mostAnnotations
    if (left > 0) tell(`${left} more are in the report.`, { title: 'modelgate' })
  }
}

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
