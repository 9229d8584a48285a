import fc from 'fast-check'
import { marked, type Token } from 'marked'
import { describe, expect, it } from 'vitest'
import {
  codeSpan,
  csvCell,
  escapeHtml,
  escapeJson,
  escapeMarkdown,
  oneLine,
  stripInvisible,
  truncate,
} from '../../src/base/escape.ts'
import { prettyJson } from '../../src/base/json.ts'
import { anyCharacter } from './any-text.ts'

/** Pieces that mean something to Markdown, HTML or GitHub, and that chance would hardly put together. */
const piece = fc.oneof(
  fc.constantFrom(
    ...[
      '@',
      '@octocat',
      '@org/team',
      '#',
      '#123',
      'GH-1',
      'gh-22',
      'owner/repo#5',
      'owner/repo@',
      'abcdef1',
      '0123456789',
    ],
    ...[
      'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
      ':+1:',
      ':heavy_check_mark:',
      ':tada:',
      ':',
      '::',
      'http://',
      'https://x.io',
    ],
    ...[
      'ftp://x.io',
      'www.',
      'www.x.io',
      'WWW.x.io',
      'a@b.io',
      'mailto:a@b.io',
      '<',
      '>',
      '<img src=x onerror=y>',
      '</td>',
      '<a href="x">',
    ],
    ...[
      '<!-- modelgate -->',
      '-->',
      '&',
      '&#64;',
      '&commat;x',
      '&lt;b&gt;',
      '&#35;',
      '|',
      '||',
      '\\',
      '\\\\',
      '\\|',
      '`',
      '``',
      '```',
      '~',
      '~~',
    ],
    ...[
      '*',
      '**',
      '_',
      '__',
      '[',
      ']',
      '](',
      '![',
      '[x](y)',
      '[^1]',
      '(',
      ')',
      '{',
      '}',
      '$',
      '$$',
      '!',
      '"',
      "'",
      '-',
      '---',
      '+',
      '=',
      '===',
      '.',
    ],
    ...[
      '1.',
      '12)',
      '# ',
      '> ',
      '- ',
      '    ',
      '\t',
      '\n',
      '\r\n',
      '\r',
      '\u2028',
      '\u0000',
      '\u001b[31m',
      '\u202e',
      '\u200b',
      '\u2060',
      '\ufeff',
    ],
    ...['\ud800', '\udc00', '💩', 'é', 'x', ' '],
  ),
  fc.string({ unit: anyCharacter, maxLength: 4 }),
  fc.string({ maxLength: 4 }),
)
const hostile = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''))
const runs = { numRuns: 3000 }

/** All tokens of a piece of Markdown by their kinds, but for the bare frame of a paragraph or table. */
function tokensIn(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token): Token[] => {
    if (token.type === 'table') {
      const cells = [token.header, ...token.rows].flat() as { tokens: Token[] }[]
      return cells.flatMap((cell) => tokensIn(cell.tokens))
    }
    if (token.type === 'paragraph' || (token.type === 'text' && 'tokens' in token && token.tokens !== undefined))
      return tokensIn(token.tokens ?? [])
    return [token]
  })
}

/** What a reader of the rendered page sees: tags gone, entities decoded once. */
function decoded(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_entity, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}

const tableOf = (cell: string): string => `| a | b |\n|---|---|\n| ${cell} | end |\n`
const inParagraph = (text: string): string => `${text}\n`
const inSentence = (text: string): string => `The metric ${text} is missing.\n`

/** What GitHub turns into a link, a mention or a picture after it has decoded the text. */
const active = [
  /@[\w]/,
  /#\d/,
  /https?:\/\//i,
  /ftp:\/\//i,
  /www\./i,
  /gh-\d/i,
  /[0-9a-f]{7}/i,
  /:[\w+-]+:/,
  /(?:^|\s)\$/,
  /\$\$/,
]

describe('escapeMarkdown', () => {
  it('can produce nothing but text, anywhere', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const place of [inParagraph, inSentence, tableOf]) {
          const tokens = tokensIn(marked.lexer(place(escapeMarkdown(text))))
          const kinds = new Set(tokens.map((token) => token.type))
          for (const kind of ['text', 'escape', 'space']) kinds.delete(kind as Token['type'])
          expect([...kinds]).toEqual([])
        }
      }),
      runs,
    )
  })

  it('never adds a cell or a row to a table', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = marked.parse(tableOf(escapeMarkdown(text)), { async: false })
        expect(html.match(/<td/g)).toHaveLength(2)
        expect(html).toContain('<td>end</td>')
        expect(html.match(/<(?!\/?(?:table|thead|tbody|tr|th|td)>)[^>]*>/g)).toBe(null)
      }),
      runs,
    )
  })

  it('leaves nothing in the decoded text that GitHub acts on', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const place of [inParagraph, tableOf]) {
          const shown = decoded(marked.parse(place(escapeMarkdown(text)), { async: false }))
          for (const pattern of active) expect(shown).not.toMatch(pattern)
        }
      }),
      runs,
    )
  })

  it('shows the text as it was, but for white space and what is invisible', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = decoded(marked.parse(inParagraph(escapeMarkdown(text)), { async: false }))
        expect(shown.replaceAll('\u2060', '').trim()).toBe(oneLine(text))
      }),
      runs,
    )
  })

  it('leaves plain names as they are', () => {
    for (const name of ['accuracy', 'p95 latency (ms)', 'Größe 3', "model's F1, macro"])
      expect(escapeMarkdown(name)).toBe(name)
  })

  it.each([
    ['a|b', 'a&#124;b'],
    ['f1_macro', 'f1\\_macro'],
    ['<!-- x -->', '&#60;!-- x --&#62;'],
    ['&#64;x', '&#38;#\u206064;x'],
    ['@lead', '@\u2060lead'],
    [':heavy_check_mark:', ':\u2060heavy\\_check\\_mark:'],
    ['_www.evil.example', '\\_www\u2060.evil.example'],
    ['0123456789abcdef', '012345\u20606789ab\u2060cdef'],
    ['- x', '\u2060- x'],
    ['1. x', '\u20601. x'],
    ['costs $5', 'costs \u2060&#36;\u20605'],
    ['12:30:45', '12:\u206030:45'],
  ])('writes %s as %s', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected)
  })
})

describe('codeSpan', () => {
  const spanIn = (markdown: string): Token[] => tokensIn(marked.lexer(markdown))

  it('is one code span and nothing else, in a paragraph', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(spanIn(inParagraph(codeSpan(text))).map((token) => token.type)).toEqual(['codespan'])
        expect(spanIn(`a ${codeSpan(text)} b`).map((token) => token.type)).toEqual(['text', 'codespan', 'text'])
      }),
      runs,
    )
  })

  it('is one cell of a table', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = marked.parse(tableOf(codeSpan(text)), { async: false })
        expect(html.match(/<td/g)).toHaveLength(2)
        expect(html).toContain('<td>end</td>')
        expect(html.match(/<(?!\/?(?:table|thead|tbody|tr|th|td|code)>)[^>]*>/g)).toBe(null)
        expect(html.match(/<code>/g)).toHaveLength(1)
      }),
      runs,
    )
  })

  it('shows the text, with a look-alike for the bar and no mention', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = decoded(marked.parse(inParagraph(codeSpan(text)), { async: false }))
        expect(shown).not.toMatch(/@\w/)
        expect(shown.replaceAll('\u2060', '').trim()).toBe(
          oneLine(text).replaceAll('|', '│').replaceAll('<!--', '‹!--'),
        )
      }),
      runs,
    )
  })

  it.each([
    ['a`b', '``a`b``'],
    ['`x`', '`` `x` ``'],
    ['', '` `'],
    ['\u200b', '` `'],
    ['a|b', '`a│b`'],
    ['<!-- x -->', '`‹!-- x -->`'],
    ['x\ny', '`x y`'],
  ])('writes %j as %j', (text, expected) => {
    expect(codeSpan(text)).toBe(expected)
  })
})

describe('escapeHtml', () => {
  it('leaves no character with a meaning', () => {
    expect(escapeHtml(`<a href="x" id='y'>&amp;\u202e`)).toBe('&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;')
  })
})

describe('invisible characters', () => {
  it('are gone: control, bidirectional, zero width, tags, separators', () => {
    const all = [
      '\u0000',
      '\u0007',
      '\u001b',
      '\u007f',
      '\u0085',
      '\u00ad',
      '\u061c',
      '\u200b',
      '\u200e',
      '\u202a',
      '\u202e',
    ]
    const more = ['\u2028', '\u2029', '\u2060', '\u2066', '\u2069', '\ufeff', '\u{e0041}']
    expect(stripInvisible(`a${[...all, ...more].join('')}b`)).toBe('ab')
  })

  it('do not include tabs and line feeds; other line ends become those', () => {
    expect(stripInvisible('a\tb\nc\r\nd\re')).toBe('a\tb\nc\nd\ne')
  })

  it('never survive any of the functions, but for the joiner that they add', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const treat of [stripInvisible, oneLine, escapeMarkdown, codeSpan, escapeHtml]) {
          expect(treat(text).replaceAll('\u2060', '')).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|[^\P{Cc}\t\n]/u)
        }
      }),
      runs,
    )
  })
})

describe('oneLine', () => {
  it('joins lines and trims', () => {
    expect(oneLine('  a\r\n\tb \u001b[31mc\n')).toBe('a b [31mc')
  })
})

describe('truncate', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a💩b', 3, 'a…'],
    ['💩💩', 3, '💩…'],
  ])('%s to %d is %s', (text, limit, expected) => {
    expect(truncate(text, limit)).toBe(expected)
  })

  it('never exceeds the limit and never splits a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, limit) => {
        const cut = truncate(text, limit)
        expect(cut.length).toBeLessThanOrEqual(limit)
        expect(cut).not.toMatch(/\p{Cs}/u)
      }),
    )
  })
})

describe('JSON and CSV', () => {
  const showsNot = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

  it('of any text hold nothing that a terminal obeys or hides, and JSON keeps its value', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const json = prettyJson({ [text]: text })
        expect(json).not.toMatch(showsNot)
        expect(JSON.parse(json)).toEqual({ [text]: text })
        expect(csvCell(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^"?[=+@]/u)
      }),
      runs,
    )
  })

  it.each([
    ['\u009b31m', '"\\u009b31m"'],
    ['\u202e\u2028', '"\\u202e\\u2028"'],
    ['\u{e0041}', '"\\udb40\\udc41"'],
    ['é 💩', '"é 💩"'],
  ])('%j is written as %s', (text, json) => {
    expect(escapeJson(JSON.stringify(text))).toBe(json)
  })

  it.each([
    ['-0.5', '-0.5'],
    ['-1e-7', '-1e-7'],
    ['-1+cmd|x', "'-1+cmd|x"],
    ['\u001b\t=1+1', "'=1+1"],
    ['\uff1d1+1', "'\uff1d1+1"],
    ['@SUM(1,2)', `"'@SUM(1,2)"`],
    ['a; =1+1;b', "a;' =1+1;b"],
    ['a;-0.5', "a;'-0.5"],
    ['a\r\n"b"', '"a ""b"""'],
    ['', ''],
  ])('%j is the cell %s', (text, cell) => {
    expect(csvCell(text)).toBe(cell)
  })
})
