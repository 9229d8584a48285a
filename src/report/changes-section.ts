import type { Change, Comparison } from '../compare/comparison.ts'
import { code, details, table } from './format.ts'

const [mostShown, mostOfValue] = [30, 80]

/** What differs in code, data, parameters and environment. Empty without a baseline. */
export function changesSection(comparison: Comparison, most = mostShown): string[] {
  if (comparison.base === null) return []
  const { code: files, data, params, environment } = comparison.changes
  const groups: [string, readonly Change[]][] = [
    ['code', files],
    ['data', data],
    ['parameters', params],
    ['environment', environment],
  ]
  const changed = groups.filter(([, changes]) => changes.length > 0)
  if (changed.length === 0)
    return ['Nothing that the model depends on changed: code, data, parameters and environment are the same.']
  const rows = changed.flatMap(([group, changes]) =>
    changes.map((change) => [
      group,
      code(change.name),
      change.base === null ? 'not there' : code(change.base, mostOfValue),
      change.new === null ? 'removed' : code(change.new, mostOfValue),
    ]),
  )
  const left = rows.length - most
  const summary = `What changed: ${changed.map(([group, changes]) => `${group} (${changes.length})`).join(', ')}`
  return [
    details(
      summary,
      table(['', 'What', 'Base', 'New'], rows.slice(0, most)) + (left > 0 ? `\n\n${left} more are not shown.` : ''),
    ),
  ]
}
