export type TarPart = {
  name: string
  data?: Uint8Array | string
  kind?: string
  size?: number
  link?: string
  checksum?: number
  /** What stands between `ustar` and the prefix of the name, and the prefix. */
  magic?: string
  prefix?: string
}

/** A tar archive as ustar writes it, whose headers may lie. */
export function buildTar(parts: readonly TarPart[], end = 1024): Buffer {
  return Buffer.concat([...parts.map(entry), Buffer.alloc(end)])
}

function entry({ name, data = '', kind = '0', size, link = '', checksum, ...more }: TarPart): Buffer {
  const bytes = Buffer.from(data)
  const header = Buffer.alloc(512)
  header.write(name, 0, 100)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write(kind, 156)
  header.write(link, 157, 100)
  header.write(`ustar${more.magic ?? '\x0000'}`, 257)
  header.write(more.prefix ?? '', 345, 155)
  const sum = checksum ?? header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

/** A line of an extended header, with its length in front. */
export function paxLine(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = rest.length
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return `${length}${rest}`
}
