import { systemClock } from '../../src/base/clock.ts'
import { type ChangeRequest, type ChangeResult, runChange } from '../../src/pipeline/run-change.ts'
import { commitAll, git, repositoryWith, writeFiles } from '../record/temporary-repository.ts'
import { recorder, testEnv } from './project.ts'

/** A branch with these changes on top of main, checked out. */
export function change(base: Record<string, unknown>, changed: Record<string, unknown>): string {
  const folder = repositoryWith(base)
  git(folder, 'switch', '--quiet', '-c', 'feature')
  writeFiles(folder, changed)
  commitAll(folder, 'change')
  return folder
}

/** Runs it to its end, as the command line does. */
export async function run(
  folder: string,
  given: Partial<ChangeRequest> = {},
): Promise<ChangeResult & { notes: string[]; events: string[] }> {
  const observer = recorder()
  const result = await runChange({
    workingDirectory: folder,
    env: testEnv,
    clock: systemClock,
    signal: new AbortController().signal,
    observer,
    ...given,
  })
  return { ...result, notes: observer.notes, events: observer.events }
}

/** The rules of the verdict, in short. */
export const rules = (result: ChangeResult): string[] =>
  result.judged?.judgement.verdict.rules.map((rule) => `${rule.metric} ${rule.rule}: ${rule.verdict}`) ?? []
