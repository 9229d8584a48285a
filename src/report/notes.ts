import { plural } from '../base/number-text.ts'
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

/** A change of what the measurements are made with. Nothing is added for no files. */
export function withWorkflowBanner(markdown: string, files: readonly string[]): string {
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

/** Who measured and who judged, for a report that is made apart from the run. */
export function withOrigin(markdown: string, { run, baseRef }: { run: number; baseRef: string }): string {
  const sentence = `Measured by run ${run} of the pull request, whose code and workflow its author writes; judged here by the checkpoints of ${text(baseRef, 200)}.`
  return `${markdown.trimEnd()}\n\n<sub>${sentence}</sub>\n`
}

function withBanner(markdown: string, sentence: string): string {
  return `> ⚠️ ${sentence}\n\n${markdown}`
}
