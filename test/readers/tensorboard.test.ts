import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelgateError } from '../../src/base/error.ts'
import { scalarsOf } from '../../src/readers/tf-events.ts'
import { crc32c, RecordFault, tfRecords } from '../../src/readers/tf-record.ts'
import { WireFault, wireFields } from '../../src/readers/wire.ts'
import { fixtures, metricOf, readBytes, readFixture, valuesOf } from './fixture.ts'

const file = 'events.out.tfevents.1700000000.torch'
const events = readFileSync(join(fixtures, 'tensorboard', file))

function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

function record(payload: Uint8Array): Buffer {
  const whole = Buffer.alloc(payload.length + 16)
  whole.writeBigUInt64LE(BigInt(payload.length))
  whole.writeUInt32LE(masked(whole.subarray(0, 8)), 8)
  whole.set(payload, 12)
  whole.writeUInt32LE(masked(payload), payload.length + 12)
  return whole
}

const varint = (value: bigint): number[] =>
  value < 0x80n ? [Number(value)] : [Number(value & 0x7fn) | 0x80, ...varint(value >> 7n)]
const bytesField = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.from([...varint(BigInt(number * 8 + 2)), ...varint(BigInt(bytes.length)), ...bytes])
const float = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}
const simple = (tag: string, value: number): Buffer =>
  bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), Buffer.from([0x15]), float(value)]))
const event = (step: bigint, ...values: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x10, ...varint(step)]), bytesField(5, Buffer.concat(values))])

describe('CRC-32C', () => {
  // RFC 3720, B.4, and the usual check value of the polynomial.
  it.each([
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
  ])('of %o', (bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc)
  })
})

describe('event files', () => {
  it('of PyTorch hold simple values; histograms and texts are passed over', async () => {
    const reading = await readFixture(`tensorboard/${file}`)
    expect(valuesOf(reading)).toEqual({ 'Loss/train': 0.2, accuracy: 0.9 })
    expect(metricOf(reading, 'Loss/train').series?.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4])
    expect(reading.notes).toEqual([])
  })

  it('of TensorFlow hold tensors, and a folder of them is named after the runs', async () => {
    const reading = await readFixture('tensorboard/keras')
    expect(valuesOf(reading)).toEqual({
      'train/epoch_loss': 0.26,
      'train/epoch_accuracy': 0.26,
      'validation/epoch_loss': 0.635,
      'validation/epoch_accuracy': 0.635,
    })
    expect(metricOf(reading, 'train/epoch_loss').series).toEqual([
      { step: 0, value: 0.51 },
      { step: 1, value: 0.26 },
    ])
  })

  it('may end anywhere: what is whole is read, and the rest is said', async () => {
    const whole = (await readFixture(`tensorboard/${file}`)).metrics
    for (let end = 12; end < events.length; end++) {
      const reading = await readBytes(events.subarray(0, end), file).catch((error: unknown) => error)
      if (reading instanceof ModelgateError) {
        expect(reading.code).toBe('metrics/empty')
        continue
      }
      const { metrics, notes } = reading as Awaited<ReturnType<typeof readBytes>>
      for (const { name, series = [] } of metrics) {
        expect(whole.find((metric) => metric.name === name)?.series?.slice(0, series.length)).toEqual(series)
      }
      const ends = [...recordEnds()].includes(end)
      expect(notes).toEqual(ends ? [] : [expect.stringMatching(/the last \d+ bytes? (?:is|are) no whole record/)])
    }
  })

  it('with any byte changed are damaged, or cut off before', async () => {
    const whole = (await readFixture(`tensorboard/${file}`)).metrics
    for (let at = 0; at < events.length; at++) {
      const changed = Buffer.from(events)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      await expect(readBytes(changed, file)).rejects.toMatchObject({ code: 'metrics/damaged' })
    }
    expect(whole).toHaveLength(2)
  })

  it('that go back to an earlier step were continued there', async () => {
    const steps = [0n, 1n, 2n, 1n, 2n].map((step, index) => record(event(step, simple('a', index / 4))))
    const reading = await readBytes(Buffer.concat(steps), file)
    expect(metricOf(reading, 'a')).toEqual({
      name: 'a',
      value: 1,
      series: [
        { step: 0, value: 0 },
        { step: 1, value: 0.75 },
        { step: 2, value: 1 },
      ],
    })
    expect(reading.notes).toEqual(['Some steps were written more than once: what was written last counts.'])
  })

  it('may hold what is not finite, and steps below 0', async () => {
    const bytes = record(event(2n ** 64n - 1n, simple('a', Number.NaN), simple('b', Number.NEGATIVE_INFINITY)))
    const reading = await readBytes(bytes, file)
    expect(reading.metrics).toEqual([
      { name: 'a', value: Number.NaN, series: [{ step: -1, value: Number.NaN }] },
      { name: 'b', value: Number.NEGATIVE_INFINITY, series: [{ step: -1, value: Number.NEGATIVE_INFINITY }] },
    ])
  })

  it('that declare a record of any size take no memory for it', () => {
    const huge = Buffer.alloc(40)
    huge.writeBigUInt64LE(2n ** 63n)
    huge.writeUInt32LE(masked(huge.subarray(0, 8)), 8)
    expect(tfRecords(huge).next()).toEqual({ done: true, value: 40 })
    huge.writeUInt32LE(1, 8)
    expect(() => tfRecords(huge).next()).toThrow(RecordFault)
  })

  it('may hold any bytes under a right checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          for (const { value } of scalarsOf(bytes, new Map())) expect(typeof value).toBe('number')
          for (const { number } of wireFields(bytes)) expect(number).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(WireFault)
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('keep the shortest decimal of 32 bits', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const [scalar] = scalarsOf(event(1n, simple('a', value)), new Map())
        expect(Math.fround(scalar?.value ?? Number.NaN)).toBe(Math.fround(value))
        expect(String(scalar?.value).length).toBeLessThanOrEqual(String(value).length)
      }),
    )
  })
})

function* recordEnds(): Generator<number> {
  for (let at = 0; at < events.length; at += Number(events.readBigUInt64LE(at)) + 16) {
    yield at + Number(events.readBigUInt64LE(at)) + 16
  }
}
