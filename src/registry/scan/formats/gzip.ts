import { scanGuarded } from '../found.ts'
import { memorySource } from '../memory-source.ts'
import type { Scanner } from '../scanner.ts'
import { unpack } from '../unpack.ts'

/** What is packed whole in memory; more is refused. */
const mostPackedBytes = 512 * 1024 * 1024

/** gzip: one file, scanned as what it unpacks to. */
export const gzip: Scanner = {
  format: 'gzip',
  recognises: (head) => head[0] === 0x1f && head[1] === 0x8b && head[2] === 8,
  scan: (source, context) =>
    scanGuarded('gzip', source, (found) => {
      const tooLarge = 'The file unpacks to more than a scan may unpack'
      const help = 'Publish it unpacked: what is not packed is scanned whatever its size.'
      if (source.size > mostPackedBytes) {
        found.unknown(tooLarge, { help })
        return
      }
      const unpacked = unpack('gzip', source.read(0, source.size), context.budget)
      if ('problem' in unpacked) {
        if (unpacked.problem === 'too-large') found.unknown(tooLarge, { help })
        else found.malformed('The packed bytes are damaged or cut off')
        return
      }
      if (unpacked.used !== source.size) {
        found.malformed('Bytes follow the end of what is packed', { offset: unpacked.used })
      }
      const inside = context.scanInside(memorySource(`${source.name}!${innerName(source.name)}`, unpacked.bytes))
      found.include(inside)
      found.detail('packed', inside.format)
      const { details: _, ...facts } = inside.facts ?? { details: {} }
      Object.assign(found.facts, facts)
    }),
}

/** `model.tar` for `folder/model.tar.gz`. */
function innerName(name: string): string {
  const base = name.split(/[/!]/).at(-1) ?? ''
  return base.replace(/\.tgz$/i, '.tar').replace(/\.gz$/i, '') || 'content'
}
