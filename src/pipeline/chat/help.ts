import { usageOf } from '../../github/chat/grammar.ts'
import { table } from '../../report/format.ts'
import type { Command, CommandAnswer, CommandRequest } from './command.ts'

/** The table of commands, for answers and for docs/chatops.md. */
export function commandTable(commands: readonly Command[]): string {
  const rows = commands.map((command) => [usageOf(command), `\`${command.role}\``, command.summary])
  return table(['Command', 'Takes the role', ''], rows)
}

/** `/modelgate help` */
export async function run({ commands }: Pick<CommandRequest, 'commands'>): Promise<CommandAnswer> {
  const markdown = `${commandTable(commands)}\n\nA command is the first line of a new comment on a pull request; edited comments are not read again.`
  return { outcome: 'done', markdown }
}
