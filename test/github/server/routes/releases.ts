import { mayDo } from '../account.ts'
import { type Answer, created, found, noContent, notFound, ok, unprocessable, validationFailed } from '../answer.ts'
import { type Call, loginOf, type Parameters, type Routes, route } from '../call.ts'
import type { Release } from '../models.ts'
import { paged } from '../paging.ts'
import { releaseView } from '../views/release-view.ts'

/** Drafts exist only for those who may write. */
function visible({ account, repository }: Call): Release[] {
  const mayWrite = mayDo(account, repository, 'contents: write')
  return repository.releases.filter(({ draft }) => mayWrite || !draft)
}

export function releaseOf(call: Call, id: number): Release {
  return found(visible(call).find((release) => release.id === id))
}

function published({ repository }: Call): Release[] {
  return repository.releases.filter(({ draft }) => !draft)
}

/** Publishing makes the tag when there is none, and freezes the release where the repository says so. */
async function publish(call: Call, release: Release): Promise<void> {
  const { repository, world } = call
  const { git } = repository
  const name = `refs/tags/${release.tag}`
  if ((await git.readRef(name)) === undefined) {
    const sha = await git.resolveCommit(release.target)
    if (sha === undefined) throw validationFailed('Release', 'target_commitish', 'invalid')
    await git.changeRefs([{ name, after: sha }])
  }
  release.draft = false
  release.publishedAt = world.now()
  if (!repository.immutableReleases) return
  release.immutable = true
  repository.burntTags.add(release.tag)
  await git.freeze(name)
}

async function checkTag(call: Call, tag: string, own?: Release): Promise<void> {
  const { repository } = call
  if (!(await repository.git.isValidRef(`refs/tags/${tag}`))) {
    throw validationFailed('Release', 'tag_name', 'custom', 'tag_name is not a valid tag')
  }
  if (repository.burntTags.has(tag) && own?.tag !== tag) {
    throw validationFailed('Release', 'tag_name', 'custom', 'tag_name was used by an immutable release')
  }
  if (published(call).some((release) => release.tag === tag && release !== own)) {
    throw validationFailed('Release', 'tag_name', 'already_exists')
  }
}

async function create(call: Call, parameters: Parameters<'repos', 'createRelease'>): Promise<Answer> {
  const { tag_name, target_commitish, name, body, draft = false, prerelease = false } = parameters
  await checkTag(call, tag_name)
  const release: Release = {
    id: call.world.nextId(),
    tag: tag_name,
    target: target_commitish ?? call.repository.defaultBranch,
    name: name ?? null,
    body: body ?? null,
    draft: true,
    prerelease,
    immutable: false,
    login: loginOf(call),
    createdAt: call.world.now(),
    publishedAt: null,
    assets: [],
  }
  if (!draft) await publish(call, release)
  call.repository.releases.push(release)
  return created(releaseView(call.repository, release))
}

async function update(call: Call, parameters: Parameters<'repos', 'updateRelease'>): Promise<Answer> {
  const { tag_name, target_commitish, name, body, draft, prerelease } = parameters
  const release = releaseOf(call, parameters.release_id)
  // Title and notes stay editable; what others rely on does not.
  if (
    release.immutable &&
    ((tag_name ?? release.tag) !== release.tag || draft === true || target_commitish !== undefined)
  ) {
    throw validationFailed('Release', 'tag_name', 'custom', 'Cannot modify an immutable release')
  }
  if (tag_name !== undefined) await checkTag(call, tag_name, release)
  release.tag = tag_name ?? release.tag
  release.target = target_commitish ?? release.target
  release.name = name ?? release.name
  release.body = body ?? release.body
  release.prerelease = prerelease ?? release.prerelease
  if (draft === false && release.draft) {
    await checkTag(call, release.tag, release)
    await publish(call, release)
  } else if (draft === true) {
    release.draft = true
    release.publishedAt = null
  }
  return ok(releaseView(call.repository, release))
}

export const releaseRoutes: Routes = {
  'repos/list-releases': route<'repos', 'listReleases'>(['contents: read'], (call) =>
    paged(
      call,
      visible(call)
        .toReversed()
        .map((release) => releaseView(call.repository, release)),
    ),
  ),
  'repos/get-release': route<'repos', 'getRelease'>(['contents: read'], (call, { release_id }) =>
    ok(releaseView(call.repository, releaseOf(call, release_id))),
  ),
  // A draft has no tag yet, so it is not found by one, whoever asks.
  'repos/get-release-by-tag': route<'repos', 'getReleaseByTag'>(['contents: read'], (call, { tag }) =>
    ok(releaseView(call.repository, found(published(call).find((release) => release.tag === tag)))),
  ),
  'repos/get-latest-release': route<'repos', 'getLatestRelease'>(['contents: read'], (call) => {
    const latest = published(call).findLast(({ prerelease }) => !prerelease)
    return ok(releaseView(call.repository, found(latest)))
  }),
  'repos/create-release': route<'repos', 'createRelease'>(['contents: write'], (call, parameters) => {
    if (parameters.generate_release_notes === true || parameters.make_latest !== undefined) {
      throw new Error('generate_release_notes and make_latest are not modelled')
    }
    return create(call, parameters)
  }),
  'repos/update-release': route<'repos', 'updateRelease'>(['contents: write'], (call, parameters) => {
    if (parameters.make_latest !== undefined) throw new Error('make_latest is not modelled')
    return update(call, parameters)
  }),
  'repos/delete-release': route<'repos', 'deleteRelease'>(['contents: write'], (call, { release_id }) => {
    const { releases } = call.repository
    const index = releases.indexOf(releaseOf(call, release_id))
    if (index === -1) throw notFound()
    releases.splice(index, 1)
    return noContent
  }),
}

/** Throws when the assets of a release are frozen. */
export function demandMutable(release: Release): void {
  if (release.immutable) throw unprocessable('Cannot change the assets of an immutable release.')
}
