import { formatPlace, ModelgateError } from '../../base/error.ts'
import { codeSpan } from '../../base/escape.ts'
import { readApiError } from '../../github/api-error.ts'
import { findCommand } from '../../github/chat/addressee.ts'
import { answerLimit } from '../../github/chat/answer.ts'
import { readCommand, type Spoken, spell } from '../../github/chat/grammar.ts'
import { isAtLeast, type Role, roleOf } from '../../github/chat/role.ts'
import { type Client, createClient } from '../../github/client.ts'
import type { GithubContext } from '../../github/context.ts'
import type { Patience } from '../../github/patience.ts'
import { explainApiError } from '../../github/permission.ts'
import { getOpenPull, getPull, type OpenPull } from '../../github/pull-request.ts'
import type { RepositoryName } from '../../github/stored-artifact.ts'
import type { StateStore } from '../../refs/state-store.ts'
import { text } from '../../report/format.ts'
import type { Command, CommandAnswer } from './command.ts'
import { Conversation, type Told } from './conversation.ts'
import { failureOf, isRefusal } from './failure.ts'
import { commandTable } from './help.ts'
import { commands } from './table.ts'

export type ChatRequest = {
  context: GithubContext | undefined
  token: string
  artifact: string
  config: string
  log: (line: string) => void
  patience: Patience
  signal: AbortSignal
}

export type ChatResult = {
  /** Name of the command; empty when there was none. */
  command: string
  outcome: 'done' | 'refused' | 'ignored'
  answerUrl: string
  /** What was answered, for the job summary; empty when nothing was. */
  markdown: string
  /** What went wrong on our side, after outputs and summary are written. */
  failure?: Error
}

/**
 * From an event to an answer, the cheapest refusals first: what needs no request, then the role of whoever asks, then the words. Nothing of the
 * pull request is checked out or run here, and of its comment only what the grammar let through is used.
 */
export async function carryOut(request: ChatRequest): Promise<ChatResult> {
  const { context, token, log } = request
  const addressed = findCommand(context)
  const spoken = addressed.comment === undefined ? undefined : readCommand(addressed.comment.body, commands)
  if (context === undefined || addressed.comment === undefined || spoken === undefined) {
    log(`Nothing to do: ${addressed.comment === undefined ? addressed.reason : 'the comment is not for modelgate'}.`)
    return { command: '', outcome: 'ignored', answerUrl: '', markdown: '' }
  }
  const { comment } = addressed
  const where = { owner: context.owner, repo: context.repo }
  const repositoryUrl = `${context.serverUrl}/${context.owner}/${context.repo}`
  const client = await createClient({ token, apiUrl: context.apiUrl, patience: request.patience })
  const talk = new Conversation(client, where, comment, repositoryUrl, log)
  const command = commands.find(({ name }) => name === spoken.name)
  const name = command?.name ?? ''

  const needed = command?.role ?? leastRole
  const role = await ownRole(client, where, comment.author)
  if (!isAtLeast(role, needed)) {
    await talk.react('-1')
    // One for each person: whoever may do nothing here cannot make us write more than that.
    const key = `command-refused-${comment.author.toLowerCase()}`
    return closing(name, 'refused', await talk.answer(`This takes the role \`${needed}\` in this repository.`, { key }))
  }
  if (spoken.kind === 'unclear' || command === undefined) {
    await talk.react('confused')
    const problem = spoken.kind === 'unclear' ? spoken.problem : ''
    return closing(name, 'refused', await talk.answer(`${problem}\n\n${commandTable(commands)}`, {}))
  }

  await talk.react('eyes')
  let pull: OpenPull | undefined
  let answer: CommandAnswer
  let failure: Error | undefined
  try {
    pull = await (command.onClosed === true ? getPull : getOpenPull)(client, where, comment.issue)
    const commentUrl = `${repositoryUrl}/pull/${comment.issue}#issuecomment-${comment.id}`
    const more = {
      ...{ client, where, repositoryUrl, artifact: request.artifact, config: request.config },
      ...{ asker: comment.author, commentUrl, openStore: () => openRegistry(request, repositoryUrl) },
    }
    answer =
      pull === undefined
        ? { outcome: 'refused', markdown: 'The pull request is closed, so nothing was done.' }
        : (refuseHead(command, spoken, pull) ??
          (await (await command.load()).run({ ...more, pull, values: spoken.values, limit: answerLimit, commands })))
  } catch (error) {
    answer = { outcome: 'refused', markdown: explainFailure(error, command) }
    if (!isRefusal(error)) failure = failureOf(error, command.needs)
  }
  const headSha = pull === undefined ? {} : { headSha: pull.headSha }
  const told = await talk.answer(answer.markdown, { command: spell(spoken), ...headSha })
  await talk.react(answer.outcome !== 'done' ? 'confused' : command.hasEffect ? 'rocket' : '+1')
  const closed = closing(name, answer.outcome, told)
  return failure === undefined ? closed : { ...closed, failure }
}

/** The registry of the repository that the comment is in; nothing of it is checked out. */
async function openRegistry({ token, signal }: ChatRequest, repositoryUrl: string): Promise<StateStore> {
  const { openStateStore } = await import('../../refs/open-state-store.ts')
  return await openStateStore({ workingDirectory: '.', remote: repositoryUrl, token, signal })
}

/** What takes no more than the least of all commands takes: an unknown word is answered to nobody below it. */
const leastRole: Role = commands.reduce<Role>((least, { role }) => (isAtLeast(least, role) ? role : least), 'admin')

async function ownRole(client: Client, where: RepositoryName, login: string): Promise<Role> {
  try {
    return await roleOf(client, where, login)
  } catch (error) {
    // Without an answer nobody is known to be permitted, so nobody gets one.
    throw failureOf(error, 'contents: read', 'The role of whoever asks is not known. ')
  }
}

/**
 * The comment does not say which commit its author looked at, and another may have been pushed since. So a command with an effect names the head.
 * Undefined when it named the one that there is.
 */
function refuseHead(
  command: Command,
  { values }: Spoken & { kind: 'command' },
  pull: OpenPull,
): CommandAnswer | undefined {
  if (!command.hasEffect || !command.arguments.some(({ name }) => name === 'head')) return undefined
  const named = values.head
  if (named !== undefined && pull.headSha.startsWith(named)) return undefined
  const confirmed = spell({ name: command.name, values: { ...values, head: pull.headSha } })
  const lines = [
    named === undefined
      ? 'Nothing was done yet: this command names the commit that it is meant for.'
      : `Nothing was done: the head is not ${codeSpan(named)}.`,
    `The head is ${codeSpan(pull.headSha)} now. If that is what you looked at, write:`,
    `\`\`\`text\n${confirmed}\n\`\`\``,
  ]
  return { outcome: 'refused', markdown: lines.join('\n\n') }
}

function explainFailure(error: unknown, { needs }: Command): string {
  if (isRefusal(error)) {
    // A place with a line is one in modelgate.yaml; others are files of this machine.
    const place = error.place?.line === undefined ? '' : `${codeSpan(formatPlace(error.place))}: `
    return `${place}${text([error.message, error.help ?? ''].join(' '))}`
  }
  const known = error instanceof ModelgateError || readApiError(error) !== undefined
  return `This could not be done. ${known ? text(explainApiError(error, needs, false)) : 'modelgate itself failed: the log of the job says more.'}`
}

function closing(command: string, outcome: ChatResult['outcome'], { url, markdown, failure }: Told): ChatResult {
  return { command, outcome, answerUrl: url, markdown, ...(failure === undefined ? {} : { failure }) }
}
