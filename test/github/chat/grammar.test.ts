import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAddressed, readCommand, spell, usageOf } from '../../../src/github/chat/grammar.ts'
import { commands } from '../../../src/pipeline/chat/table.ts'
import { anyCharacter } from '../../base/any-text.ts'

const read = (body: string) => readCommand(body, commands)
const command = (name: string, values: Record<string, string> = {}) => ({ kind: 'command', name, values })

describe('a command', () => {
  it.each([
    ['/modelgate', command('help')],
    ['/modelgate help', command('help')],
    ['/modelgate \t help  \r\nplease\r\n', command('help')],
    ['/modelgate compare main', command('compare', { ref: 'main' })],
    ['/modelgate compare release/1.0', command('compare', { ref: 'release/1.0' })],
    ['/modelgate compare v1.2.0-rc.1+build', command('compare', { ref: 'v1.2.0-rc.1+build' })],
    ['/modelgate explain model.non-inferior.roc_auc', command('explain', { rule: 'model.non-inferior.roc_auc' })],
    [
      '/modelgate explain model.parity.recall@10/sex=Female',
      command('explain', { rule: 'model.parity.recall@10/sex=Female' }),
    ],
    ['/modelgate rerun', command('rerun')],
    ['/modelgate rerun a1b2c3d', command('rerun', { head: 'a1b2c3d' })],
    [`/modelgate rerun ${'a'.repeat(64)}`, command('rerun', { head: 'a'.repeat(64) })],
    ['/modelgate rerun a1b2c3d\n> quoted /modelgate help', command('rerun', { head: 'a1b2c3d' })],
  ])('%j', (body, expected) => {
    expect(read(body)).toEqual(expected)
  })

  it('is not what only looks like one', () => {
    for (const body of [
      '',
      'hello',
      ' /modelgate help',
      '/modelgates',
      '/modelgate\u00a0help',
      '/Modelgate help',
      'x\n/modelgate help',
    ])
      expect([body, read(body)]).toEqual([body, undefined])
  })
})

describe('what is refused', () => {
  it.each([
    ['/modelgate reurn', 'There is no command `reurn`. Did you mean `/modelgate rerun`?'],
    ['/modelgate frobnicate', 'There is no command `frobnicate`.'],
    ['/modelgate ReRun', 'This is no command.'],
    ['/modelgate `x`', 'This is no command.'],
    ['/modelgate __proto__', 'This is no command.'],
    ['/modelgate constructor', 'There is no command `constructor`.'],
    ['/modelgate compare', '`<ref>` is missing. Write `/modelgate compare <ref>`.'],
    ['/modelgate compare a b', '`compare` takes one word and got more. Write `/modelgate compare <ref>`.'],
    ['/modelgate help me', '`help` takes no word and got more. Write `/modelgate help`.'],
    ['/modelgate help\n/modelgate rerun', 'One comment takes one command, in its first line.'],
    ['/modelgate help\r\n  /modelgate rerun', 'One comment takes one command, in its first line.'],
    [`/modelgate compare ${'a'.repeat(300)}`, 'The line is longer than 300 characters.'],
  ])('%j', (body, problem) => {
    expect(read(body)).toMatchObject({ kind: 'unclear', problem })
  })

  it.each([
    '-rf',
    '--upload-pack=x',
    '.',
    '..',
    'a..b',
    'a@{1}',
    'a//b',
    '/a',
    'a/',
    'a/.b',
    'a.',
    'x.lock',
    'x.lock/y',
    'a~1',
    'a^',
    'a:b',
    'a?b',
    'a*',
    'a[b',
    'a\\b',
    'ä',
    'a\u0000',
    'a\u202eb',
    'a%2fb',
    'a'.repeat(201),
  ])('the ref %j', (ref) => {
    expect(read(`/modelgate compare ${ref}`)).toMatchObject({ kind: 'unclear', name: 'compare' })
  })

  it.each(['abc', 'abcdef', 'ABCDEF1', 'xyzxyzx', 'a'.repeat(65)])('the head %j', (head) => {
    expect(read(`/modelgate rerun ${head}`)).toMatchObject({ kind: 'unclear', name: 'rerun' })
  })

  it.each(['$(id)', '<b>', 'a`b', 'a|b', '-a', '@lea', '![x]', 'a;b', "a'b", 'a"b', '#1'])('the rule %j', (rule) => {
    expect(read(`/modelgate explain ${rule}`)).toMatchObject({ kind: 'unclear', name: 'explain' })
  })
})

/** Anything, pieces of commands among it, so that the deeper branches are met too. */
const pieces = fc.oneof(
  fc.constantFrom(
    '/modelgate',
    'rerun',
    'compare',
    'explain',
    'help',
    'main',
    'a1b2c3d',
    '..',
    '@lea',
    '<b>',
    '![x](y)',
    '\n',
    '\r',
    '\u202e',
    ' ',
    '\t',
    '/',
  ),
  fc.string({ unit: anyCharacter, maxLength: 12 }),
)
const hostile = fc
  .array(pieces, { maxLength: 12 })
  .map((parts) => parts.join(''))
  .chain((tail) =>
    fc.constantFrom(
      tail,
      `/modelgate ${tail}`,
      `/modelgate compare ${tail}`,
      `/modelgate rerun ${tail}`,
      `/modelgate explain ${tail}`,
    ),
  )

describe('whatever a comment holds', () => {
  it('a word that comes through is of the characters that its place allows', () => {
    const safe: Record<string, RegExp> = {
      ref: /^\w(?:(?!\.\.|\/\/|\/\.)[\w./+-]){0,199}$/,
      head: /^[0-9a-f]{7,64}$/,
      rule: /^\w[\w.=%@:/+-]{0,199}$/,
    }
    let met = 0
    fc.assert(
      fc.property(hostile, (body) => {
        const spoken = read(body)
        if (spoken?.kind !== 'command') return
        met += 1
        expect(commands.map(({ name }) => name)).toContain(spoken.name)
        for (const [name, value] of Object.entries(spoken.values)) expect(value).toMatch(safe[name] ?? /^$/)
        expect(spell(spoken)).toMatch(/^\/modelgate [\w.=%@:/+ -]+$/)
      }),
      { numRuns: 3000 },
    )
    expect(met).toBeGreaterThan(100)
  })

  it('a refusal repeats nothing of it but a word that could be a command', () => {
    let met = 0
    const ours = /(?:\[?<(?:ref|head|rule)>\]?)/g
    fc.assert(
      fc.property(hostile, (body) => {
        const spoken = read(body)
        if (spoken?.kind !== 'unclear') return
        met += 1
        expect(spoken.problem.replace(ours, '')).toMatch(/^[A-Za-z0-9`./_+\-,;? ]+$/)
      }),
      { numRuns: 3000 },
    )
    expect(met).toBeGreaterThan(100)
  })

  it('is read or ignored, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: anyCharacter, maxLength: 400 }),
        (body) => isAddressed(body) === (read(body) !== undefined),
      ),
    )
  })
})

describe('the table of commands', () => {
  it('can be read by the grammar: names are plain, only the last word may be left out', () => {
    for (const { name, arguments: words } of commands) {
      expect(name).toMatch(/^[a-z][a-z-]{0,19}$/)
      expect(words.slice(0, -1).filter(({ optional }) => optional === true)).toEqual([])
    }
    expect(commands.map(usageOf)).toContain('`/modelgate rerun [<head>]`')
  })

  it('names the head for everything that has an effect, and demands `write` for it', () => {
    for (const { name, hasEffect, arguments: words, role } of commands) {
      // Either the head, asked for when it is missing, or a commit without which there is no command.
      const commit = words.find(({ kind }) => kind === 'sha')
      expect([name, commit !== undefined]).toEqual([name, hasEffect])
      expect([name, commit?.name === 'head']).toEqual([name, commit?.optional === true])
      if (hasEffect) expect(['write', 'maintain', 'admin']).toContain(role)
    }
  })
})
