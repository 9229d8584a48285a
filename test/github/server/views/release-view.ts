import { createHash } from 'node:crypto'
import type { Asset, Release } from '../models.ts'
import type { Repository } from '../repository.ts'
import { time, timeOrNull } from './issue-view.ts'
import { nodeId, userView } from './user-view.ts'

export function assetView(repository: Repository, release: Release, asset: Asset): Record<string, unknown> {
  return {
    url: `${repository.apiUrl}/releases/assets/${asset.id}`,
    id: asset.id,
    node_id: nodeId('ReleaseAsset', asset.id),
    name: asset.name,
    label: asset.label,
    uploader: userView(repository.world, asset.login),
    content_type: asset.contentType,
    state: asset.state ?? 'uploaded',
    size: asset.content.length,
    digest: `sha256:${createHash('sha256').update(asset.content).digest('hex')}`,
    download_count: 0,
    created_at: time(asset.createdAt),
    updated_at: time(asset.createdAt),
    browser_download_url: `${repository.htmlUrl}/releases/download/${encodeURIComponent(release.tag)}/${asset.name}`,
  }
}

/** Its `upload_url` leads to the other host name that uploads have on GitHub, here a folder of the same server. */
export function releaseView(repository: Repository, release: Release): Record<string, unknown> {
  const { apiUrl, htmlUrl, world, fullName } = repository
  const url = `${apiUrl}/releases/${release.id}`
  // The page of a draft has no tag in its address.
  const page = release.draft ? `untagged-${release.id}` : encodeURIComponent(release.tag)
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${world.apiPath === '' ? world.url : `${world.url}/api`}/uploads/repos/${fullName}/releases/${release.id}/assets{?name,label}`,
    html_url: `${htmlUrl}/releases/tag/${page}`,
    id: release.id,
    node_id: nodeId('Release', release.id),
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    body: release.body,
    draft: release.draft,
    prerelease: release.prerelease,
    immutable: release.immutable,
    author: userView(world, release.login),
    created_at: time(release.createdAt),
    published_at: timeOrNull(release.publishedAt),
    tarball_url: release.draft ? null : `${apiUrl}/tarball/${release.tag}`,
    zipball_url: release.draft ? null : `${apiUrl}/zipball/${release.tag}`,
    assets: release.assets.map((asset) => assetView(repository, release, asset)),
  }
}
