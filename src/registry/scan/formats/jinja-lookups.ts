import { shown } from '../found.ts'

/**
 * Lookups of a template by a name that it makes up while it runs. A name in pieces (`'_' ~ '_class_' ~ '_'`) is seen nowhere as a whole: it reaches
 * Python's own attributes through filters that take the name of an attribute, and as the key of a dict it makes another thing of a method that is known.
 */

export type Token = { kind: 'name' | 'text' | 'number' | 'sign'; value: string }
export type Say = (kind: 'dangerous' | 'unknown', what: string, callable: string) => void

/** What leads from a generator or a function to everything that is imported, without two underscores. Names as in Python's `inspect`. */
const frames =
  /\b(?:(?:gi|cr|ag)_(?:frame|code|await|yieldfrom|origin|suspended|running)|f_(?:back|builtins|globals|locals|code)|func_(?:globals|code|closure|defaults)|tb_(?:frame|next)|im_(?:func|class|self))\b/

/** Which of the arguments of a filter name an attribute, a filter or a test. */
const naming: Record<string, readonly number[] | undefined> = {
  map: [0],
  select: [0],
  reject: [0],
  selectattr: [0, 1],
  rejectattr: [0, 1],
  groupby: [0],
  sort: [0, 1, 2],
  min: [0, 1],
  max: [0, 1],
  unique: [0, 1],
  sum: [0],
  join: [1],
}
const madeUp = 'looks something up by a name that it makes up while it runs'

/** Adds lookups of the code of a tag. `filters`: those that are known, for `map` applies one by its name. */
export function checkLookups(tokens: readonly Token[], filters: ReadonlySet<string>, say: Say): void {
  for (const [at, { kind, value }] of tokens.entries()) {
    const frame = kind === 'name' || kind === 'text' ? frames.exec(value)?.[0] : undefined
    if (frame !== undefined)
      say('dangerous', `reaches for "${frame}", which leads to all that Python has loaded`, frame)
    if (kind === 'name' && isSign(tokens[at + 1], '(')) checkArguments(tokens, at, filters, say)
  }
  checkKeys(tokens, say)
}

function checkArguments(tokens: readonly Token[], at: number, filters: ReadonlySet<string>, say: Say): void {
  const name = tokens[at]?.value ?? ''
  const given = argumentsOf(tokens, at + 2)
  const before = tokens[at - 1]
  if (given.some(([first]) => isSign(first, '*'))) say('unknown', 'calls with arguments that it makes up', `${name}(*`)
  const isFilter = isSign(before, '|') || (at === 1 && before?.value === 'filter')
  const method = isSign(before, '.')
  if (isFilter) {
    const places = Object.hasOwn(naming, name) ? (naming[name] ?? []) : []
    if (!given.every((argument, place) => isPlain(argument, places.includes(place)))) say('unknown', madeUp, `${name}(`)
    const [only] = given[0] ?? []
    const applied = name === 'map' && only?.kind === 'text' ? only.value.slice(1, -1) : undefined
    if (applied !== undefined && (!filters.has(applied) || Object.hasOwn(naming, applied))) {
      say('unknown', `uses the filter "${shown(applied)}" by its name`, applied)
    }
  } else if (method ? name === 'update' : name === 'dict' || name === 'namespace') {
    // Of pairs it would make keys that are seen nowhere.
    const made = given.some(([first, second]) => first !== undefined && !isSign(first, '{') && !isSign(second, '='))
    if (made) say('unknown', madeUp, `${name}(`)
  }
}

/** True for an argument that names nothing, and for one that names it in one text. */
function isPlain(argument: readonly Token[], names: boolean): boolean {
  const [first, second] = argument
  const named = first?.kind === 'name' && isSign(second, '=')
  if (named ? first.value !== 'attribute' : !names) return true
  const value = named ? argument.slice(2) : argument
  const [only] = value
  const constant = only?.kind !== 'sign' && (only?.kind !== 'name' || /^(?:true|false|none)$/i.test(only.value))
  return value.length === 0 || (value.length === 1 && constant)
}

/** The arguments that begin at a place, up to the bracket that closes them. */
function argumentsOf(tokens: readonly Token[], start: number): Token[][] {
  const given: Token[][] = [[]]
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at] as Token
    const sign = token.kind === 'sign' ? token.value : ''
    if (sign !== '' && '([{'.includes(sign)) depth++
    else if (sign !== '' && ')]}'.includes(sign) && depth-- === 0) break
    if (sign === ',' && depth === 0) given.push([])
    else given.at(-1)?.push(token)
  }
  return given.filter((argument) => argument.length > 0)
}

/** Keys of dicts: texts and numbers as they stand. A colon within square brackets cuts a list. */
function checkKeys(tokens: readonly Token[], say: Say): void {
  const open: { sign: string; from: number }[] = []
  for (const [at, { kind, value }] of tokens.entries()) {
    if (kind !== 'sign') continue
    const top = open.at(-1)
    if ('([{'.includes(value)) open.push({ sign: value, from: at + 1 })
    else if (')]}'.includes(value)) open.pop()
    else if (value === ',' && top !== undefined) top.from = at + 1
    else if (value === ':' && top?.sign === '{') {
      const first = tokens[top.from]
      const plain = at === top.from + 1 && (first?.kind === 'text' || first?.kind === 'number')
      if (!plain) say('unknown', 'has a dict whose keys it makes up while it runs', '{')
    }
  }
}

function isSign(token: Token | undefined, value: string): boolean {
  return token?.kind === 'sign' && token.value === value
}
