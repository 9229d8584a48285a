import { exitCodes } from '../base/error.ts'
import { oneLine } from '../base/escape.ts'
import { prettyJson } from '../base/json.ts'
import { loadConfig, locateConfig } from '../config/load.ts'
import { isSound, type SelfTest, selfTest } from '../gate/self-test.ts'
import type { CliIo } from './io.ts'

/** `gate --self-test`: tries the configured rules on made-up runs, and gives the exit code. Needs no run. Throws what is wrong with the file. */
export async function runSelfTest(io: CliIo, config: string | undefined, json: boolean): Promise<number> {
  const workingDirectory = process.cwd()
  const loaded = await loadConfig(locateConfig(workingDirectory, config), workingDirectory)
  const rules = selfTest(loaded.config)
  const exitCode = isSound(rules) ? exitCodes.pass : exitCodes.blocked
  io.out(json ? prettyJson({ schema: 'modelgate/self-test@1', exitCode, rules }) : renderSelfTest(rules))
  return exitCode
}

/** A table with one line for each rule, and what is wrong with those that do not what they are there for. */
export function renderSelfTest(rules: readonly SelfTest[]): string {
  if (rules.length === 0) return 'No checkpoint has any rule, so nothing can be blocked.\n'
  const header = ['rule', 'all is well', 'broken', 'no evidence']
  const table = rules.map(({ rule, passes, broken, missing }) => [
    oneLine(rule),
    passes ? 'passes' : 'does not pass',
    consequencesOf(broken),
    consequencesOf(missing),
  ])
  const widths = header.map((_word, column) => Math.max(...[header, ...table].map((row) => row[column]?.length ?? 0)))
  const lines = [header, ...table].map((row) =>
    row
      .map((word, column) => word.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const problems = rules.flatMap(({ rule, problem }) =>
    problem === undefined ? [] : [`${oneLine(rule)}: ${oneLine(problem)}`],
  )
  const unguarded = rules.filter(({ guards }) => !guards)
  const guards = rules.length - unguarded.length
  const remark =
    unguarded.length === 0 ? '' : ` Meant to stop nothing: ${unguarded.map(({ rule }) => oneLine(rule)).join(', ')}.`
  const summary =
    problems.length === 0
      ? `${guards} of ${rules.length} rules are meant to stop a change, and each of them does.${remark}`
      : `${problems.length} of ${guards} rules that are meant to stop a change do not do so rightly.${remark}`
  return `${[...lines, '', ...problems, ...(problems.length === 0 ? [] : ['']), summary].join('\n')}\n`
}

/** What follows in the made-up runs: one word where it is the same in all of them. */
function consequencesOf(trials: SelfTest['broken']): string {
  const words = {
    block: 'blocks',
    approve: 'needs approval',
    warn: 'warns',
    info: 'remarks',
    waived: 'waived',
    none: 'passes',
  }
  return [...new Set(trials.map(({ consequence }) => words[consequence]))].join(', ')
}
