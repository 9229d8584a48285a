import { getInput } from '@actions/core'
import { ModelgateError } from '../base/error.ts'
import { oneLine } from '../base/escape.ts'
import { type ActionDefinition, type ActionName, definitions } from './definitions.ts'

type InputsOf<Name extends ActionName> = { [Key in keyof (typeof definitions)[Name]['inputs']]: string }

/**
 * All inputs of an action as text, read once. The platform does not enforce `required`, and a step without the action.yml
 * has no defaults, so both are done here. Throws `action/missing-input`.
 */
export function readInputs<Name extends ActionName>(name: Name): InputsOf<Name> {
  const definition: ActionDefinition = definitions[name]
  const entries = Object.entries(definition.inputs).map(([key, input]) => {
    const value = getInput(key)
    if (value === '' && input.required === true) {
      throw new ModelgateError({
        code: 'action/missing-input',
        message: `The input "${key}" is required and was not given.`,
        help: `Add \`${key}:\` under \`with:\` of this step. ${input.description}`,
      })
    }
    // An expression cannot be evaluated here; only the runner knows the token.
    const fallback = input.default?.startsWith('${{') === true ? '' : (input.default ?? '')
    return [key, value === '' ? fallback : value]
  })
  return Object.fromEntries(entries) as InputsOf<Name>
}

/** YAML 1.2 booleans, as @actions/core reads them. Throws `action/invalid-input` for anything else. */
export function asBoolean(key: string, value: string): boolean {
  if (['true', 'True', 'TRUE'].includes(value)) return true
  if (['false', 'False', 'FALSE'].includes(value)) return false
  throw new ModelgateError({
    code: 'action/invalid-input',
    message: `The input "${key}" must be true or false, but is "${value.slice(0, 40)}".`,
    help: `Write \`${key}: true\` or \`${key}: false\`.`,
  })
}

/** One of several words. Throws `action/invalid-input` for any other. */
export function asChoice<Choice extends string>(key: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === value)
  if (choice !== undefined) return choice
  throw new ModelgateError({
    code: 'action/invalid-input',
    message: `The input "${key}" must be one of ${choices.join(', ')}, but is "${oneLine(value).slice(0, 40)}".`,
    help: `Write \`${key}: ${choices[0]}\`, for example.`,
  })
}

/** Names separated by commas or line breaks; undefined for none. */
export function asList(value: string): string[] | undefined {
  const names = value
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.length === 0 ? undefined : names
}

/** The value, or undefined for an empty input. */
export function asOptional(value: string): string | undefined {
  return value === '' ? undefined : value
}

/** What a schema makes of the value; undefined for an empty input. Throws `action/invalid-input`. */
export function asParsed<Value>(key: string, schema: Schema<Value>, value: string): Value | undefined {
  if (value === '') return undefined
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw new ModelgateError({
    code: 'action/invalid-input',
    message: `The input "${key}" ${error?.issues[0]?.message ?? 'is not valid'}, but is "${oneLine(value).slice(0, 40)}".`,
    help: `Correct \`${key}:\` under \`with:\` of this step.`,
  })
}

/** As much of a zod schema as is needed here: the actions that have none of these inputs do not load it. */
type Schema<Value> = {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: Value; error?: undefined }
    | { success: false; data?: undefined; error: { issues: { message: string }[] } }
}

type NamedDataInputs = Record<'data' | 'checks' | 'reference' | 'environment' | 'name', string>

/**
 * The data that the inputs name; undefined when they name none, and the configuration does. Throws `action/missing-input` for one half of it without
 * the other.
 */
export function asNamedData({
  data,
  checks,
  ...others
}: NamedDataInputs):
  | { path: string; checks: string; reference?: string; environment?: string; name?: string }
  | undefined {
  const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== ''))
  if (data !== '' && checks !== '') return { path: data, checks, ...given }
  const [lonely] =
    data === '' ? [checks === '' ? undefined : 'checks', ...Object.keys(given)].filter(Boolean) : ['data']
  if (lonely === undefined) return undefined
  const missing = data === '' ? 'data' : 'checks'
  throw new ModelgateError({
    code: 'action/missing-input',
    message: `The input "${lonely}" goes with "${missing}", which was not given.`,
    help: `Add \`${missing}:\` under \`with:\` of this step, or leave both away to check the data stages of modelgate.yaml.`,
  })
}
