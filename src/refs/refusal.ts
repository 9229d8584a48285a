import { oneLine, truncate } from '../base/escape.ts'
import { shown } from './remote.ts'

/**
 * Why a talk with a server failed. `moved`: a ref is not, or just then was not, what it should have been, or somebody else was changing it: what
 * the refs are now decides. `broken`: the network or the server, may be repeated; `offline`:
 * no connection came about, which seldom mends itself; `absent`: there is no such repository.
 */
export type Refusal = 'moved' | 'broken' | 'offline' | 'absent' | 'denied' | 'hidden' | 'unknown'

/** Words of git, of its servers and of the programs that it uses, in the order in which they are looked for. */
const words: readonly (readonly [Refusal, RegExp])[] = [
  [
    'denied',
    /returned error: 40[13]|authentication failed|could not read (?:username|password)|permission (?:to .* )?denied|access denied|not granted|read[- ]only|publickey/i,
  ],
  [
    'hidden',
    /hidden ref|hook declined|GH0\d\d|protected|prohibited|funny refname|does not support --atomic|denied by/i,
  ],
  [
    'moved',
    /stale info|fetch first|non-fast-forward|needs force|already exists|cannot lock ref|failed to (?:update|lock)|unable to create|incorrect old value|reference (?:is )?(?:missing|already)|but expected|would clobber|remote ref does not exist|atomic (?:push|transaction) failed/i,
  ],
  [
    'broken',
    /returned error: (?:5\d\d|408|429)|HTTP (?:5\d\d|408|429)|timed? ?out|connection (?:was )?reset|early EOF|RPC failed|hung up|unexpected(?:ly)? (?:disconnect|closed)|empty reply|transfer closed|remote end closed|broken pipe|TLS|SSL|too slow|less than \d+ bytes|bad (?:pack|line)|protocol error|unpack failed|unpacker error|index-pack/i,
  ],
  [
    'offline',
    /could(?:n't| not) resolve|connection refused|couldn't connect|failed to connect|no route|name or service not known/i,
  ],
  [
    'absent',
    /not found|does not appear to be a git repository|returned error: (?:404|410|30\d)|unable to update url base/i,
  ],
]

/** How often a talk that failed like that is begun, of so many tries. */
export function triesAfter(refusal: Refusal, tries: number): number {
  if (refusal === 'offline') return Math.min(tries, 3)
  return refusal === 'broken' || refusal === 'moved' ? tries : 1
}

export function readRefusal(text: string): Refusal {
  // Names that users gave may hold any of these words.
  const plain = text.replace(/\w+:\/\/[^\s']+|refs\/[^\s'()]+|'[^']*'|\S+\/\S+\.git\b|(?<=\s)\/\S+/g, '')
  return words.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'unknown'
}

/** What git said, as far as a user can do something with it: on one line, without credentials. */
export function saidByGit(errors: string): string {
  const lines = errors.split('\n').map((line) => line.replace(/^(?:remote|error|fatal):\s*/i, '').trim())
  const telling = lines.filter((line) => line !== '' && !/^(?:hint:|To |Everything up-to-date|warning:)/.test(line))
  return truncate(oneLine(shown(telling.slice(0, 3).join('; ')).replace(/(authorization: )\S.*/gi, '$1***')), 200)
}
