import type { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { oneLine, truncate } from '../base/escape.ts'
import { isObject } from '../base/json.ts'
import { didYouMean, nearest } from '../base/suggest.ts'
import type { YamlDocument, YamlPath } from './document.ts'
import { configSchema } from './schema.ts'

/** Turns what the schema found into sentences with line, column and remedy: each when it is asked for, because looking up a place takes time. */
export function explainIssues(
  document: YamlDocument,
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType = configSchema,
): readonly (() => ModelgateError)[] {
  return issues
    .flatMap(nearestOfUnion)
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => () => unknownKey(document, issue.path, key, schema))
        : [() => (issue.code === 'invalid_key' ? invalidKey(document, issue) : invalidValue(document, issue))],
    )
}

/**
 * Where a value may have several forms and has one of them but for some faults, those faults; the issue itself where it has none of the forms.
 */
function nearestOfUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const isOfThisForm = (faults: readonly z.core.$ZodIssue[]): boolean =>
    faults.length > 0 && faults.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys')
  const nearest = issue.errors.find(isOfThisForm)
  if (nearest === undefined) return [issue]
  return nearest.map((fault) => ({ ...fault, path: [...issue.path, ...fault.path] })).flatMap(nearestOfUnion)
}

function unknownKey(document: YamlDocument, path: YamlPath, key: string, schema: z.core.$ZodType): ModelgateError {
  const where = path.length === 0 ? '' : ` in ${formatPath(path)}`
  return new ModelgateError({
    code: 'config/unknown-key',
    message: `Unknown key "${shown(key)}"${where}.`,
    place: document.placeOfKey(path, key),
    help: didYouMean(key, knownKeys(schema, path)),
  })
}

function invalidKey(document: YamlDocument, issue: z.core.$ZodIssueInvalidKey): ModelgateError {
  const [parent, key] = [issue.path.slice(0, -1), String(issue.path.at(-1))]
  return new ModelgateError({
    code: 'config/invalid-value',
    message: `"${shown(key)}" in ${formatPath(parent)} ${issue.issues[0]?.message ?? 'is not allowed'}.`,
    place: document.placeOfKey(parent, key),
  })
}

function invalidValue(document: YamlDocument, issue: z.core.$ZodIssue): ModelgateError {
  const value = valueAt(document.value, issue.path)
  const subject = issue.path.length === 0 ? 'The file' : formatPath(issue.path)
  const sentence = `${subject} ${explain(issue, value)}.`
  const help = typeof value === 'string' ? helpWithText(issue, value) : undefined
  return new ModelgateError({
    code: value === undefined ? 'config/missing-key' : 'config/invalid-value',
    message: sentence,
    place: document.placeOf(issue.path),
    ...(help === undefined ? {} : { help }),
  })
}

/** What to write instead of a text that is none of what may stand there. The message has the list of that already. */
function helpWithText(issue: z.core.$ZodIssue, text: string): string | undefined {
  if (issue.code === 'invalid_value') {
    const meant = nearest(text, issue.values.map(String))
    if (meant === undefined) return undefined
    return meant === text ? `Write ${meant} without quotes.` : `Did you mean "${meant}"?`
  }
  if (issue.code !== 'invalid_type') return undefined
  if (issue.expected === 'array') return `Write a list: [${shown(text)}].`
  const isNumber = issue.expected === 'number' && /^[+-]?\d+(\.\d+)?$/.test(text)
  return isNumber ? `Write ${text} without quotes.` : undefined
}

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return `is missing; ${expected(issue)} is expected`
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${expected(issue)}, but is ${describe(value)}`
    case 'invalid_value':
      return issue.message.startsWith('must')
        ? `${issue.message}, but is ${describe(value)}`
        : `must be one of ${issue.values.map(String).join(', ')}, but is ${describe(value)}`
    case 'too_big':
      return issue.message.startsWith('must') ? issue.message : `is too large: at most ${issue.maximum} is allowed`
    case 'too_small':
      return issue.message.startsWith('must')
        ? issue.message
        : `is too small: ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum} is allowed`
    default:
      return issue.message
  }
}

const articles: Record<string, string> = {
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return articles[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') {
    return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`
  }
  return 'a value'
}

function describe(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return 'a mapping'
  if (typeof value === 'string') return `the text "${shown(value)}"`
  return `${typeof value === 'number' ? 'the number ' : ''}${String(value)}`
}

function shown(text: string): string {
  return truncate(oneLine(text), 60)
}

/** `stages.train.deps[0]`, as a user would write it. */
export function formatPath(path: YamlPath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${shown(String(part))}`))
    .join('')
}

function valueAt(root: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      (isObject(value) || Array.isArray(value)) && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    root,
  )
}

/** The keys that the schema allows at a path: read off the schema itself, so that hints cannot grow stale. */
function knownKeys(schema: z.core.$ZodType, path: YamlPath): string[] {
  const def = (schema as z.ZodType).def as {
    type: string
    shape?: Record<string, z.core.$ZodType>
    valueType?: z.core.$ZodType
    element?: z.core.$ZodType
    innerType?: z.core.$ZodType
    options?: readonly z.core.$ZodType[]
    in?: z.core.$ZodType
  }
  if (def.innerType !== undefined) return knownKeys(def.innerType, path)
  if (def.options !== undefined) return def.options.flatMap((option) => knownKeys(option, path))
  // A value that is turned into another one is known by what a user writes.
  if (def.type === 'pipe' && def.in !== undefined) return knownKeys(def.in, path)
  const [part, ...rest] = path
  if (part === undefined) return Object.keys(def.shape ?? {})
  const next = def.shape?.[String(part)] ?? def.valueType ?? def.element
  return next === undefined ? [] : knownKeys(next, rest)
}
