import { Malformed, scanGuarded } from '../found.ts'
import { fieldsOf, outermost, spanOf } from '../protobuf.ts'
import type { Scanner } from '../scanner.ts'

/** Vocabularies of SentencePiece (`tokenizer.model`, `spiece.model`): a message of pieces with scores, and how they were trained. */

const pieces = 1

export const sentencePiece: Scanner = {
  format: 'sentencepiece',
  recognises(head, source) {
    if (head[0] !== 0x0a) return false
    const fields = outermost(source) ?? new Map()
    // Pieces, then trainer and normaliser, all of them messages.
    return fields.has(2) && [...fields].every(([number, wire]) => number <= 5 && wire === 2)
  },
  scan: (source) =>
    scanGuarded('sentencepiece', source, (found) => {
      let count = 0
      for (const field of fieldsOf(spanOf(source))) {
        if (field.number > 5 || field.wire !== 2)
          throw new Malformed('The file has a field that a vocabulary has not', field.start)
        if (field.number !== pieces) continue
        count++
        for (const part of fieldsOf(field))
          if (part.number > 3) throw new Malformed('A piece has a field that it should not have', part.start)
      }
      found.detail('pieces', String(count))
    }),
}
