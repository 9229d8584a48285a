import { systemClock } from '../../base/clock.ts'
import { overview } from '../../registry/look.ts'
import type { ModelVersion } from '../../registry/model-version.ts'
import { code } from '../../report/format.ts'
import { renderPromotion } from '../../report/promotion-markdown.ts'
import { approvalOf, changeOnGithub, type Place } from '../change-on-github.ts'
import type { CommandAnswer, CommandRequest } from './command.ts'

/**
 * `/modelgate promote <sha> <stage>`: puts the version that was published of a commit into a stage, by the same rules as everywhere. The commit says what is
 * meant, whatever was pushed since.
 */
export async function run(request: CommandRequest): Promise<CommandAnswer> {
  const { client, where, repositoryUrl, commentUrl, values, asker } = request
  const { sha = '', stage = '' } = values
  const store = await request.openStore()
  try {
    const models = await overview(store)
    const made = models
      .flatMap(({ versions }) => versions.versions.map(({ record }) => record))
      .filter(({ run: { commit } }) => commit?.startsWith(sha) === true)
    const version = onlyOne(made)
    if (version === undefined) return refused(sha, made)
    const { model, version: name } = version
    const place: Place = { client, where, store, now: systemClock.now(), repositoryUrl, logUrl: commentUrl, tags: true }
    const named = { model, stage, why: `Asked for in ${commentUrl}`, change: { to: name } }
    const approval = await approvalOf(place, named, undefined)
    const who = { actor: asker, approvers: [], via: 'comment' as const }
    const { change, announced } = await changeOnGithub(place, named, approval, who)
    const { tags, deploymentUrl, notes } = announced
    const said = [...(change.outcome === 'refused' ? [] : change.notes), ...notes]
    const shown = { model, stage, change, approval: approval.sentences, notes: said, tags, deploymentUrl }
    return { outcome: change.outcome === 'refused' ? 'refused' : 'done', markdown: renderPromotion(shown) }
  } finally {
    await store.close()
  }
}

/** The version that is meant: the only one, or the only one that is published. */
function onlyOne(made: readonly ModelVersion[]): ModelVersion | undefined {
  const published = made.filter(({ state }) => state === 'published')
  const [first, ...others] = published.length === 0 ? made : published
  return others.length === 0 ? first : undefined
}

function refused(sha: string, made: readonly ModelVersion[]): CommandAnswer {
  const names = made.slice(0, 10).map(({ model, version }) => code(`${model} ${version}`))
  const markdown =
    made.length === 0
      ? `No version was published of the commit ${code(sha)}, so there is nothing to promote. Publish it first; after a merge the commit is the one on the base branch.`
      : `The commit ${code(sha)} has several published versions: ${names.join(', ')}. Promote one of them with the workflow for it, which takes model and version.`
  return { outcome: 'refused', markdown }
}
