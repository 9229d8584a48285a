import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  combineDigests,
  digestOfBytes,
  digestOfFile,
  digestOfJson,
  digestPattern,
  shortDigest,
} from '../../src/base/digest.ts'
import { canonicalJson, isObject, type Json, prettyJson } from '../../src/base/json.ts'

// FIPS 180-4 examples: the empty message, "abc", and a million times "a".
const ofNothing = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const ofAbc = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const ofMillion = 'sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'

describe('digests', () => {
  it('are SHA-256 in hexadecimal', () => {
    expect(digestOfBytes('')).toBe(ofNothing)
    expect(digestOfBytes('abc')).toBe(ofAbc)
    expect(digestOfBytes(new Uint8Array([97, 98, 99]))).toBe(ofAbc)
    expect(ofAbc).toMatch(digestPattern)
    expect(ofAbc.toUpperCase()).not.toMatch(digestPattern)
  })

  it('of files are those of their bytes, over several pieces too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'digest-'))
    await writeFile(join(folder, 'empty'), '')
    await writeFile(join(folder, 'million'), 'a'.repeat(1_000_000))
    await writeFile(join(folder, 'pieces'), Buffer.alloc((1 << 20) * 2 + 1, 7))
    expect(await digestOfFile(join(folder, 'empty'))).toBe(ofNothing)
    expect(await digestOfFile(join(folder, 'million'))).toBe(ofMillion)
    expect(await digestOfFile(join(folder, 'pieces'))).toBe(digestOfBytes(Buffer.alloc((1 << 20) * 2 + 1, 7)))
    await expect(digestOfFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
    await rm(folder, { recursive: true })
  })

  it('of JSON are those of its canonical text', () => {
    expect(digestOfJson({ b: 1, a: [true, null] })).toBe(digestOfBytes('{"a":[true,null],"b":1}'))
  })

  it('combine independently of their order, but not of their names', () => {
    expect(combineDigests({ a: ofAbc, b: ofNothing })).toBe(combineDigests({ b: ofNothing, a: ofAbc }))
    expect(combineDigests({ a: ofAbc, b: ofNothing })).not.toBe(combineDigests({ a: ofNothing, b: ofAbc }))
  })

  it('are shortened to twelve digits', () => {
    expect(shortDigest(ofAbc)).toBe('ba7816bf8f01')
  })
})

const jsonValue = fc.jsonValue() as fc.Arbitrary<Json>

function shuffled(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffled)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, shuffled(inner as Json)]),
  )
}

describe('canonicalJson', () => {
  it('sorts keys at every depth and adds no white space', () => {
    expect(canonicalJson({ b: { d: 1, c: 'x y' }, a: [2, 1], A: null })).toBe(
      '{"A":null,"a":[2,1],"b":{"c":"x y","d":1}}',
    )
  })

  it('keeps a key that is called __proto__', () => {
    expect(canonicalJson(JSON.parse('{"__proto__": {"a": 1}}'))).toBe('{"__proto__":{"a":1}}')
  })

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(jsonValue, (value) => canonicalJson(shuffled(value)) === canonicalJson(value)))
  })

  it('holds the same value', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d, which JSON would turn into null', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(new TypeError(`${value} has no JSON form`))
  })
})

it('prettyJson ends with a line feed', () => {
  expect(prettyJson({ a: 1 })).toBe('{\n  "a": 1\n}\n')
})

it.each([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  ['x', false],
])('isObject(%j) is %s', (value, expected) => {
  expect(isObject(value)).toBe(expected)
})
