import { ModelgateError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { YamlPath } from './document.ts'
import type { StageConfig } from './schema.ts'

/** A fault in how stages refer to one another, at a path of the configuration. */
export type StageFault = { path: YamlPath; code: string; message: string; help: () => string }

/** Every `needs` entry that names no stage or the stage itself, and one circle if there is any. */
export function findStageFaults(stages: Record<string, StageConfig>): StageFault[] {
  const names = new Set(Object.keys(stages))
  const faults = [...names].flatMap((name) =>
    (stages[name]?.needs ?? []).flatMap((need, index): StageFault[] => {
      const path = ['stages', name, 'needs', index]
      if (names.has(need)) return []
      return [
        {
          path,
          code: 'config/unknown-stage',
          message: `Stage "${name}" needs "${need}", which is no stage.`,
          help: () =>
            didYouMean(
              need,
              [...names].filter((other) => other !== name),
            ),
        },
      ]
    }),
  )
  if (faults.length > 0) return faults
  const circle = findCircle(stages)
  const [first] = circle
  if (first === undefined) return []
  return [
    {
      path: ['stages', first, 'needs'],
      code: 'config/circle',
      message: `The stages need one another in a circle: ${[...circle, first].join(' -> ')}.`,
      help: () => 'Remove one of these `needs`.',
    },
  ]
}

function findCircle(stages: Record<string, StageConfig>): string[] {
  const done = new Set<string>()
  const visit = (name: string, trail: string[]): string[] => {
    const seen = trail.indexOf(name)
    if (seen >= 0) return trail.slice(seen)
    if (done.has(name)) return []
    for (const need of stages[name]?.needs ?? []) {
      const circle = visit(need, [...trail, name])
      if (circle.length > 0) return circle
    }
    done.add(name)
    return []
  }
  for (const name of Object.keys(stages)) {
    const circle = visit(name, [])
    if (circle.length > 0) return circle
  }
  return []
}

/**
 * The stages in an order in which every stage comes after those that it needs; among free ones the order of the file.
 * With `wanted`, only those and what they need, directly or not. Throws `config/unknown-stage` for an unknown name.
 */
export function orderStages(stages: Record<string, StageConfig>, wanted?: readonly string[]): string[] {
  const names = Object.keys(stages)
  const unknown = wanted?.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new ModelgateError({
      code: 'config/unknown-stage',
      message: `There is no stage "${unknown}".`,
      help: didYouMean(unknown, names),
    })
  }
  const ordered: string[] = []
  const visit = (name: string): void => {
    if (ordered.includes(name)) return
    for (const need of stages[name]?.needs ?? []) visit(need)
    ordered.push(name)
  }
  for (const name of names) if (wanted === undefined || wanted.includes(name)) visit(name)
  return ordered
}
