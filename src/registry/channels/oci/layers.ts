import type { Bundle, BundleFile, BundleRole } from '../../bundle/bundle.ts'
import { checkUnchanged, openBundleFile } from '../bundle-file.ts'
import type { BlobSource } from './blob-upload.ts'
import { TarLayer } from './tar-layer.ts'

/** A layer of the manifest: a file as it is, or many small ones in an archive. */
export type PackLayer = {
  digest: string
  bytes: number
  /** What is in it. */
  files: readonly BundleFile[]
  role: BundleRole
  archive?: TarLayer
}

/**
 * Up to so many files each is its own layer, which has its digest and can be fetched alone. Beyond, requests take longer than bytes, and a manifest
 * has no room for all.
 */
const mostPlainFiles = 1000
/** Files above are their own layers always. */
const smallBytes = 4 * 1024 * 1024
/** Of one archive: registries take layers of 10 GB, and several go up at once. */
const archiveBytes = 1024 ** 3

/** The layers of a bundle. Of many files, the small ones of the model come in archives. Depends on the bundle alone. Throws `bundle/changed`. */
export async function layersOf(bundle: Bundle): Promise<PackLayer[]> {
  if (bundle.files.length <= mostPlainFiles) return bundle.files.map(plainLayer)
  const packed = groupsOf(bundle.files)
  const inside = new Set(packed.flat())
  const layers = bundle.files.filter((file) => !inside.has(file)).map(plainLayer)
  for (const files of packed) {
    const archive = new TarLayer(bundle, files)
    const role = files[0]?.role ?? 'config'
    layers.push({ digest: await archive.digest(), bytes: archive.bytes, files, role, archive })
  }
  return layers
}

/** Small files of the model by what they are for, in their order. What tells about the model stays open. */
function groupsOf(files: readonly BundleFile[]): BundleFile[][] {
  const groups: BundleFile[][] = []
  for (const wanted of ['weights', 'config']) {
    let [group, bytes]: [BundleFile[], number] = [[], 0]
    for (const file of files.filter((each) => each.role === wanted && each.bytes <= smallBytes)) {
      if (bytes + file.bytes > archiveBytes) {
        groups.push(group)
        ;[group, bytes] = [[], 0]
      }
      group.push(file)
      bytes += file.bytes
    }
    groups.push(group)
  }
  return groups.filter((group) => group.length > 1)
}

function plainLayer(file: BundleFile): PackLayer {
  return { digest: file.digest, bytes: file.bytes, files: [file], role: file.role }
}

/** Gives the bytes of a layer for as long as `act` takes. Throws `bundle/changed`, and what `act` throws. */
export async function withLayer(
  bundle: Bundle,
  { digest, bytes, files, archive }: PackLayer,
  act: (source: BlobSource) => Promise<void>,
): Promise<void> {
  if (archive !== undefined) {
    await act({
      digest,
      bytes,
      part: (start, end, onSent) => ({ handle: archive, start, end, onSent }),
      checkUnchanged: async () => void (await archive.digest()),
    })
    return
  }
  for (const file of files) {
    const handle = await openBundleFile(bundle, file)
    try {
      await act({
        digest,
        bytes,
        part: (start, end, onSent) => ({ handle, start, end, onSent }),
        checkUnchanged: () => checkUnchanged(bundle, file),
      })
    } finally {
      await handle.close()
    }
  }
}
