import type { Digest } from '../../base/digest.ts'

/** What a file of a bundle is for. Channels that know kinds of layers go by it. */
export type BundleRole = 'weights' | 'config' | 'card' | 'evidence' | 'manifest' | 'signature'

export type BundleFile = {
  /** Relative to the bundle, forward slashes: `model/weights.safetensors`, `README.md`. */
  path: string
  bytes: number
  digest: Digest
  mediaType: string
  role: BundleRole
}

/** A folder that is published as it is. Equal inputs give equal bytes. */
export type Bundle = {
  folder: string
  model: string
  version: string
  /** Digest of model-manifest.json: it stands for the bundle. */
  digest: Digest
  /** Start of the run, as an ISO date: the only time that goes into published bytes. */
  time: string
  /** Commit that it was made from. */
  commit?: string
  /** One paragraph for people: name, verdict, main metric. */
  summary: string
  /** Every file in the folder, sorted by path. */
  files: readonly BundleFile[]
}
