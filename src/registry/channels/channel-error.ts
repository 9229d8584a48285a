import { ModelgateError } from '../../base/error.ts'
import { oneLine, truncate } from '../../base/escape.ts'

/** The version is in the channel already, and is not this bundle: nothing of it may be replaced. `difference`: what of it is not as in the bundle. */
export function otherContent(channel: string, what: string, difference?: string): ModelgateError {
  const why = difference === undefined ? '' : `: ${shortReason(difference)}`
  return new ModelgateError({
    code: 'channel/other-content',
    message: `${what} is in ${channel} already, with other content${why}.`,
    help: 'A published version never changes: publish under another version.',
  })
}

/** What the place holds is not what was sent. */
export function damaged(channel: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'channel/damaged',
    kind: 'tool',
    message: `What ${channel} holds is damaged: ${problem}.`,
    help: 'Nothing was made visible. Run the command again; if it stays so, the storage of the channel is at fault.',
  })
}

export function denied(channel: string, problem: string, help: string): ModelgateError {
  return new ModelgateError({ code: 'channel/denied', message: `${channel} refuses access: ${problem}.`, help })
}

export function noRoom(channel: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'channel/quota',
    message: `${channel} has no room for the bundle: ${problem}.`,
    help: 'Make room or raise the quota, and run the command again: what was sent is not sent a second time.',
  })
}

export function overLimit(channel: string, problem: string): ModelgateError {
  return new ModelgateError({
    code: 'channel/limit',
    message: `${channel} cannot take the bundle: ${problem}.`,
    help: 'Pack folders of many small files into one archive, split large files, or use another channel.',
  })
}

export function unreachable(channel: string, cause: unknown): ModelgateError {
  return new ModelgateError({
    code: 'channel/unreachable',
    kind: 'tool',
    message: `${channel} does not answer: ${shortReason(cause)}.`,
    help: 'Run the command again: what was sent is not sent a second time.',
    cause,
  })
}

/** Words of the system or of a server in a message of ours: on one line, cut, without the dot at the end. */
export function shortReason(cause: unknown): string {
  return truncate(oneLine(cause instanceof Error ? cause.message : String(cause)).replace(/\.+$/, ''), 300)
}
