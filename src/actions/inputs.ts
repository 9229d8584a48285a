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
