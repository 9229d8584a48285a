import { codeSpan, escapeMarkdown } from '../base/escape.ts'

/** What the section says: the result of a publication, as far as it is shown. */
export type ShownPublication = {
  outcome: 'published' | 'unchanged' | 'incomplete'
  model: string
  version: string
  bundle: string
  channels: Record<
    string,
    {
      state: string
      location?: string | undefined
      problem?: { message: string; help?: string | undefined } | undefined
    }
  >
  notes: readonly string[]
}

/** A publication as Markdown for the summary of a job. */
export function publicationMarkdown({ outcome, model, version, bundle, channels, notes }: ShownPublication): string {
  const name = `${codeSpan(model)} ${escapeMarkdown(version)}`
  const heading = {
    published: `## 📦 ${name} is published`,
    unchanged: `## 📦 ${name} was published before`,
    incomplete: `## ❌ ${name} is not published everywhere yet`,
  }[outcome]
  const rows = Object.entries(channels).map(([channel, { state, location, problem }]) => {
    const what =
      problem === undefined
        ? codeSpan(location ?? state)
        : escapeMarkdown([problem.message, problem.help ?? ''].join(' ').trim())
    return `| ${escapeMarkdown(channel)} | ${problem === undefined ? '✅' : '❌'} ${state} | ${what} |`
  })
  const table = ['| Channel | State | Where |', '| --- | --- | --- |', ...rows].join('\n')
  return `${[heading, table, `Bundle ${codeSpan(bundle)}`, ...notes.map(escapeMarkdown)].join('\n\n')}\n`
}
