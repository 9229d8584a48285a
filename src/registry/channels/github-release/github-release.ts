import { setTimeout as sleep } from 'node:timers/promises'
import { digestOfBytes } from '../../../base/digest.ts'
import { ModelgateError } from '../../../base/error.ts'
import type { Bundle } from '../../bundle/bundle.ts'
import { changedFile, checkNames, checkUnchanged, digestOfSlice, isFixed, openBundleFile } from '../bundle-file.ts'
import type { Channel, ChannelProgress, Location } from '../channel.ts'
import { damaged, otherContent, unreachable } from '../channel-error.ts'
import { type AssetDigest, assetMapOf, mapName, planAssets } from './asset-plan.ts'
import { bundleIn, notesOf } from './marker.ts'
import type { Release, ReleaseAsset, ReleaseClient } from './release-client.ts'

export type GithubReleaseOptions = {
  /** Bytes from which a file is split; GitHub takes files below 2 GiB. */
  partBytes?: number
  /** Milliseconds of the first wait before a file is sent again. */
  pause?: number
}

/** What is to be on the release, whole: name, size and digest of each asset. */
type Wanted = { name: string; bytes: number; digest: string; from: AssetDigest | Buffer }

const tries = 4

/** A release of a repository: a draft, its assets one after another, checked, and then published as a whole. */
export class GithubReleaseChannel implements Channel {
  readonly kind = 'github-release'
  readonly name: string
  private readonly client: ReleaseClient
  private readonly options: GithubReleaseOptions
  /** Of a bundle that is not read a second time for each step. */
  private known: { bundle: Bundle; wanted: Wanted[] } | undefined

  constructor(client: ReleaseClient, options: GithubReleaseOptions = {}) {
    this.name = `releases of ${client.repository}`
    this.client = client
    this.options = options
  }

  async check(bundle: Bundle): Promise<void> {
    checkNames(bundle)
    planAssets(bundle, this.name, this.options.partBytes)
    await this.client.checkMayWrite()
    await this.find(bundle)
  }

  async upload(bundle: Bundle, progress: ChannelProgress): Promise<void> {
    const wanted = await this.wantedOf(bundle)
    const found = await this.find(bundle)
    if (found?.draft === false) {
      for (const file of bundle.files) progress.onBytes(file, file.bytes)
      return
    }
    const release = found ?? (await this.createDraft(bundle))
    const there = await this.sorted(release, wanted)
    // In order, one at a time: GitHub loses uploads that come at once.
    for (const asset of wanted) {
      progress.signal.throwIfAborted()
      if (!there.has(asset.name)) await this.send(bundle, release, asset, progress)
      if ('file' in asset.from) progress.onBytes(asset.from.file, asset.from.end)
    }
    for (const file of bundle.files) if (file.bytes === 0) progress.onBytes(file, 0)
  }

  async verify(bundle: Bundle): Promise<void> {
    const release = await this.find(bundle)
    if (release === undefined) throw damaged(this.name, 'the draft is gone')
    const problem = await this.differenceOf(release, await this.wantedOf(bundle))
    if (problem === undefined) return
    // GitHub hashes what it got: first it is looked at whether that was what it should have got.
    for (const file of bundle.files) await checkUnchanged(bundle, file)
    throw damaged(this.name, problem)
  }

  async has(version: Pick<Bundle, 'model' | 'version'>): Promise<boolean> {
    return (await this.client.releasesOf(tagOf(version))).some(({ draft }) => !draft)
  }

  async reveal(bundle: Bundle): Promise<Location> {
    const found = await this.find(bundle)
    if (found === undefined) throw damaged(this.name, 'the draft is gone')
    if (found.draft) await this.client.publish(found)
    // Whoever published it: what is visible now must be this bundle, whole.
    const release = await this.find(bundle)
    if (release === undefined || release.draft) throw damaged(this.name, 'the release is not published')
    const problem = await this.differenceOf(release, await this.wantedOf(bundle))
    if (problem !== undefined) throw damaged(this.name, problem)
    await this.removeSpareDrafts(bundle)
    return { location: release.url }
  }

  /**
   * The release of this version: the published one, or else our oldest draft. Throws `channel/other-content` when it, or the tag, stands for
   * something else.
   */
  private async find(bundle: Bundle): Promise<Release | undefined> {
    const tag = tagOf(bundle)
    const releases = await this.client.releasesOf(tag)
    const published = releases.find(({ draft }) => !draft)
    if (published !== undefined) {
      if (bundleIn(published.body) !== bundle.digest) throw otherContent(this.name, `Release ${tag}`)
      return published
    }
    const commit = await this.client.commitOf(tag)
    if (commit !== undefined && commit !== bundle.commit) throw otherContent(this.name, `The tag ${tag}`)
    return releases.find(({ body }) => bundleIn(body) === bundle.digest)
  }

  private async createDraft(bundle: Bundle): Promise<Release> {
    const tag = tagOf(bundle)
    const { model, version, commit } = bundle
    const prerelease = /^\d+\.\d+\.\d+-/.test(version)
    const target = commit === undefined ? {} : { commit }
    const made = await this.client.createDraft({
      tag,
      title: `${model} ${version}`,
      body: notesOf(bundle),
      prerelease,
      ...target,
    })
    // Another run may have made one at the same moment: both take the older.
    return (await this.find(bundle)) ?? made
  }

  /** Names of assets that are there as they should be. Whatever else the draft holds is deleted. */
  private async sorted(release: Release, wanted: readonly Wanted[]): Promise<Set<string>> {
    const there = new Set<string>()
    for (const asset of await this.client.assets(release)) {
      const goal = wanted.find(({ name }) => name === asset.name)
      if (goal !== undefined && (await this.problemOf(asset, goal)) === undefined) there.add(asset.name)
      else await this.client.deleteAsset(asset)
    }
    return there
  }

  private async send(
    bundle: Bundle,
    release: Release,
    asset: Wanted,
    { onBytes, signal }: ChannelProgress,
  ): Promise<void> {
    for (let failures = 0; ; ) {
      try {
        await this.sendOnce(bundle, release, asset, onBytes, signal)
        return
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof ModelgateError) throw error
        failures += 1
        if (failures === tries) throw unreachable(this.name, error)
        const { pause = 1000 } = this.options
        await sleep(pause * 2 ** (failures - 1), undefined, { signal })
      }
      // An upload that failed may have left half an asset, or a whole one.
      if ((await this.sorted(release, await this.wantedOf(bundle))).has(asset.name)) return
    }
  }

  private async sendOnce(
    bundle: Bundle,
    release: Release,
    { name, from }: Wanted,
    onBytes: ChannelProgress['onBytes'],
    signal: AbortSignal,
  ): Promise<void> {
    if (Buffer.isBuffer(from)) return await this.client.upload(release, name, 'application/json', from, signal)
    const { file, start, end } = from
    const handle = await openBundleFile(bundle, file)
    let sent = start
    const onSent = (bytes: number): void => {
      sent += bytes
      onBytes(file, sent)
    }
    try {
      await this.client.upload(release, name, file.mediaType, { handle, start, end, onSent }, signal)
    } finally {
      await handle.close()
    }
  }

  /** How the release differs: one sentence; undefined when it holds exactly what it should. Of a published one the signature may be another. */
  private async differenceOf(release: Release, wanted: readonly Wanted[]): Promise<string | undefined> {
    const assets = new Map((await this.client.assets(release)).map((asset) => [asset.name, asset]))
    for (const goal of wanted) {
      const asset = assets.get(goal.name)
      const exact = release.draft || ('file' in goal.from && isFixed(goal.from.file))
      const problem =
        asset === undefined ? `${goal.name} is not there` : exact ? await this.problemOf(asset, goal) : undefined
      if (problem !== undefined) return problem
      assets.delete(goal.name)
    }
    const [extra] = assets.keys()
    return extra === undefined ? undefined : `${extra.slice(0, 200)} does not belong to it`
  }

  private async problemOf(asset: ReleaseAsset, goal: Wanted): Promise<string | undefined> {
    if (asset.state !== 'uploaded') return `${goal.name} is not whole`
    if (asset.bytes !== goal.bytes) return `${goal.name} has ${asset.bytes} bytes in place of ${goal.bytes}`
    const digest = asset.digest ?? (await this.client.digestOf(asset))
    return digest === goal.digest ? undefined : `${goal.name} has another digest`
  }

  /** Drafts of the same bundle that runs made at the same moment. */
  private async removeSpareDrafts(bundle: Bundle): Promise<void> {
    const spare = (await this.client.releasesOf(tagOf(bundle))).filter(({ draft }) => draft)
    for (const draft of spare) if (bundleIn(draft.body) === bundle.digest) await this.client.deleteRelease(draft)
  }

  private async wantedOf(bundle: Bundle): Promise<Wanted[]> {
    if (this.known?.bundle === bundle) return this.known.wanted
    const assets: AssetDigest[] = []
    for (const asset of planAssets(bundle, this.name, this.options.partBytes))
      assets.push({ ...asset, digest: await digestOfPart(bundle, asset) })
    const map = assetMapOf(bundle, assets)
    const wanted = [
      ...assets.map((from) => ({ name: from.name, bytes: from.end - from.start, digest: from.digest, from })),
      { name: mapName, bytes: map.length, digest: digestOfBytes(map), from: map },
    ]
    this.known = { bundle, wanted }
    return wanted
  }
}

function tagOf({ model, version }: Pick<Bundle, 'model' | 'version'>): string {
  return `${model}-v${version}`
}

/** That of the file for a whole one; parts are read. */
async function digestOfPart(bundle: Bundle, { file, start, end }: Omit<AssetDigest, 'digest'>): Promise<string> {
  if (start === 0 && end === file.bytes) return file.digest
  const handle = await openBundleFile(bundle, file)
  try {
    return await digestOfSlice(handle, start, end)
  } catch (cause) {
    throw changedFile(file, cause)
  } finally {
    await handle.close()
  }
}
