import { plural } from '../base/number-text.ts'
import type { Verdict } from '../gate/verdict.ts'
import { code, text } from './format.ts'

/** Sentences that are put around a finished report. The report leaves room for them: see `reportLimit`. */

/** A report about a commit that is no longer the head of its pull request. */
export function withOutdatedBanner(markdown: string, commits: { reported: string; head: string }): string {
  const [reported, head] = [code(commits.reported.slice(0, 7)), code(commits.head.slice(0, 7))]
  return withBanner(
    markdown,
    `**Outdated:** this report is about ${reported}, and the pull request has moved on to ${head}. The report of that commit follows when its run has finished.`,
  )
}

/** A change of what the measurements are made with. Nothing is added for no files; undefined stands for not known. */
export function withWorkflowBanner(markdown: string, files: readonly string[] | undefined): string {
  if (files === undefined) {
    return withBanner(
      markdown,
      'This pull request changes more files than GitHub lists, so that it is not known whether it changes the workflow that measured it.',
    )
  }
  if (files.length === 0) return markdown
  const more = files.length > 3 ? ` and ${plural(files.length - 3, 'more file')}` : ''
  return withBanner(
    markdown,
    `This pull request changes ${files
      .slice(0, 3)
      .map((file) => code(file, 200))
      .join(', ')}${more}: look at that before you trust what its workflow measured.`,
  )
}

/** A verdict that passes, of a run of which something failed. */
export function withFailedRunBanner(markdown: string): string {
  return withBanner(
    markdown,
    'The run that measured this ended as **failure**, although the gate passes: look at its log.',
  )
}

export type Origin = { run: number; baseRef: string; from: Verdict['policy']['from'] }

/** Who measured and who judged, for a report that is made apart from the run. */
export function withOrigin(markdown: string, { run, baseRef, from }: Origin): string {
  const judged = {
    base: `the checkpoints of ${text(baseRef, 200)}`,
    change: `its own checkpoints, for ${text(baseRef, 200)} has none`,
    none: 'no checkpoint, for none is configured',
  }[from]
  const sentence = `Measured by run ${run} of the pull request, whose code and workflow its author writes; judged here by ${judged}.`
  return `${markdown.trimEnd()}\n\n<sub>${sentence}</sub>\n`
}

function withBanner(markdown: string, sentence: string): string {
  return `> ⚠️ ${sentence}\n\n${markdown}`
}
