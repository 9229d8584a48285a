import { ModelgateError } from '../../base/error.ts'
import type { CommandShape } from '../../github/chat/grammar.ts'
import type { Role } from '../../github/chat/role.ts'
import type { Client } from '../../github/client.ts'
import type { Permission } from '../../github/permission.ts'
import { getOpenPull, type OpenPull } from '../../github/pull-request.ts'
import type { RepositoryName } from '../../github/stored-artifact.ts'
import type { StateStore } from '../../refs/state-store.ts'

/** What a command gets to work with. Its words passed the grammar; whoever asks has the role; the head was named when it has to be. */
export type CommandRequest = {
  client: Client
  where: RepositoryName
  pull: OpenPull
  /** Who asks, and the page of the comment. */
  asker: string
  commentUrl: string
  /** Opens the registry of the repository; whoever opens it closes it. */
  openStore: () => Promise<StateStore>
  values: Readonly<Record<string, string>>
  /** Name under which runs keep their record. */
  artifact: string
  /** Path of modelgate.yaml in the repository. */
  config: string
  /** Page of the repository, for links. */
  repositoryUrl: string
  /** Longest answer in UTF-16 units. */
  limit: number
  commands: readonly Command[]
}

/** Markdown with everything foreign in it escaped. */
export type CommandAnswer = { outcome: 'done' | 'refused'; markdown: string }

/**
 * One command of the table. A new one is a file beside this one and an entry there; grammar, roles, head, answer, help and documentation follow
 * from the entry.
 */
export type Command = CommandShape & {
  /** What it does, in one sentence of Markdown. */
  summary: string
  /** Least role of whoever gives it. */
  role: Role
  /**
   * True when it changes anything but its own answer. It then names the commit that it is meant for: by an optional word `head` of kind `sha`, and does
   * nothing before that was given; or by another word, and looks after that itself.
   */
  hasEffect: boolean
  /** True when it is carried out on a closed pull request too. */
  onClosed?: true
  /** What the token of the job needs for it, beside `contents: read` and `pull-requests: write`. */
  needs: Permission
  load: () => Promise<{ run(request: CommandRequest): Promise<CommandAnswer> }>
}

/** To be called right before an effect: throws `chat/head-moved` when the pull request is no longer what was named in the command. */
export async function requireHead({ client, where, pull }: CommandRequest): Promise<void> {
  const now = await getOpenPull(client, where, pull.number)
  if (now?.headSha === pull.headSha) return
  throw new ModelgateError({
    code: 'chat/head-moved',
    message:
      now === undefined
        ? 'The pull request was closed meanwhile, so nothing was done.'
        : `The head moved from ${pull.headSha.slice(0, 7)} to ${now.headSha.slice(0, 7)} meanwhile, so nothing was done.`,
    help: 'Look at what was pushed, and give the command again for the new head.',
  })
}
