import type { LoadedConfig } from '../config/load.ts'
import type { StateStore } from '../refs/state-store.ts'
import type { Bundle } from '../registry/bundle/bundle.ts'
import type { Signer } from '../registry/signature/signer.ts'
import type { VersionBump } from '../registry/version-name.ts'
import type { NamedChannel } from './open-channels.ts'
import type { PublishResult } from './publish-result.ts'

/** Hears of a publication while it goes on. */
export type PublishObserver = {
  /** With the channel where it is about one. */
  step(name: PublishStep, channel?: string): void
  /** Bytes of the bundle that are in a channel, of all that it has. */
  bytes(channel: string, sent: number, total: number): void
}
export type PublishStep = 'bundle' | 'check' | 'reserve' | 'upload' | 'verify' | 'reveal' | 'record'

export type PublishRequest = {
  workingDirectory: string
  config?: string
  /** Record or its folder; the newest run of the project without it. */
  run?: string
  version?: string
  bump?: VersionBump
  store: StateStore
  /** Who publishes, for the record. */
  by: string
  now: Date
  signal: AbortSignal
  signer?: Signer
  observer: PublishObserver
  openChannels(loaded: LoadedConfig): Promise<NamedChannel[]>
  /** What follows when everything is recorded, such as an attestation. Its failure is a note: the model is published. */
  after?: (bundle: Bundle, result: PublishResult) => Promise<readonly string[]>
}
