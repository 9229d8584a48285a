import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnpackBudget } from '../../../src/registry/scan/unpack.ts'
import { openZipEntry, readZip } from '../../../src/registry/scan/zip.ts'
import { buildZip, memorySource, type ZipOptions, type ZipPart } from './build-zip.ts'

const text = 'weights '.repeat(50)
const two: ZipPart[] = [
  { name: 'a/data.pkl', data: 'N.' },
  { name: 'a/data/0', data: text, deflate: true },
]

const read = (parts: readonly ZipPart[], options?: ZipOptions) => readZip(memorySource(buildZip(parts, options)))
const messages = (parts: readonly ZipPart[], options?: ZipOptions) =>
  read(parts, options).findings.map(({ verdict, message }) => `${verdict}: ${message}`)

/** What each entry holds, or why it cannot be read. */
function contents(bytes: Uint8Array, budget = new UnpackBudget()): string[] {
  const source = memorySource(bytes)
  return readZip(source).entries.map((entry) => {
    const opened = openZipEntry(source, entry, budget)
    if ('verdict' in opened) return `${opened.verdict}: ${opened.message}`
    return Buffer.from(opened.read(0, opened.size)).toString()
  })
}

describe('a sound archive', () => {
  it.each<[string, readonly ZipPart[], ZipOptions]>([
    ['plain', two, {}],
    ['zip64', two, { zip64: true }],
    ['sizes behind the content', two.map((part) => ({ ...part, descriptor: true })), {}],
    ['zip64 with sizes behind', two.map((part) => ({ ...part, descriptor: true })), { zip64: true }],
    ['comment', two, { comment: Buffer.from('made by hand') }],
  ])('is read: %s', (_, parts, options) => {
    expect(messages(parts, options)).toEqual([])
    expect(contents(buildZip(parts, options))).toEqual(['N.', text])
  })

  it('may be empty, and hold folders', () => {
    expect(read([])).toEqual({ entries: [], findings: [] })
    expect(read([{ name: 'a/', data: '' }]).entries.map(({ name, folder }) => [name, folder])).toEqual([['a/', true]])
  })

  it('gives stored entries as windows that end where the entry ends', () => {
    const source = memorySource(buildZip([{ name: 'a', data: '0123456789' }, ...two]))
    const [entry] = readZip(source).entries
    if (entry === undefined) throw new Error('no entry')
    const opened = openZipEntry(source, entry, new UnpackBudget())
    if ('verdict' in opened) throw new Error(opened.message)
    expect([4, 8, 10, 99].map((offset) => Buffer.from(opened.read(offset, 4)).toString())).toEqual([
      '4567',
      '89',
      '',
      '',
    ])
  })
})

describe('an archive that two readers would read in two ways is malformed', () => {
  const one: ZipPart = { name: 'a', data: 'N.' }
  it.each<[string, readonly ZipPart[], ZipOptions, RegExp]>([
    ['bytes before it', two, { prefix: Buffer.from('#!/bin/sh\n') }, /Before entry "a\/data.pkl" are bytes/],
    ['bytes between entries', [{ ...one, behind: Buffer.alloc(40) }, ...two], {}, /belong to nothing/],
    ['bytes before the directory', [...two, { ...one, behind: Buffer.alloc(1) }], {}, /Before the directory are bytes/],
    ['another local name', [{ ...one, local: { name: 'b' } }], {}, /another name/],
    ['another local size', [{ ...one, local: { size: 1 } }], {}, /other sizes/],
    ['another local checksum', [{ ...one, local: { crc: 1 } }], {}, /other sizes or another checksum/],
    ['another local method', [{ ...one, local: { method: 8 } }], {}, /another method/],
    [
      'stored in another size',
      [{ ...one, central: { packed: 1 }, local: { packed: 1 } }],
      {},
      /stored in another size/,
    ],
    ['a second name', [{ ...one, central: { extra: Buffer.from('up\x06\0\x01\0\0\0\0b') } }], {}, /two names/],
    ['encrypted', [{ ...one, central: { flags: 1 }, local: { flags: 1 } }], {}, /encrypted/],
    ['an entry inside another', [...two, { ...one, central: { offset: 0 } }], {}, /another name|overlaps/],
    ['an entry beyond the file', [{ ...one, central: { offset: 4_000_000 } }], {}, /beyond the entries/],
    ['the same name twice', [one, one], {}, /twice/],
    ['a name that leads out', [{ ...one, name: 'a/../../b' }], {}, /leads elsewhere/],
    ['an absolute name', [{ ...one, name: '/etc/passwd' }], {}, /leads elsewhere/],
    ['a name of another system', [{ ...one, name: '..\\b' }], {}, /leads elsewhere/],
    ['a drive', [{ ...one, name: 'C:b' }], {}, /leads elsewhere/],
    ['a control character', [{ ...one, name: 'a\u0000.txt' }], {}, /leads elsewhere/],
    ['a link', [{ ...one, attributes: 0xa1ff0000 }], {}, /symbolic link/],
    ['more entries than it says', two, { count: 1 }, /another size/],
    ['fewer entries than it says', two, { count: 3 }, /damaged|cut off/],
    ['a directory elsewhere', two, { start: 10 }, /not where its end says/],
    ['an archive in the comment', two, { comment: buildZip(two) }, /ends twice|belong to nothing/],
  ])('%s', (_, parts, options, expected) => {
    const found = messages(parts, options)
    expect(found.join('\n')).toMatch(expected)
    expect(found.every((message) => message.startsWith('malformed'))).toBe(true)
  })

  it('bytes behind it', () => {
    const { findings } = readZip(memorySource(Buffer.concat([buildZip(two), Buffer.from('x')])))
    expect(findings[0]?.message).toMatch(/belong to nothing/)
  })

  it('cut off anywhere', () => {
    const whole = buildZip(two, { zip64: true })
    for (let length = 0; length < whole.length; length++) {
      expect(readZip(memorySource(whole.subarray(0, length))).findings.length, `${length} bytes`).toBeGreaterThan(0)
    }
  })
})

describe('unpacking', () => {
  it('refuses what unpacks to something else than the archive says', () => {
    const lies = { size: 3, crc: 1 }
    const part: ZipPart = { name: 'a', data: 'four', deflate: true, central: lies, local: lies }
    expect(contents(buildZip([part]))).toEqual([
      'malformed: It does not unpack to the size and checksum that the archive says.',
    ])
  })

  it('refuses methods that it does not know', () => {
    const part: ZipPart = { name: 'a', data: 'four', central: { method: 12 }, local: { method: 12 } }
    expect(contents(buildZip([part]))).toEqual(['unknown: It is packed by method 12, which cannot be looked into.'])
  })

  it('refuses bombs: too much of one, and too much of all', () => {
    const bomb: ZipPart = { name: 'a', data: Buffer.alloc(70 * 1024 * 1024), deflate: true }
    expect(contents(buildZip([bomb]))).toEqual(['unknown: It unpacks to more than a scan may unpack.'])
    const lying: ZipPart = { ...bomb, central: { size: 100 }, local: { size: 100 } }
    expect(contents(buildZip([lying]))).toEqual(['unknown: It unpacks to more than a scan may unpack.'])
    const small: ZipPart = { name: 'b', data: Buffer.alloc(3000), deflate: true }
    const parts = [small, { ...small, name: 'c' }, { ...small, name: 'd' }]
    expect(contents(buildZip(parts), new UnpackBudget(6000)).map((text) => text.length > 100)).toEqual([
      true,
      true,
      false,
    ])
  })

  it('never throws on bytes', () => {
    const whole = buildZip(two)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const changed = Buffer.from(whole)
        for (const [at, value] of changes) changed[at] = value
        contents(changed)
      }),
      { numRuns: 2000 },
    )
  })
})
