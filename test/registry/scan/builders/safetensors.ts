import { u64 } from './bytes.ts'

/** A header, given as JSON or as text, and so many bytes behind it. */
export function buildSafetensors(header: unknown, data: number, length?: number | bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  return Buffer.concat([u64(length ?? text.length), text, Buffer.alloc(data, 1)])
}

export const smallSafetensors = (): Buffer =>
  buildSafetensors(
    {
      __metadata__: { format: 'pt' },
      a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
      b: { dtype: 'I64', shape: [1], data_offsets: [16, 24] },
    },
    24,
  )
