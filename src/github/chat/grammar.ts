import { nearest } from '../../base/suggest.ts'

/**
 * The grammar of commands in comments. Whoever can write a comment chooses its text, so this is a list of what is allowed: a word that does not
 * fit its place is refused, and nothing else of the comment goes anywhere. Pure.
 */

/** What a comment begins with to be meant for us. */
export const prefix = '/modelgate'

/** What a word may be. Of these only a `ref` reaches the path of a request, where it is encoded as well. */
export type ArgumentKind = 'sha' | 'ref' | 'rule' | 'stage'

export type Argument = {
  /** As it stands in the usage: `<ref>`. */
  name: string
  kind: ArgumentKind
  /** Only the last one of a command may be left out. */
  optional?: true
}

/** What the grammar has to know of a command. */
export type CommandShape = { name: string; arguments: readonly Argument[] }

/** What a comment says: a command with its words, or why it is none. `problem` is Markdown and holds nothing unchecked. */
export type Spoken =
  | { kind: 'command'; name: string; values: Readonly<Record<string, string>> }
  | { kind: 'unclear'; name: string | undefined; problem: string }

const longestLine = 300

const kinds: Record<ArgumentKind, { fits: (word: string) => boolean; expected: string }> = {
  sha: {
    fits: (word) => /^[0-9a-f]{7,64}$/.test(word),
    expected: 'the SHA of a commit, at least its first 7 digits, in lower case',
  },
  ref: {
    fits: (word) =>
      /^[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}$/.test(word) && !/\.\.|\/\/|\/\.|[./]$|\.lock(?:\/|$)/.test(word),
    expected: 'a branch, a tag or a commit, of letters, digits and `. _ / + -`; for other names give the commit',
  },
  stage: {
    fits: (word) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(word),
    expected: 'a stage such as `production`, of lower-case letters, digits and `-`',
  },
  rule: {
    fits: (word) => /^[A-Za-z0-9_][A-Za-z0-9._=%@:/+-]{0,199}$/.test(word),
    expected: 'the id of a rule as the report writes it, such as `model.non-inferior.roc_auc`',
  },
}

/** True when the first line of a comment is meant for us, whatever it says. */
export function isAddressed(body: string): boolean {
  return /^\/modelgate(?:[ \t\r\n]|$)/.test(body)
}

/**
 * Reads the first line of a comment as a command; what follows it is free text. Undefined when it is not meant for us. A bare `/modelgate` asks
 * for help. A second command in the same comment is refused, rather than dropped without a word.
 */
export function readCommand(body: string, shapes: readonly CommandShape[]): Spoken | undefined {
  if (!isAddressed(body)) return undefined
  const [first = '', ...rest] = body.split(/\r\n|\r|\n/)
  const unclear = (problem: string, name?: string): Spoken => ({ kind: 'unclear', name, problem })
  if (rest.some((line) => isAddressed(line.trimStart())))
    return unclear('One comment takes one command, in its first line.')
  if (first.length > longestLine) return unclear(`The line is longer than ${longestLine} characters.`)
  const [, word = 'help', ...words] = first.split(/[ \t]+/).filter((part) => part !== '')
  const shape = shapes.find(({ name }) => name === word)
  if (shape === undefined) return unclear(unknown(word, shapes))
  const wanted = shape.arguments
  const usage = `Write ${usageOf(shape)}.`
  if (words.length > wanted.length) {
    const most = ['no word', 'one word', 'two words'][wanted.length] ?? `${wanted.length} words`
    return unclear(`\`${shape.name}\` takes ${most} and got more. ${usage}`, shape.name)
  }
  const values: Record<string, string> = {}
  for (const [index, { name, kind, optional }] of wanted.entries()) {
    const value = words[index]
    if (value === undefined && optional === true) break
    if (value === undefined) return unclear(`\`<${name}>\` is missing. ${usage}`, shape.name)
    if (!kinds[kind].fits(value)) return unclear(`\`<${name}>\` must be ${kinds[kind].expected}. ${usage}`, shape.name)
    values[name] = value
  }
  return { kind: 'command', name: shape.name, values }
}

/** `/modelgate compare <ref>` as code. */
export function usageOf({ name, arguments: wanted }: CommandShape): string {
  const words = wanted.map((argument) => (argument.optional === true ? `[<${argument.name}>]` : `<${argument.name}>`))
  return `\`${[prefix, name, ...words].join(' ')}\``
}

/** The command as it was understood: only words that the grammar let through. */
export function spell({ name, values }: Pick<Spoken & { kind: 'command' }, 'name' | 'values'>): string {
  return [prefix, name, ...Object.values(values)].join(' ')
}

function unknown(word: string, shapes: readonly CommandShape[]): string {
  // Shown only when it could be a command at all.
  if (!/^[a-z][a-z-]{0,19}$/.test(word)) return 'This is no command.'
  const names = shapes.map(({ name }) => name)
  const meant = nearest(word, names)
  return `There is no command \`${word}\`.${meant === undefined ? '' : ` Did you mean \`${prefix} ${meant}\`?`}`
}
