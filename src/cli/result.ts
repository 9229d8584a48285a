import { exitCodes } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { Judgement } from '../report/judgement.ts'
import { renderTerminal } from '../report/terminal.ts'
import type { CliIo } from './io.ts'

/** Prints a judgement and gives its exit code. With `json` the whole result is one object on standard output. */
export function printJudgement(io: CliIo, judgement: Judgement, files: Record<string, string>, json: boolean): number {
  const { comparison, verdict } = judgement
  const exitCode = verdict.outcome === 'blocked' ? exitCodes.blocked : exitCodes.pass
  if (json) io.out(prettyJson({ schema: 'modelgate/result@1', exitCode, verdict, comparison, files }))
  else {
    io.out(renderTerminal(comparison, verdict, io.colour.out))
    io.out(`\nReport: ${files.report}\nPage:   ${files.page}\n`)
  }
  return exitCode
}
