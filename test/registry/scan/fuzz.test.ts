import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildZip } from './build-zip.ts'
import { judge, scanBytes } from './builders/bytes.ts'
import { smallGguf } from './builders/gguf.ts'
import { buildHdf5 } from './builders/hdf5.ts'
import { field, message, onnxModel, onnxNode, savedModel } from './builders/protobuf.ts'
import { smallSafetensors } from './builders/safetensors.ts'
import { buildTar } from './builders/tar.ts'
import { smallXgboost } from './builders/ubjson.ts'

const config = JSON.stringify({
  class_name: 'Sequential',
  config: { layers: [{ class_name: 'Dense', config: { units: 3 } }] },
})
const keras = (): Buffer =>
  buildZip([
    { name: 'metadata.json', data: '{}' },
    { name: 'config.json', data: config, deflate: true },
    { name: 'model.weights.h5', data: buildHdf5({ backend: 'jax' }) },
  ])
const png = (): Buffer => {
  const chunk = (kind: string, bytes: number): Buffer => {
    const head = Buffer.alloc(8)
    head.writeUInt32BE(bytes)
    head.write(kind, 4)
    return Buffer.concat([head, Buffer.alloc(bytes + 4)])
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', 13),
    chunk('IDAT', 30),
    chunk('IEND', 0),
  ])
}
const pieces = (): Buffer =>
  message(
    field(1, message(field(1, 'a'))),
    field(1, message(field(1, 'b'))),
    field(2, 'trainer'),
    field(3, 'normaliser'),
  )

/** A sound file of each format. */
const sound: [name: string, bytes: Buffer][] = [
  ['model.safetensors', smallSafetensors()],
  ['model.gguf', smallGguf()],
  ['model.onnx', onnxModel({ nodes: [onnxNode('Relu'), onnxNode('MatMul')] })],
  ['saved_model.pb', savedModel(['MatMul', 'Relu'], { own: ['Add'] })],
  ['model.h5', buildHdf5({ model_config: config, backend: 'tensorflow' })],
  ['model.keras', keras()],
  [
    'model.zip',
    buildZip([
      { name: 'a.txt', data: 'hello' },
      { name: 'b.json', data: '{"a": [1]}', deflate: true },
    ]),
  ],
  [
    'model.tar',
    buildTar([
      { name: 'a.txt', data: 'hello' },
      { name: 'b.safetensors', data: smallSafetensors() },
    ]),
  ],
  ['model.tar.gz', gzipSync(buildTar([{ name: 'a.txt', data: 'hello' }]))],
  ['model.ubj', smallXgboost()],
  ['config.json', Buffer.from(config)],
  ['figure.png', png()],
  ['tokenizer.model', pieces()],
]

/** Messages and vocabularies have no end mark: cut off between two fields, they are shorter ones. Real ones are told by what they lack. */
const mayEndEarly = new Set(['tokenizer.model', 'model.onnx', 'saved_model.pb'])

/** Each length at the beginning and the end; in between of long files every eleventh. */
function stepOf(bytes: Uint8Array, length: number): number {
  return length < 300 || bytes.length - length < 50 ? 1 : 11
}

/** A gap in a scanner is caught and refused; here it must not be there at all. */
function expectNoGap(name: string, bytes: Uint8Array): void {
  for (const { message: text } of scanBytes(name, bytes).findings)
    expect(text).not.toContain('cannot be read to its end')
}

describe('hostile bytes', () => {
  it.each(sound)('%s: is safe when it is whole', (name, bytes) => {
    expect(judge(name, bytes)).toEqual([expect.any(String), 'safe', ''])
  })

  it.each(sound.filter(([name]) => !mayEndEarly.has(name)))('%s: is never safe when it is cut off', (name, bytes) => {
    for (let length = 0; length < bytes.length; length += stepOf(bytes, length)) {
      const [, verdict] = judge(name, bytes.subarray(0, length))
      expect([length, verdict]).not.toEqual([length, 'safe'])
      // By its content alone, too; the first bytes of many formats are text.
      if (length > 16) expectNoGap('file', bytes.subarray(0, length))
    }
  })

  it.each(sound.filter(([name]) => mayEndEarly.has(name)))('%s: is cut off without a gap', (name, bytes) => {
    for (let length = 1; length < bytes.length; length++) expectNoGap(name, bytes.subarray(0, length))
    // Nothing of a graph is safe without its end.
    if (name !== 'tokenizer.model') {
      for (let length = 1; length < bytes.length; length++)
        expect([length, judge(name, bytes.subarray(0, length))[1]]).not.toEqual([length, 'safe'])
    }
  })

  it.each(sound)('%s: has no gap when bytes of it are others', (name, bytes) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255))), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.boolean(),
        (changes, named) => {
          const changed = Uint8Array.from(bytes)
          for (const [at, value] of changes) changed[at] = value
          expectNoGap(named ? name : 'file', changed)
        },
      ),
      { numRuns: 150, seed: 7 },
    )
  })

  it.each(sound)('%s: has no gap when parts of it are moved, doubled or left out', (name, bytes) => {
    const place = fc.nat(bytes.length)
    fc.assert(
      fc.property(place, place, place, (from, to, into) => {
        const part = bytes.subarray(Math.min(from, to), Math.max(from, to))
        expectNoGap(name, Buffer.concat([bytes.subarray(0, into), part, bytes.subarray(into)]))
        expectNoGap(name, Buffer.concat([bytes.subarray(0, Math.min(from, to)), bytes.subarray(Math.max(from, to))]))
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  it('bytes at random are never safe, whatever they are called', () => {
    const names = [...sound.map(([name]) => name), 'file']
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 400 }),
        fc.constantFrom(...names),
        fc.nat(sound.length - 1),
        (bytes, name, at) => {
          // Behind the first bytes of a format, so that its scanner takes them.
          const head = sound[at]?.[1].subarray(0, 12) ?? Buffer.alloc(0)
          for (const tried of [bytes, Buffer.concat([head, bytes])]) {
            const binary = tried.some((byte) => byte === 0 || byte > 0xf7)
            expectNoGap(name, tried)
            if (binary)
              expect([judge(name, tried)[1], Buffer.from(tried).toString('hex')]).not.toEqual([
                'safe',
                expect.anything(),
              ])
          }
        },
      ),
      { numRuns: 500, seed: 7 },
    )
  })
})
