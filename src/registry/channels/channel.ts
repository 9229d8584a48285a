import type { Bundle, BundleFile } from '../bundle/bundle.ts'

/** Where somebody finds what was published. `digest`: what the channel itself calls it by, such as that of an OCI manifest. */
export type Location = { location: string; digest?: string }

export type ChannelProgress = {
  /** Bytes of this file that are there, also when they were there before. */
  onBytes(file: BundleFile, sent: number): void
  signal: AbortSignal
}

/**
 * A place that bundles are published to. The steps are called in this order; the process may die between and in any of them, and a later process
 * begins again from the first one: each finds out what is there already. Nothing is visible to readers before `reveal`.
 */
export type Channel = {
  kind: 'directory' | 'oci' | 'github-release'
  /** In the words of a message: `OCI repository ghcr.io/acme/churn`. */
  name: string
  /**
   * Permissions and limits, before a byte is sent and a number is taken. Throws with the missing permission named, and `channel/other-content` where it is seen
   * already that the version is there with other content.
   */
  check(bundle: Bundle): Promise<void>
  /** Sends what is not there yet. Throws `channel/other-content` when the version is there with other content. */
  upload(bundle: Bundle, progress: ChannelProgress): Promise<void>
  /** Asks the place itself for the digests of what it holds; never those that were sent. Throws `channel/damaged`. */
  verify(bundle: Bundle): Promise<void>
  /** Whether readers find this version there, told by its name alone; its content is for `verify`. Throws when the place does not say it. */
  has(version: Pick<Bundle, 'model' | 'version'>): Promise<boolean>
  /** Makes it visible by one step that happens or does not. */
  reveal(bundle: Bundle): Promise<Location>
}
