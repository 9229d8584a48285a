import { ModelgateError } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { parseYamlText, YamlFault } from './yaml-text.ts'

export type ParamValue = string | number | boolean | null

/**
 * Reads a parameter file (YAML, of which JSON is a part) into dotted names. Lists become one value, as compact text.
 * Throws `params/not-readable` or `params/not-a-mapping`.
 */
export function readParams(text: string, file: string): Record<string, ParamValue> {
  const tree = parseTree(text, file) ?? {}
  if (!isObject(tree)) {
    throw new ModelgateError({
      code: 'params/not-a-mapping',
      message: 'The parameter file must hold a mapping of names to values.',
      place: { file },
      help: 'Write it as `train: { learning_rate: 0.1 }`.',
    })
  }
  return Object.fromEntries(flatten(tree, ''))
}

function parseTree(text: string, file: string): unknown {
  try {
    return parseYamlText(text)
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    throw new ModelgateError({
      code: 'params/not-readable',
      message: `The parameter file is not valid YAML or JSON: ${error.message}.`,
      place: { file, ...error.at },
      help: 'Correct the file at this place.',
    })
  }
}

function flatten(node: Record<string, unknown>, prefix: string): [string, ParamValue][] {
  return Object.entries(node).flatMap(([key, value]): [string, ParamValue][] => {
    const name = `${prefix}${key}`
    if (isObject(value)) return flatten(value, `${name}.`)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return [[name, value]]
    if (typeof value === 'number') return [[name, Number.isFinite(value) ? value : String(value)]]
    return [[name, JSON.stringify(value) ?? String(value)]]
  })
}

/** The parameters below the given keys. A key names one value or a whole branch; one that names nothing is returned as missing. */
export function selectParams(
  values: Record<string, ParamValue>,
  keys: readonly string[],
): { selected: Record<string, ParamValue>; missing: string[] } {
  const below = (key: string): string[] =>
    Object.keys(values).filter((name) => name === key || name.startsWith(`${key}.`))
  return {
    selected: Object.fromEntries(keys.flatMap(below).map((name) => [name, values[name] ?? null])),
    missing: keys.filter((key) => below(key).length === 0),
  }
}
