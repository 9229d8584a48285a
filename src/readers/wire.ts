/** The wire format of Protocol Buffers, as far as it can be read without a schema: numbered fields of four kinds. */

/** A field: 64-bit and variable whole numbers come as `bigint`, everything else as its bytes. */
export type WireField = { number: number; value: bigint | Uint8Array }

/** Bytes that are no message. */
export class WireFault extends Error {}

/** The fields of a message in the order of the bytes. Throws a WireFault where the bytes are none. */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new WireFault('a number does not end')
  }
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new WireFault('a field is longer than its message')
    at += length
    return bytes.subarray(at - length, at)
  }
  while (at < bytes.length) {
    const key = varint()
    const number = Number(key >> 3n)
    if (number === 0 || number > 536_870_911) throw new WireFault('a field has no valid number')
    switch (Number(key & 7n)) {
      case 0:
        yield { number, value: varint() }
        break
      case 1:
        yield { number, value: take(8) }
        break
      case 2:
        yield { number, value: take(Number(varint())) }
        break
      case 5:
        yield { number, value: take(4) }
        break
      default:
        throw new WireFault('a field is of a kind that is not in use')
    }
  }
}
