import type { FileSlice } from '../../../base/http.ts'

/** What the channel needs of GitHub. The client for GitHub's API is on a higher floor and is handed in. */

export type ReleaseAsset = {
  id: number
  name: string
  /** Anything but `uploaded` is what a broken upload left. */
  state: string
  bytes: number
  /** `sha256:...` as GitHub reckoned it; undefined on servers that do not. */
  digest?: string
}

export type Release = {
  id: number
  tag: string
  draft: boolean
  body: string
  /** Its page. */
  url: string
  /** Where its assets are sent, without a query. */
  uploadUrl: string
}

export type NewRelease = { tag: string; title: string; body: string; commit?: string; prerelease: boolean }

export type ReleaseClient = {
  /** `acme/churn` */
  repository: string
  /** Throws with the permission to add when the token may not write releases. Changes nothing. */
  checkMayWrite(): Promise<void>
  /** Releases of this tag, drafts too, which have no tag in the repository yet. Oldest first. */
  releasesOf(tag: string): Promise<readonly Release[]>
  /** Commit that a tag leads to; undefined when there is no such tag. */
  commitOf(tag: string): Promise<string | undefined>
  createDraft(release: NewRelease): Promise<Release>
  assets(release: Release): Promise<readonly ReleaseAsset[]>
  /** Never repeated here: a failed upload may have left an asset. */
  upload(
    release: Release,
    name: string,
    mediaType: string,
    body: Uint8Array | FileSlice,
    signal: AbortSignal,
  ): Promise<void>
  deleteAsset(asset: ReleaseAsset): Promise<void>
  /** Reads an asset back and hashes it. */
  digestOf(asset: ReleaseAsset): Promise<string>
  /** `tag-taken`: another release of that tag was published meanwhile. */
  publish(release: Release): Promise<'published' | 'tag-taken'>
  deleteRelease(release: Release): Promise<void>
}
