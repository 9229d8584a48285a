/** UBJSON as XGBoost writes it: keys and texts with lengths of eight bytes. */
export function ubjson(value: unknown): Buffer {
  if (value === null) return Buffer.from('Z')
  if (value === true || value === false) return Buffer.from(value ? 'T' : 'F')
  if (typeof value === 'number') return Buffer.concat([Buffer.from('l'), int(value, 4)])
  if (typeof value === 'string') return Buffer.concat([Buffer.from('S'), text(value)])
  if (value instanceof Float32Array) {
    return Buffer.concat([Buffer.from('[$d#'), length(value.length), Buffer.alloc(value.length * 4)])
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.from('['), ...value.map(ubjson), Buffer.from(']')])
  const entries = Object.entries(value as object).map(([key, item]) => Buffer.concat([text(key), ubjson(item)]))
  return Buffer.concat([Buffer.from('{'), ...entries, Buffer.from('}')])
}

function int(value: number, bytes: 4 | 8): Buffer {
  const buffer = Buffer.alloc(bytes)
  if (bytes === 4) buffer.writeInt32BE(value)
  else buffer.writeBigInt64BE(BigInt(value))
  return buffer
}

const length = (value: number): Buffer => Buffer.concat([Buffer.from('L'), int(value, 8)])
const text = (value: string): Buffer => Buffer.concat([length(Buffer.byteLength(value)), Buffer.from(value)])

export const smallXgboost = (): Buffer =>
  ubjson({
    learner: {
      gradient_booster: { model: { trees: [{ base_weights: new Float32Array(3), id: 0 }] }, name: 'gbtree' },
      learner_model_param: { num_feature: '4' },
      objective: { name: 'binary:logistic' },
    },
    version: [3, 1, 0],
  })
