import { z } from 'zod'
import type { ObjectId } from '../refs/state-store.ts'
import { type AnnotatedTag, type TagStore, tagger } from '../refs/tag-store.ts'
import { readApiError, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import type { RepositoryName } from './stored-artifact.ts'

const refs = z.array(z.object({ ref: z.string(), object: z.object({ sha: z.string() }) }))
const tagObject = z.object({ sha: z.string(), message: z.string() })

/** Annotated tags over GitHub's API, which needs no commit of the repository here. Takes `contents: write`. Rejects with Octokit's error. */
export function githubTags(client: Client, where: RepositoryName): TagStore {
  const list = async (prefix: string): Promise<ReadonlyMap<string, ObjectId>> => {
    const { data } = await client.rest.git.listMatchingRefs({ ...where, ref: `tags/${prefix}` })
    const parsed = refs.safeParse(data)
    if (!parsed.success) throw unexpectedAnswer('list tags')
    return new Map(parsed.data.map(({ ref, object }) => [ref.replace(/^refs\/tags\//, ''), object.sha]))
  }
  return {
    list,
    message: async (id) => {
      try {
        return tagObject.safeParse((await client.rest.git.getTag({ ...where, tag_sha: id })).data).data?.message
      } catch (error) {
        if (readApiError(error)?.status === 404) return undefined
        throw error
      }
    },
    create: async (tag) => {
      const sha = await makeObject(client, where, tag)
      try {
        await client.rest.git.createRef({ ...where, ref: `refs/tags/${tag.name}`, sha })
        return 'created'
      } catch (error) {
        const now = (await list(tag.name)).get(tag.name)
        // An answer that was lost: the tag is ours.
        if (now === sha) return 'created'
        if (now !== undefined) return 'taken'
        throw error
      }
    },
  }
}

/** Nobody sees a tag object before a ref points to it: a second one after a lost answer does no harm. */
async function makeObject(client: Client, where: RepositoryName, tag: AnnotatedTag): Promise<string> {
  const { data } = await client.rest.git.createTag({
    ...where,
    tag: tag.name,
    message: tag.message,
    object: tag.target,
    type: 'commit',
    tagger: { ...tagger, date: tag.time },
  })
  const parsed = tagObject.safeParse(data)
  if (!parsed.success) throw unexpectedAnswer('create a tag')
  return parsed.data.sha
}
