import { u32, u64 } from './bytes.ts'

export type GgufTensor = { name: string; dims: number[]; type: number; offset: number }

const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])

/** A key with its value: text (8), or bytes of another kind as they are. */
export function key(name: string, value: string | { kind: number; bytes: Buffer }): Buffer {
  const [kind, bytes] = typeof value === 'string' ? [8, text(value)] : [value.kind, value.bytes]
  return Buffer.concat([text(name), u32(kind), bytes])
}

export function buildGguf(given: {
  version?: number
  keys?: Buffer[]
  keyCount?: number | bigint
  tensors?: GgufTensor[]
  tensorCount?: number | bigint
  data?: number
  alignment?: number
}): Buffer {
  const { version = 3, keys = [], tensors = [], data = 0, alignment = 32 } = given
  const infos = tensors.map(({ name, dims, type, offset }) =>
    Buffer.concat([text(name), u32(dims.length), ...dims.map(u64), u32(type), u64(offset)]),
  )
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(given.tensorCount ?? tensors.length),
    u64(given.keyCount ?? keys.length),
    ...keys,
    ...infos,
  ])
  const padded = Math.ceil(head.length / alignment) * alignment
  return Buffer.concat([head, Buffer.alloc(padded - head.length), Buffer.alloc(data, 1)])
}

/** One float tensor of eight numbers, and a chat template. */
export function smallGguf(template = '{{ messages[0].content }}'): Buffer {
  return buildGguf({
    keys: [key('general.architecture', 'llama'), key('tokenizer.chat_template', template)],
    tensors: [{ name: 'a', dims: [8], type: 0, offset: 0 }],
    data: 32,
  })
}
