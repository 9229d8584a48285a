import { isBasicExpression, isMapping } from '@actions/workflow-parser'
import type { MappingToken } from '@actions/workflow-parser/templates/tokens/mapping-token'
import { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { checkExpression, keyOf } from './expression.ts'
import { Unsupported } from './failure.ts'

/** Every keyword that the emulator acts on, or knows to be without effect here. The parser knows more: those are refused. */
export const keywords = {
  workflow: ['on', 'name', 'run-name', 'defaults', 'env', 'permissions', 'concurrency', 'jobs'],
  job: [
    'name',
    'needs',
    'if',
    'strategy',
    'runs-on',
    'timeout-minutes',
    'continue-on-error',
    'env',
    'environment',
    'permissions',
    'concurrency',
    'outputs',
    'defaults',
    'steps',
  ],
  step: [
    'name',
    'id',
    'if',
    'run',
    'shell',
    'working-directory',
    'uses',
    'with',
    'env',
    'continue-on-error',
    'timeout-minutes',
  ],
  strategy: ['matrix', 'fail-fast', 'max-parallel'],
  defaults: ['run'],
  'defaults.run': ['shell', 'working-directory'],
  concurrency: ['group', 'cancel-in-progress'],
  environment: ['name', 'url'],
} as const satisfies Record<string, readonly string[]>

/** The members of a mapping, all of them known. `where` is the mapping's name in the message. */
export function membersOf(
  token: TemplateToken | undefined,
  kind: keyof typeof keywords,
  where: string,
): Map<string, TemplateToken> {
  if (token === undefined) return new Map()
  if (!isMapping(token)) throw new Unsupported(`an expression as ${where}`)
  const known: readonly string[] = keywords[kind]
  const members = new Map<string, TemplateToken>()
  for (const { key, value } of token) {
    const name = keyOf(key)
    if (!known.includes(name)) throw new Unsupported(`the keyword ${name} in ${where}`)
    members.set(name, value)
  }
  return members
}

/** Refuses unknown functions and contexts wherever an expression stands, before the first job starts. */
export function checkExpressions(root: MappingToken): void {
  for (const [, token] of TemplateToken.traverse(root)) {
    if (isBasicExpression(token)) checkExpression(token.expression)
  }
}
