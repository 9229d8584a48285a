import { oneLine, truncate } from '../base/escape.ts'

/**
 * The name of the check where none is given: `modelgate`, with what tells pipelines and legs of a matrix apart in brackets. Two checks of one
 * name on one commit are one to a branch rule, and the last to finish would decide for both.
 */
export function checkName(given: string, { key, config }: { key: string; config: string }): string {
  if (given !== '') return given
  const distinction = oneLine(key !== '' ? key : config)
  return distinction === '' ? 'modelgate' : truncate(`modelgate (${distinction})`, 100)
}
