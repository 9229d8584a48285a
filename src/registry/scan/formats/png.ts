import { beginsWith, Cursor } from '../cursor.ts'
import { Malformed, scanGuarded } from '../found.ts'
import type { Scanner } from '../scanner.ts'

/** PNG, for the figures of a model's page: chunks from the first byte to the last. */
export const png: Scanner = {
  format: 'png',
  recognises: (head) => beginsWith(head, '\x89PNG\r\n\x1a\n'),
  scan: (source) =>
    scanGuarded('png', source, () => {
      const cursor = new Cursor(source, 8)
      for (let last = false; !last; ) {
        const start = cursor.offset
        const [a = 0, b = 0, c = 0, d = 0] = cursor.bytes(4, 'the length of a chunk')
        const kind = String.fromCharCode(...cursor.bytes(4, 'the kind of a chunk'))
        if (!/^[A-Za-z]{4}$/.test(kind)) throw new Malformed('A chunk has no valid kind', start)
        cursor.skip(((a * 256 + b) * 256 + c) * 256 + d + 4, 'a chunk')
        last = kind === 'IEND'
      }
      if (cursor.left > 0) throw new Malformed('Bytes follow the end of the image', cursor.offset)
    }),
}
