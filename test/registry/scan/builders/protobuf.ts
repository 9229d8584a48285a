/** Messages of Protocol Buffers, field by field. */

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return Buffer.from(bytes)
}

export function field(number: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)])
  const bytes = Buffer.from(value)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

export function message(...fields: Buffer[]): Buffer {
  return Buffer.concat(fields)
}

type OnnxTensor = {
  name?: string
  dims?: number[]
  type?: number
  raw?: Buffer
  external?: Record<string, string>
  location?: number
}

export function onnxTensor({ name = 'w', dims = [2], type = 1, raw, external = {}, location }: OnnxTensor): Buffer {
  const entries = Object.entries(external).map(([key, value]) => field(13, message(field(1, key), field(2, value))))
  return message(
    ...dims.map((size) => field(1, size)),
    field(2, type),
    field(8, name),
    ...(raw === undefined ? [] : [field(9, raw)]),
    ...entries,
    ...(location === undefined ? [] : [field(14, location)]),
  )
}

export function onnxNode(operator: string, domain = '', attributes: Buffer[] = []): Buffer {
  return message(
    field(1, 'x'),
    field(2, 'y'),
    field(4, operator),
    ...attributes.map((one) => field(5, one)),
    field(7, domain),
  )
}

const info = (name: string): Buffer =>
  message(
    field(1, name),
    field(2, field(1, message(field(1, 1), field(2, message(field(1, field(2, 'batch')), field(1, field(1, 4))))))),
  )

export function onnxModel({
  nodes = [onnxNode('Relu')],
  tensors = [onnxTensor({ raw: Buffer.alloc(8) })],
  more = [] as Buffer[],
} = {}): Buffer {
  const graph = message(
    ...nodes.map((one) => field(1, one)),
    field(2, 'g'),
    ...tensors.map((one) => field(5, one)),
    field(11, info('x')),
    field(12, info('y')),
  )
  return message(field(1, 8), field(2, 'test'), field(7, graph), field(8, message(field(1, ''), field(2, 17))), ...more)
}

export function savedModel(operators: readonly string[], functions: Record<string, string[]> = {}): Buffer {
  const node = (operator: string, at: number): Buffer => message(field(1, `n${at}`), field(2, operator))
  const library = Object.entries(functions).map(([name, used]) =>
    field(1, message(field(1, field(1, name)), ...used.map((operator, at) => field(3, node(operator, at))))),
  )
  const graph = message(...operators.map((operator, at) => field(1, node(operator, at))), field(2, message(...library)))
  return message(
    field(1, 1),
    field(2, message(field(1, message(field(4, 'serve'), field(5, '2.15.0'))), field(2, graph))),
  )
}
