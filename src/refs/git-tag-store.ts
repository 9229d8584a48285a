import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelgateError } from '../base/error.ts'
import { gitAt } from '../record/repository.ts'
import { type GitResult, runGit } from './git-process.ts'
import { gitSettings, otherSide } from './git-settings.ts'
import { isObjectId, requireRefName } from './ref-name.ts'
import { readRefusal, saidByGit } from './refusal.ts'
import { findRemote } from './remote.ts'
import type { ObjectId } from './state-store.ts'
import { type AnnotatedTag, type TagStore, tagger } from './tag-store.ts'

export type GitTagOptions = { workingDirectory: string; remote?: string; token?: string; signal: AbortSignal }

/**
 * Annotated tags through git's own program. The commits that they name have to be in the checkout: their objects are looked up there, and nothing of it is
 * changed. `close` removes what lies on this machine for it. Throws what `findRemote` throws.
 */
export async function openGitTags(options: GitTagOptions): Promise<TagStore & { close(): Promise<void> }> {
  const { workingDirectory, signal, token } = options
  const remote = await findRemote(workingDirectory, options.remote, token === '' ? undefined : token)
  const objects = await gitAt(workingDirectory)
    .raw(['rev-parse', '--path-format=absolute', '--git-path', 'objects'])
    .catch(() => undefined)
  const folder = await mkdtemp(join(tmpdir(), 'modelgate-tags-'))
  const env = {
    ...gitSettings(folder, remote),
    ...(objects === undefined ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(objects.trim()) }),
  }
  const call = async (args: readonly string[], input?: string): Promise<GitResult> =>
    await runGit(args, { folder, env, signal, ...(input === undefined ? {} : { input }) })
  const output = async (args: readonly string[], input?: string): Promise<string> => {
    const result = await call(args, input)
    if (result.code === 0) return result.output.toString('utf8')
    throw failed(remote.name, result.errors)
  }
  await output(['init', '--quiet', '--bare', '--template=', `--object-format=${remote.format}`, '--', folder])
  const toRemote = ['--', remote.address]
  return {
    list: async (prefix) => {
      const args = ['ls-remote', '--refs', ...otherSide(remote, 'upload-pack'), ...toRemote, `refs/tags/${prefix}*`]
      return listed(await output(args), prefix)
    },
    message: async (id, name) => {
      const from = [
        'fetch',
        '--quiet',
        '--no-tags',
        '--depth=1',
        '--filter=tree:0',
        ...otherSide(remote, 'upload-pack'),
      ]
      await output([...from, ...toRemote, requireRefName(`refs/tags/${name}`)])
      const text = await output(['cat-file', 'tag', id])
      return text.slice(text.indexOf('\n\n') + 2)
    },
    create: async (tag) => {
      const ref = requireRefName(`refs/tags/${tag.name}`)
      if ((await call(['cat-file', '-e', `${tag.target}^{commit}`])).code !== 0) throw noCommit(tag)
      const id = (await output(['hash-object', '-t', 'tag', '-w', '--stdin'], tagText(tag))).trim()
      const lease = `--force-with-lease=${ref}:`
      const args = ['push', '--porcelain', '--no-verify', '--no-signed', ...otherSide(remote, 'receive-pack')]
      const result = await call([...args, lease, ...toRemote, `${id}:${ref}`])
      if (result.code === 0) return 'created'
      const said = `${result.errors}\n${result.output.toString('utf8')}`
      if (readRefusal(said) === 'moved') return 'taken'
      throw failed(remote.name, said)
    },
    close: async () => await rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

function listed(text: string, prefix: string): Map<string, ObjectId> {
  const lines = text.split('\n').map((line) => line.split('\t'))
  return new Map(
    lines.flatMap(([id = '', ref = '']) => {
      const name = ref.replace(/^refs\/tags\//, '')
      return isObjectId(id) && name.startsWith(prefix) ? [[name, id] as const] : []
    }),
  )
}

function tagText({ name, target, message, time }: AnnotatedTag): string {
  const seconds = Math.floor(Date.parse(time) / 1000)
  const head = [
    `object ${target}`,
    'type commit',
    `tag ${name}`,
    `tagger ${tagger.name} <${tagger.email}> ${seconds} +0000`,
  ]
  return `${head.join('\n')}\n\n${message.replaceAll('\0', '').trimEnd()}\n`
}

function noCommit({ target }: AnnotatedTag): ModelgateError {
  return new ModelgateError({
    code: 'refs/no-commit',
    message: `The commit ${target.slice(0, 12)} is not in this checkout, so no tag can name it.`,
    help: 'Fetch it, or let GitHub Actions do this step.',
  })
}

function failed(name: string, errors: string): ModelgateError {
  return new ModelgateError({
    code: 'refs/tags',
    message: `git could not read or write tags of the ${name}: ${saidByGit(errors)}.`,
    help: 'Look whether a rule for tags forbids it, and whether the account may push.',
  })
}
