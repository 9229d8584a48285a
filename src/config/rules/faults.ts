import { knownDirection, nearestDirected } from '../directions.ts'
import type { YamlPath } from '../document.ts'
import type { Config } from '../schema.ts'
import { slicedRuleNames } from './row-rules.ts'
import type { Rule } from './rule.ts'
import { directedMetrics, ruleKey } from './rule-key.ts'

export type RuleFault = { path: YamlPath; code: string; message: string; help: string }

/** What the schema cannot see in the rules: directions that nobody knows, and rules that cannot be told apart. */
export function findRuleFaults({ checkpoints, metrics }: Config): RuleFault[] {
  return Object.entries(checkpoints).flatMap(([checkpointName, { rules }]) => {
    const seen = new Set<string>()
    return rules.flatMap((rule, index): RuleFault[] => {
      const path = ['checkpoints', checkpointName, 'rules', index]
      const undirected = directedMetrics(rule)
        .filter(({ metric }) => metrics[metric]?.direction === undefined && knownDirection(metric) === undefined)
        .map(({ metric, path: inRule }) => ({
          path: [...path, ...inRule],
          code: 'config/unknown-direction',
          message: `It is not known whether a higher or a lower "${metric}" is better.`,
          help: `Add \`metrics: { ${metric}: { direction: higher } }\` (or lower), or correct the name${meant(metric)}.`,
        }))
      const identity = identityOf(rule)
      const repeated = {
        path,
        code: 'config/repeated-rule',
        message: `Checkpoint "${checkpointName}" has two rules ${ruleKey(rule)}.`,
        help: 'Keep one of them: a rule is known by checkpoint, kind and metric.',
      }
      const faults = seen.has(identity) ? [...undirected, repeated] : undirected
      seen.add(identity)
      return faults
    })
  })
}

/** Two rules for the same slices may ask for different things. */
function identityOf(rule: Rule): string {
  const inner = slicedRuleNames.find((kind) => rule.slices?.rule[kind] !== undefined) ?? ''
  return `${ruleKey(rule)} ${inner}`
}

function meant(metric: string): string {
  const known = nearestDirected(metric)
  return known === undefined ? '' : `, such as to ${known}`
}
