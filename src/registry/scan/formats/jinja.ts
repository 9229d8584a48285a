import { type Found, shown } from '../found.ts'
import { checkLookups, type Say, type Token } from './jinja-lookups.ts'

/**
 * Chat templates are programs in Jinja, and several servers run them without a sandbox. What makes them dangerous is a call of something
 * that was reached through Python's own attributes (`x.__class__.__init__.__globals__`). So: names with two underscores are dangerous, and
 * only functions, methods, filters and tags that real templates use are known; everything else that can call is unknown.
 */

const functions = new Set(
  'range namespace dict raise_exception strftime_now cycler joiner super caller loop bos_token eos_token tojson'.split(
    ' ',
  ),
)
const methods = new Set(
  `append capitalize count endswith extend find get index insert isalnum isalpha isdigit isnumeric isspace items join keys lower lstrip
  pop remove removeprefix removesuffix replace reverse rfind rsplit rstrip split splitlines startswith strip title update upper values
  cycle next`.split(/\s+/),
)
const filters = new Set(
  `abs batch capitalize count d default dictsort e escape first float forceescape indent int items join last length list lower map max min
  random reject rejectattr replace reverse round safe select selectattr slice sort string sum title tojson trim truncate unique upper
  wordcount from_json fromjson groupby striptags`.split(/\s+/),
)
const tags = new Set(
  `if elif else endif for endfor set endset macro endmacro raw endraw break continue do generation endgeneration filter endfilter
  with endwith call endcall block endblock autoescape endautoescape`.split(/\s+/),
)
/** Words behind which a bracket groups and does not call. */
const operators = new Set('and or not in is if else elif for set recursive do call filter with'.split(' '))

const token =
  /(?<space>\s+)|(?<name>[\p{L}\p{Pc}][\p{L}\p{M}\p{N}\p{Pc}]*)|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<number>\d[\d_.eE]*)|(?<sign>.)/gsuy

/** More templates or longer ones than this are no chat templates. */
const mostTemplateLength = 1_000_000
const mostDepth = 100

/** Adds what a template does beyond the ordinary. `where` says in words which template it is. */
export function scanTemplate(template: string, where: string, found: Found, offset?: number): void {
  const at = offset === undefined ? {} : { offset }
  if (template.length > mostTemplateLength) {
    found.unknown(`${where} is longer than a million characters`, { ...at, help: helpForTemplate })
    return
  }
  const said = new Set<string>()
  const say = (kind: 'dangerous' | 'unknown', what: string, callable: string): void => {
    if (said.has(what) || said.size >= 20) return
    said.add(what)
    found[kind](`${where} ${what}`, { ...at, callable, help: helpForTemplate })
  }
  const codes = [...codeOf(template, () => say('unknown', 'has a tag that does not end', '{%'))]
  const names: Names = { macros: new Set(), assigned: new Set() }
  for (const code of codes) gatherNames(code, names)
  for (const code of codes) {
    if (isDeep(code.tokens)) {
      say('unknown', `has more than ${mostDepth} brackets within brackets`, '(')
      continue
    }
    scanCode(code, names, say)
    checkLookups(code.tokens, filters, say)
  }
}

/** Each bracket is followed to its end, so that brackets without end would take time without end. */
function isDeep(tokens: readonly Token[]): boolean {
  let [depth, withoutBraces] = [0, 0]
  for (const { kind, value } of tokens) {
    if (kind !== 'sign') continue
    if ('([{'.includes(value)) depth++
    else if (')]}'.includes(value)) depth = Math.max(0, depth - 1)
    if ('(['.includes(value)) withoutBraces++
    else if (')]'.includes(value)) withoutBraces = Math.max(0, withoutBraces - 1)
    if (depth > mostDepth || withoutBraces > mostDepth) return true
  }
  return false
}

const helpForTemplate = 'Use the template of the original model, or write one that only formats messages.'

type Code = { tag: boolean; tokens: Token[] }
/** Macros of the template, and names that it gives a value: `{% set range = x %}` makes another thing of a known function. */
type Names = { macros: Set<string>; assigned: Set<string> }

/** What stands within `{{ }}` and `{% %}`. */
function* codeOf(template: string, unclosed: () => void): Generator<Code> {
  let at = 0
  for (;;) {
    const open = /\{[{%#]/g
    open.lastIndex = at
    const match = open.exec(template)
    if (match === null) return
    const kind = match[0]
    const start = match.index + 2
    if (kind === '{#') {
      const end = template.indexOf('#}', start)
      if (end === -1) {
        unclosed()
        return
      }
      at = end + 2
      continue
    }
    const end = endOfCode(template, start, kind === '{{' ? '}}' : '%}')
    if (end === -1) {
      unclosed()
      return
    }
    const text = template.slice(start, end).replace(/^[-+]/, '').replace(/[-+]$/, '')
    at = end + 2
    if (kind === '{%' && text.trim() === 'raw') {
      const close = /\{%[-+]?\s*endraw\s*[-+]?%\}/g
      close.lastIndex = at
      const found = close.exec(template)
      if (found === null) {
        unclosed()
        return
      }
      at = found.index + found[0].length
      continue
    }
    yield { tag: kind === '{%', tokens: tokensOf(text) }
  }
}

/** Where the code ends: the closing mark that stands neither in a text nor within braces of an expression. */
function endOfCode(template: string, start: number, mark: string): number {
  let depth = 0
  for (let at = start; at < template.length; at++) {
    const character = template[at] ?? ''
    if (depth === 0 && template.startsWith(mark, at)) return at
    if (character === '"' || character === "'") {
      for (at++; at < template.length && template[at] !== character; at++) if (template[at] === '\\') at++
    } else if (character === '{') depth++
    else if (character === '}') depth = Math.max(0, depth - 1)
  }
  return -1
}

function gatherNames({ tag, tokens }: Code, { macros, assigned }: Names): void {
  const word = tag ? tokens[0]?.value : undefined
  if (word === 'macro' && tokens[1] !== undefined) macros.add(tokens[1].value)
  const closing = tokens.findIndex(({ value }) =>
    word === 'for' ? value === 'in' : word === 'set' ? value === '=' : value === ')',
  )
  const declares = word === 'for' || word === 'set' || word === 'macro' || word === 'call'
  for (const [at, { kind, value }] of tokens.entries()) {
    const next = tokens[at + 1]?.value
    const declared = declares && at > (word === 'macro' ? 1 : 0) && (closing === -1 || at < closing)
    const named = next === '=' && tokens[at + 2]?.value !== '='
    if (kind === 'name' && (declared || named)) assigned.add(value)
    if (kind === 'text' && (next === ':' || next === ',')) assigned.add(value.slice(1, -1))
  }
}

function scanCode({ tag, tokens }: Code, names: Names, say: Say): void {
  if (tag && tokens[0]?.kind === 'name' && !tags.has(tokens[0].value)) {
    say('unknown', `has the tag "${shown(tokens[0].value)}"`, tokens[0].value)
  }
  const named = (at: number): string => (tokens[at]?.kind === 'name' ? (tokens[at]?.value ?? '') : '')
  const sign = (at: number): string => (tokens[at]?.kind === 'sign' ? (tokens[at]?.value ?? '') : '')
  for (const [at, { kind, value }] of tokens.entries()) {
    if (kind === 'text' && hidesDunder(value))
      say('dangerous', `has the text ${shown(value)}, by which Python's own attributes are reached`, value)
    if (kind === 'name' && value.includes('__'))
      say('dangerous', `reaches for "${shown(value)}", one of Python's own attributes`, value)
    else if (kind === 'name' && sign(at - 1) === '.' && value.startsWith('_'))
      say('dangerous', `reaches for the private "${shown(value)}"`, value)
    const filtered = kind === 'name' && (sign(at - 1) === '|' || (tag && at === 1 && named(0) === 'filter'))
    if (filtered && !filters.has(value)) say('unknown', `uses the filter "${shown(value)}"`, value)
    const before = tokens[at - 1]
    if (kind === 'sign' && value === '[' && isValue(before) && !isPlainSubscript(tokens, at + 1))
      say('unknown', 'looks something up by a name that it makes up while it runs', 'subscript')
    if (kind !== 'sign' || value !== '(' || at === 0) continue
    if (before?.kind === 'sign' && (before.value === ']' || before.value === ')')) {
      say('unknown', 'calls what an expression gives', `${before.value}(`)
    } else if (before?.kind === 'text') say('unknown', 'calls a text', before.value)
    else if (before?.kind === 'name') checkCall(before.value, sign(at - 2), named(at - 2), names, say)
  }
}

/** True where a bracket that follows looks something up; otherwise it begins a list. */
function isValue(before: Token | undefined): boolean {
  if (before?.kind === 'name') return !operators.has(before.value)
  return before?.kind === 'text' || (before?.kind === 'sign' && /[\])}]/.test(before.value))
}

/**
 * A text as it stands, or a position: numbers, those of the loop, and the length of something. Whatever else is made up while the template runs, and
 * may be the name of an attribute in pieces.
 */
function isPlainSubscript(tokens: readonly Token[], start: number): boolean {
  let at = start
  for (let depth = 0; at < tokens.length; at++) {
    const { kind, value } = tokens[at] as Token
    if (kind !== 'sign') continue
    if (value === '[' || value === '(') depth++
    else if ((value === ']' || value === ')') && depth-- === 0) break
  }
  const inner = tokens.slice(start, at)
  if (inner.length === 1 && inner[0]?.kind === 'text') return true
  return inner.every(({ kind, value }, place) => {
    if (kind === 'number') return true
    if (kind === 'sign') return '+-:*|.'.includes(value) && !(value === '.' && inner[place - 1]?.value !== 'loop')
    if (kind === 'text') return false
    const before = inner[place - 1]?.value
    if (before === '|') return value === 'length' || value === 'count'
    if (before === '.') return /^(?:index|index0|revindex|revindex0|length)$/.test(value)
    return value === 'loop' || inner[place + 1]?.value === '|'
  })
}

function checkCall(name: string, sign: string, word: string, { macros, assigned }: Names, say: Say): void {
  if (sign === '|' || word === 'filter' || word === 'is' || word === 'not' || word === 'macro') return
  const known = sign === '.' ? methods.has(name) : functions.has(name) || macros.has(name) || operators.has(name)
  if (!known) say('unknown', `calls "${shown(name)}"`, name)
  else if (assigned.has(name)) say('unknown', `calls "${shown(name)}", to which it gives another meaning`, name)
}

function tokensOf(code: string): Token[] {
  const tokens: Token[] = []
  for (const { groups = {} } of code.matchAll(token)) {
    const { name, text, number, sign } = groups
    if (name !== undefined) tokens.push({ kind: 'name', value: name.normalize('NFKC') })
    else if (text !== undefined) tokens.push({ kind: 'text', value: text })
    else if (number !== undefined) tokens.push({ kind: 'number', value: number })
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign })
  }
  return tokens
}

/** Texts such as `'__class__'`, `'\x5f\x5fclass'` and `'{0.__init__}'`. Single markers of a model, such as `'<__media__>'`, are none. */
function hidesDunder(quoted: string): boolean {
  const text = quoted
    .slice(1, -1)
    .replace(/\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\([0-7]{1,3})/gi, (_all, x, u, long, octal) =>
      String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(x ?? u ?? long ?? octal, octal === undefined ? 16 : 8))),
    )
    .replace(/\\N\{LOW LINE\}/gi, '_')
  return /^_{1,2}$|^__|\.__|__$/.test(text)
}
