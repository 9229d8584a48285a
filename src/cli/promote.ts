import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { prettyJson } from '../base/json.ts'
import type { Mirrorable } from '../pipeline/mirror.ts'
import type { ChangeRequest, StageChange } from '../pipeline/promote-model.ts'
import type { Unassignment } from '../pipeline/unassign-model.ts'
import type { StateStore } from '../refs/state-store.ts'
import type { CliIo } from './io.ts'
import { exitCodeOfChange, type RemoteFlag, remoteOption, withRegistry } from './registry.ts'

type Flags = RemoteFlag & { because: string; json?: boolean; tags: boolean }
type PromoteFlags = Flags & { to: string; verdict?: string }
type RollbackFlags = Flags & { stage: string; to?: string }

const exitHelp = '\nExit code: 0 done, 10 refused, 2 input, 1 the repository could not be read or written.'

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--because <reason>', 'why, for those who read the history later (required)')
    .option(...remoteOption)
    .option('--no-tags', 'make no annotated tags')
    .option('--json', 'print the outcome as JSON on standard output')
    .addHelpText('after', exitHelp)
}

/** `promote`: a version into a stage. */
export function promoteCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return command('promote', 'Put a published version into a stage, if its verdict is about what the stage stands for.')
    .argument('<model>', 'name of the model')
    .argument('<version>', 'version, such as 1.4.0')
    .requiredOption('--to <stage>', 'stage, such as production (required)')
    .option(
      '--verdict <run>',
      'folder of a newer judgement of its run (`gate --out`), when the stage has moved on since',
    )
    .action(async (model: string, version: string, flags: PromoteFlags) => {
      const [{ promoteModel }, { readFreshVerdict }] = await Promise.all([
        import('../pipeline/promote-model.ts'),
        import('../pipeline/fresh-verdict.ts'),
      ])
      const fresh = flags.verdict === undefined ? {} : { fresh: await readFreshVerdict(flags.verdict, process.cwd()) }
      const change = await changed(flags, signal, model, (request) =>
        promoteModel({ ...request, ...fresh, version, stage: flags.to }),
      )
      finish(await printChange(io, signal, flags, change))
    })
}

/** `rollback`: a stage back to what it stood for before. */
export function rollbackCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return command('rollback', 'Lead a stage back to a version that it stood for before.')
    .argument('<model>', 'name of the model')
    .requiredOption('--stage <stage>', 'stage, such as production (required)')
    .option('--to <version>', 'version to go back to (default: the one before)')
    .action(async (model: string, flags: RollbackFlags) => {
      const { rollBackModel } = await import('../pipeline/promote-model.ts')
      const change = await changed(flags, signal, model, (request) =>
        rollBackModel({ ...request, stage: flags.stage, to: flags.to }),
      )
      finish(await printChange(io, signal, flags, change))
    })
}

/** `unassign`: a stage that stands for nothing. */
export function unassignCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return command('unassign', 'Take a model out of a stage, without another in its place.')
    .argument('<model>', 'name of the model')
    .requiredOption('--stage <stage>', 'stage, such as production (required)')
    .action(async (model: string, flags: Flags & { stage: string }) => {
      const { unassignModel } = await import('../pipeline/unassign-model.ts')
      const change = await changed(flags, signal, model, (request) => unassignModel({ ...request, stage: flags.stage }))
      finish(await printChange(io, signal, flags, change))
    })
}

/** `deprecate`: a version that nobody should use any more. */
export function deprecateCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  return command('deprecate', 'Say of a version that it is not to be promoted any more.')
    .argument('<model>', 'name of the model')
    .argument('<version>', 'version, such as 1.4.0')
    .action(async (model: string, version: string, flags: Flags) => {
      const [{ deprecateModel }, { liveNotes }] = await Promise.all([
        import('../pipeline/promote-model.ts'),
        import('../report/stage-change.ts'),
      ])
      const {
        outcome,
        version: stored,
        live,
      } = await changed(flags, signal, model, (request) => deprecateModel({ ...request, version }))
      const { tags, notes } = await mirrored(flags, signal, { deprecation: stored })
      const said = [...liveNotes(stored.record, live), ...notes]
      const exitCode = exitCodeOfChange(outcome)
      if (flags.json === true) {
        const { id: record, record: shown } = stored
        io.out(
          prettyJson({
            schema: 'modelgate/deprecation@1',
            exitCode,
            outcome,
            record,
            version: shown,
            live,
            tags,
            notes: said,
          }),
        )
      } else {
        io.out(
          `Version ${stored.record.version} of ${stored.record.model} is deprecated${outcome === 'unchanged' ? ' already' : ''}.\n`,
        )
        printTags(io, tags)
        for (const note of said) io.err(`${note}\n`)
      }
      finish(exitCode)
    })
}

async function changed<T>(
  flags: Flags,
  signal: AbortSignal,
  model: string,
  change: (request: ChangeRequest) => Promise<T>,
): Promise<T> {
  const { actorOf, viaOf } = await import('../pipeline/actor.ts')
  const actor = await actorOf(process.cwd(), process.env)
  const who = { actor, approvers: [], via: viaOf(process.env) }
  const request = (store: StateStore): ChangeRequest => ({
    store,
    model,
    why: flags.because,
    who,
    now: systemClock.now(),
  })
  return await withRegistry(flags, signal, (store) => change(request(store)))
}

async function printChange(
  io: CliIo,
  signal: AbortSignal,
  flags: Flags,
  change: StageChange | Unassignment,
): Promise<number> {
  const { changeSentence, changeJson } = await import('../report/stage-change.ts')
  const exitCode = exitCodeOfChange(change.outcome)
  const { tags, notes } =
    change.outcome === 'refused' ? { tags: [], notes: [] } : await mirrored(flags, signal, { promotion: change.stored })
  const said = [...(change.outcome === 'refused' ? [] : change.notes), ...notes]
  if (flags.json === true) io.out(prettyJson(changeJson(change, { exitCode, tags, notes: said })))
  else {
    const lines =
      change.outcome === 'refused'
        ? [`Refused: ${changeSentence(change)}`, change.refusal.help]
        : [changeSentence(change)]
    io.out(`${lines.join('\n')}\n`)
    printTags(io, tags)
    for (const note of said) io.err(`${note}\n`)
  }
  return exitCode
}

function printTags(io: CliIo, tags: readonly string[]): void {
  if (tags.length > 0) io.out(`Tags: ${tags.join(', ')}\n`)
}

async function mirrored(
  { tags, remote }: Flags,
  signal: AbortSignal,
  what: Mirrorable,
): Promise<{ tags: string[]; notes: string[] }> {
  if (!tags) return { tags: [], notes: [] }
  const [{ mirror }, { openGitTags }] = await Promise.all([
    import('../pipeline/mirror.ts'),
    import('../refs/git-tag-store.ts'),
  ])
  const options = { workingDirectory: process.cwd(), signal, ...(remote === undefined ? {} : { remote }) }
  return await mirror(() => openGitTags(options), what)
}
