import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indexIds } from '../../src/evaluation/id-index.ts'

describe('an index of ids', () => {
  it('finds the first row of each id, and the first that is repeated', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 })), fc.string({ maxLength: 2 }), (ids, other) => {
        const { rowOf, repeated } = indexIds(ids)
        for (const id of [...ids, other]) expect(rowOf(id)).toBe(ids.indexOf(id))
        expect(repeated).toBe(ids.findIndex((id, row) => ids.indexOf(id) < row))
      }),
    )
  })

  it('finds them too when they were chosen to collide', () => {
    // From the state of the hash after those before, both blocks of a pair lead to the same state: 256 ids of one hash.
    const pairs = [
      '105zx 1bpcd',
      '0k40p 1c04a',
      '003zx 0fpad',
      '09vl8 0apd6',
      '04pvu 0b3ea',
      '05rnw 0mpba',
      '07rnw 0opba',
      '07rnw 0opba',
    ]
    const ids = pairs.reduce((all, pair) => all.flatMap((id) => pair.split(' ').map((block) => id + block)), [''])
    const hashOf = (id: string): number =>
      [...id].reduce((hash, unit) => Math.imul(hash ^ unit.charCodeAt(0), 0x01000193), 0x811c9dc5)
    expect(new Set(ids.map(hashOf)).size).toBe(1)
    const { rowOf, repeated } = indexIds([...ids, ids[7] as string])
    expect(repeated).toBe(256)
    expect(ids.map(rowOf)).toEqual([...ids.keys()])
    expect(rowOf('other')).toBe(-1)
  })
})
