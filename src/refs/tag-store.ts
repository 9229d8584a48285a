import type { ObjectId } from './state-store.ts'

/** A tag with a message, as `git tag --annotate` makes it. */
export type AnnotatedTag = {
  /** Without `refs/tags/`. */
  name: string
  /** The commit that it names. */
  target: ObjectId
  message: string
  /** ISO date. */
  time: string
}

/** Annotated tags of a repository: for people and for tools that know nothing of refs of ours. */
export type TagStore = {
  /** Names of tags that begin with this, and the objects that they point to. */
  list(prefix: string): Promise<ReadonlyMap<string, ObjectId>>
  /** The message of a tag object; undefined for what is none. */
  message(id: ObjectId, name: string): Promise<string | undefined>
  /** `taken`: there is a tag of this name, and it stays as it is. */
  create(tag: AnnotatedTag): Promise<'created' | 'taken'>
}

/** Whose tags they are. */
export const tagger = { name: 'modelgate', email: 'modelgate@users.noreply.github.com' }
