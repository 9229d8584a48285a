/** Sizes in a tar archive are multiples of this. */
export const tarBlock = 512

/**
 * What stands before the bytes of a file in a tar archive (POSIX pax): owner 0, mode 644, time 0, so that it follows from name and size alone. A name that
 * plain ustar has no room or no letters for is in a pax record before it. `bytes`: less than 8 GiB.
 */
export function tarHeader(path: string, bytes: number): Buffer {
  if (Buffer.byteLength(path) <= 100 && /^[\x20-\x7e]+$/.test(path)) return ustar(path, bytes, '0')
  const record = paxRecord('path', path)
  const padded = Buffer.alloc(padding(record.length) + record.length)
  record.copy(padded)
  const plain = path.replace(/[^\x20-\x7e]/gu, '_').slice(-100)
  return Buffer.concat([ustar('pax-header', record.length, 'x'), padded, ustar(plain, bytes, '0')])
}

/** Bytes without meaning behind so many of a file. */
export function padding(bytes: number): number {
  return (tarBlock - (bytes % tarBlock)) % tarBlock
}

function ustar(name: string, bytes: number, type: string): Buffer {
  const header = Buffer.alloc(tarBlock)
  const put = (text: string, at: number): void => void header.write(text, at, 'latin1')
  put(name, 0)
  put('0000644\0', 100)
  put('0000000\0', 108)
  put('0000000\0', 116)
  put(`${bytes.toString(8).padStart(11, '0')}\0`, 124)
  put('00000000000\0', 136)
  // The sum is reckoned with blanks in its own place.
  put('        ', 148)
  put(type, 156)
  put('ustar\x0000', 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** `27 path=model/größe.bin` and a line break, where the number counts all of it, itself too. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + 1
  while (String(length).length + rest !== length) length += 1
  return Buffer.from(`${length} ${key}=${value}\n`)
}
