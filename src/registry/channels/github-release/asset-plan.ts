import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../base/json.ts'
import { formatBytes, formatCount } from '../../../base/number-text.ts'
import type { Bundle, BundleFile } from '../../bundle/bundle.ts'
import { overLimit } from '../channel-error.ts'

/** A file of a release: a file of the bundle, or a part of one. */
export type PlannedAsset = { name: string; file: BundleFile; start: number; end: number }
export type AssetDigest = PlannedAsset & { digest: string }

/** Says which assets make which file. Written as an asset of its own. */
export const mapName = 'modelgate-assets.json'
/** GitHub takes files below 2 GiB. */
export const defaultPartBytes = Math.floor(1.9 * 1024 ** 3)
export const mostAssets = 1000

/**
 * The assets of a bundle, without the map. A release knows no folders and few characters, so `model/weights.bin` becomes `model--weights.bin`;
 * files of `partBytes` or more are split. Files without a byte have no asset: GitHub refuses those, and the map names them. Throws `channel/limit`.
 */
export function planAssets(bundle: Bundle, channel: string, partBytes = defaultPartBytes): PlannedAsset[] {
  const taken = new Set([mapName])
  const planned = bundle.files.flatMap((file) => {
    const name = assetName(file.path, taken)
    if (file.bytes < partBytes) return file.bytes === 0 ? [] : [{ name, file, start: 0, end: file.bytes }]
    return Array.from({ length: Math.ceil(file.bytes / partBytes) }, (_, index) => ({
      name: `${name}.part-${String(index + 1).padStart(4, '0')}`,
      file,
      start: index * partBytes,
      end: Math.min(file.bytes, (index + 1) * partBytes),
    }))
  })
  if (planned.length + 1 > mostAssets) {
    const problem = `a release holds ${formatCount(mostAssets)} files, and the bundle needs ${formatCount(planned.length + 1)}`
    throw overLimit(channel, `${problem} (files above ${formatBytes(partBytes)} are split)`)
  }
  return planned
}

/** A name that GitHub keeps as it is. Whatever the path loses by it is made good by a digest of the path. */
function assetName(path: string, taken: Set<string>): string {
  const flat = path.replaceAll('/', '--')
  const plain = flat.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[.-]+/, '_')
  const exact = plain === flat && plain.length <= 150 && !/\.part-\d+$/.test(plain) && !taken.has(plain.toLowerCase())
  const name = exact ? plain : withDigest(plain, path)
  taken.add(name.toLowerCase())
  return name
}

function withDigest(plain: string, path: string): string {
  const [, stem = '', extension = ''] = /^(.*?)((?:\.[A-Za-z0-9]{1,12})?)$/s.exec(plain) ?? []
  return `${stem.slice(0, 120)}-${createHash('sha256').update(path).digest('hex').slice(0, 12)}${extension}`
}

/** The map of a release, byte for byte the same for the same bundle. */
export function assetMapOf(bundle: Bundle, assets: readonly AssetDigest[]): Buffer {
  const files = bundle.files.map((file) => ({
    path: file.path,
    bytes: file.bytes,
    digest: file.digest,
    assets: assets
      .filter((asset) => asset.file === file)
      .map(({ name, start, end, digest }) => ({ name, bytes: end - start, digest })),
  }))
  const { model, version, digest } = bundle
  return Buffer.from(
    `${canonicalJson({ schema: 'modelgate/release-assets@1', model, version, bundle: digest, files })}\n`,
  )
}
