import { type Answer, created, found, noContent, ok, validationFailed } from '../answer.ts'
import type { BlobStore } from '../blob-store.ts'
import { type Call, loginOf, type Routes, route } from '../call.ts'
import type { Asset, Release } from '../models.ts'
import { paged } from '../paging.ts'
import { assetView } from '../views/release-view.ts'
import { demandMutable, releaseOf } from './releases.ts'

function assetOf(call: Call, id: number): { release: Release; asset: Asset } {
  const release = found(call.repository.releases.find(({ assets }) => assets.some((asset) => asset.id === id)))
  return { release: releaseOf(call, release.id), asset: found(release.assets.find((asset) => asset.id === id)) }
}

/** GitHub renames what it cannot keep: spaces and most other characters become dots. */
function storedName(name: string): string {
  return name.replace(/[^\w.+-]+/g, '.').replace(/^\.+/, 'default.')
}

function upload(call: Call, release: Release, name: string, label: string | undefined): Answer {
  demandMutable(release)
  const asset: Asset = {
    id: call.world.nextId(),
    name: storedName(name),
    label: label ?? '',
    contentType: String(call.headers['content-type'] ?? 'application/octet-stream'),
    content: call.bytes,
    login: loginOf(call),
    createdAt: call.world.now(),
  }
  if (release.assets.some((other) => other.name === asset.name)) {
    throw validationFailed('ReleaseAsset', 'name', 'already_exists')
  }
  if (asset.content.length === 0)
    throw validationFailed('ReleaseAsset', 'size', 'custom', 'size must be greater than 0')
  release.assets.push(asset)
  return created(assetView(call.repository, release, asset))
}

export function assetRoutes(blobs: BlobStore): Routes {
  return {
    'repos/list-release-assets': route<'repos', 'listReleaseAssets'>(['contents: read'], (call, { release_id }) => {
      const release = releaseOf(call, release_id)
      return paged(
        call,
        release.assets.map((asset) => assetView(call.repository, release, asset)),
      )
    }),
    'repos/upload-release-asset': route<'repos', 'uploadReleaseAsset'>(
      ['contents: write'],
      (call, { release_id, name, label }) => upload(call, releaseOf(call, release_id), name, label),
    ),
    // The same address describes the asset or leads to its bytes, by what the client accepts.
    'repos/get-release-asset': route<'repos', 'getReleaseAsset'>(['contents: read'], (call, { asset_id }) => {
      const { release, asset } = assetOf(call, asset_id)
      if (call.headers.accept?.includes('application/octet-stream') !== true) {
        return ok(assetView(call.repository, release, asset))
      }
      return { status: 302, headers: { location: blobs.offer(asset.content, asset.contentType, asset.name) } }
    }),
    'repos/update-release-asset': route<'repos', 'updateReleaseAsset'>(
      ['contents: write'],
      (call, { asset_id, name, label }) => {
        const { release, asset } = assetOf(call, asset_id)
        demandMutable(release)
        asset.name = name === undefined ? asset.name : storedName(name)
        asset.label = label ?? asset.label
        return ok(assetView(call.repository, release, asset))
      },
    ),
    'repos/delete-release-asset': route<'repos', 'deleteReleaseAsset'>(['contents: write'], (call, { asset_id }) => {
      const { release, asset } = assetOf(call, asset_id)
      demandMutable(release)
      release.assets.splice(release.assets.indexOf(asset), 1)
      return noContent
    }),
  }
}
