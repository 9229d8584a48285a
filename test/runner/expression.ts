import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'
import { isBasicExpression, isBoolean, isMapping, isNumber, isSequence, isString } from '@actions/workflow-parser'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { messageOf, StepFailure, Unsupported } from './failure.ts'

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value }

/** What the four status functions answer. */
export type Status = { success: boolean; failure: boolean; cancelled: boolean }

/** What an expression can see. */
export type Scope = { contexts: Record<string, Value>; status: Status }

export const contextNames = [
  'github',
  'env',
  'vars',
  'secrets',
  'inputs',
  'job',
  'steps',
  'needs',
  'matrix',
  'strategy',
  'runner',
] as const

/** Their properties are listed by GitHub: one that is not filled in is a gap of the emulator, not an empty value. */
const closedContexts = new Set(['github', 'job', 'strategy', 'runner'])

const statusFunctions = ['success', 'failure', 'always', 'cancelled'] as const

const emptyStatus: Status = { success: false, failure: false, cancelled: false }

export function toData(value: Value): data.ExpressionData {
  if (value === null) return new data.Null()
  if (typeof value === 'string') return new data.StringData(value)
  if (typeof value === 'number') return new data.NumberData(value)
  if (typeof value === 'boolean') return new data.BooleanData(value)
  if (Array.isArray(value)) return new data.Array(...value.map(toData))
  return new data.Dictionary(...pairs(value))
}

function pairs(value: { [key: string]: Value }): { key: string; value: data.ExpressionData }[] {
  return Object.entries(value).map(([key, member]) => ({ key, value: toData(member) }))
}

export function fromData(value: data.ExpressionData): Value {
  return JSON.parse(JSON.stringify(value, data.replacer)) as Value
}

class ClosedDictionary extends data.Dictionary {
  readonly #name: string

  constructor(name: string, value: { [key: string]: Value }) {
    super(...pairs(value))
    this.#name = name
  }

  override get(key: string): data.ExpressionData | undefined {
    const found = super.get(key)
    if (found === undefined) throw new Unsupported(`${this.#name}.${key}`)
    return found
  }
}

/** On Linux, names of environment variables are case-sensitive; everything else in expressions is not. */
class CaseSensitiveDictionary extends data.Dictionary {
  readonly #members: Map<string, data.ExpressionData>

  constructor(value: { [key: string]: Value }) {
    super()
    this.#members = new Map(pairs(value).map((pair) => [pair.key, pair.value]))
  }

  override get(key: string): data.ExpressionData | undefined {
    return this.#members.get(key)
  }

  override values(): data.ExpressionData[] {
    return [...this.#members.values()]
  }

  override pairs(): { key: string; value: data.ExpressionData }[] {
    return [...this.#members].map(([key, value]) => ({ key, value }))
  }
}

function contextData(name: string, value: Value): data.ExpressionData {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return toData(value)
  if (name === 'env') return new CaseSensitiveDictionary(value)
  return closedContexts.has(name) ? new ClosedDictionary(name, value) : toData(value)
}

function functionsOf(status: Status): Map<string, FunctionDefinition> {
  const answers = { ...status, always: true }
  return new Map(
    statusFunctions.map((name) => [
      name,
      { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answers[name]) },
    ]),
  )
}

function parse(expression: string, names: readonly string[]) {
  const functions = [...functionsOf(emptyStatus).values()]
  try {
    return new Parser(new Lexer(expression).lex().tokens, [...names], functions).parse()
  } catch (error) {
    throw new Unsupported(`the expression \${{ ${expression} }} (${messageOf(error)})`)
  }
}

/** Refuses, before anything runs, the functions and contexts that the emulator does not know. */
export function checkExpression(expression: string, names: readonly string[] = contextNames): void {
  parse(expression, names)
}

export function evaluate(expression: string, scope: Scope): data.ExpressionData {
  const tree = parse(expression, contextNames)
  const members = contextNames.map((name) => ({ key: name, value: contextData(name, scope.contexts[name] ?? {}) }))
  try {
    return new Evaluator(tree, new data.Dictionary(...members), functionsOf(scope.status)).evaluate()
  } catch (error) {
    if (error instanceof Unsupported) throw error
    throw new StepFailure(`The template is not valid. ${messageOf(error)}`, { cause: error })
  }
}

/** The truth of an `if`. */
export function isTrue(expression: string, scope: Scope): boolean {
  const value = fromData(evaluate(expression, scope))
  return value !== null && value !== false && value !== 0 && value !== '' && !Number.isNaN(value)
}

/** The value of a part of the workflow with its expressions filled in. */
export function valueIn(token: TemplateToken, scope: Scope): Value {
  if (isBasicExpression(token)) return fromData(evaluate(token.expression, scope))
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value
  if (isSequence(token)) return [...token].map((item) => valueIn(item, scope))
  if (!isMapping(token)) return null
  return Object.fromEntries([...token].map(({ key, value }) => [keyOf(key), valueIn(value, scope)]))
}

/** The key of a mapping as it stands. `${{ insert }}` and expressions as keys are not modelled. */
export function keyOf(key: TemplateToken): string {
  if (isString(key) || isNumber(key) || isBoolean(key)) return String(key.value)
  throw new Unsupported(`an expression as a key: ${key.toString()}`)
}

/** A scalar as text, as it reaches the environment. Objects and lists are refused, as GitHub refuses them. */
export function textIn(token: TemplateToken, scope: Scope): string {
  const value = isBasicExpression(token) ? evaluate(token.expression, scope) : toData(valueIn(token, scope))
  if (!value.primitive) throw new StepFailure('The template is not valid. A sequence or mapping was not expected')
  return value.coerceString()
}

/** A mapping of scalars as text: `env`, `with`, `outputs`. */
export function textsIn(token: TemplateToken | undefined, scope: Scope): Record<string, string> {
  if (token === undefined) return {}
  if (isMapping(token)) {
    return Object.fromEntries([...token].map(({ key, value }) => [keyOf(key), textIn(value, scope)]))
  }
  const value = valueIn(token, scope)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toData(member).coerceString()]))
}

export function isRecord(value: unknown): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
