import { isDeepStrictEqual } from 'node:util'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { isRecord, type Scope, type Value, valueIn } from './expression.ts'
import { StepFailure } from './failure.ts'

export type Leg = Record<string, Value>

const maxLegs = 256

/** The legs of a matrix in GitHub's order: the first key turns slowest, what `include` adds comes last. */
export function expandMatrix(token: TemplateToken, scope: Scope): Leg[] {
  const value = valueIn(token, scope)
  if (!isRecord(value)) throw new StepFailure('Error when evaluating the matrix: a mapping is expected')
  const { include, exclude, ...vectors } = value
  const originals = product(vectors).filter(
    (leg) => !records(exclude, 'exclude').some((filter) => matches(leg, filter)),
  )
  const legs = withIncludes(originals, records(include, 'include'), Object.keys(vectors))
  if (legs.length === 0) throw new StepFailure('Error when evaluating the matrix: it has no combination')
  if (legs.length > maxLegs) throw new StepFailure(`The matrix has ${legs.length} combinations; 256 is the limit`)
  return legs
}

function product(vectors: Record<string, Value>): Leg[] {
  const names = Object.keys(vectors)
  if (names.length === 0) return []
  let legs: Leg[] = [{}]
  for (const name of names) {
    const vector = vectors[name] ?? null
    if (!Array.isArray(vector)) throw new StepFailure(`Error when evaluating the matrix: ${name} is not a sequence`)
    if (vector.length === 0) throw new StepFailure(`Matrix vector '${name}' does not contain any values`)
    legs = legs.flatMap((leg) => vector.map((member) => ({ ...leg, [name]: member })))
  }
  return legs
}

/** An entry joins each original leg whose values it does not change, and overwrites what earlier entries added. */
function withIncludes(originals: Leg[], includes: Leg[], names: string[]): Leg[] {
  const legs = originals.map((leg) => ({ ...leg }))
  const added: Leg[] = []
  for (const entry of includes) {
    const fixed = Object.fromEntries(Object.entries(entry).filter(([key]) => names.includes(key)))
    const targets = legs.filter((leg) => matches(leg, fixed))
    for (const leg of targets) Object.assign(leg, entry)
    if (targets.length === 0) added.push({ ...entry })
  }
  return [...legs, ...added]
}

/** True when the leg has all the values of the filter; filters of objects may name some of their members only. */
function matches(value: Value, filter: Value): boolean {
  if (!isRecord(filter)) return isDeepStrictEqual(value, filter)
  return isRecord(value) && Object.entries(filter).every(([key, member]) => matches(value[key] ?? null, member))
}

function records(value: Value | undefined, name: string): Leg[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new StepFailure(`Error when evaluating the matrix: ${name} is not a sequence`)
  return value.map((entry) => {
    if (!isRecord(entry)) throw new StepFailure(`Error when evaluating the matrix: ${name} holds no mapping`)
    return entry
  })
}

/** ` (a, b)`: what GitHub puts behind the name of a job. */
export function legSuffix(leg: Leg): string {
  const texts = Object.values(leg).flatMap(function flat(value): string[] {
    if (Array.isArray(value)) return value.flatMap(flat)
    return isRecord(value) ? Object.values(value).flatMap(flat) : [String(value)]
  })
  return ` (${texts.join(', ')})`
}
