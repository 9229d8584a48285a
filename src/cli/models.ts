import { Command, InvalidArgumentError } from 'commander'
import { exitCodes } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { CliIo } from './io.ts'
import { type RemoteFlag, remoteOption, withRegistry } from './registry.ts'

type Flags = RemoteFlag & { json?: boolean }
type HistoryFlags = Flags & { stage?: string; limit: number }

/** `models`: what the registry of the repository holds. */
export function modelsCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const sub = (name: string, description: string): Command =>
    new Command(name)
      .description(description)
      .option(...remoteOption)
      .option('--json', 'print it as JSON on standard output')
  const list = sub('list', 'The registered models, with their newest versions and what their stages stand for.').action(
    async (flags: Flags) => {
      const [{ overview }, { renderModels }, { modelsJson }] = await Promise.all([
        import('../registry/look.ts'),
        import('../report/models-terminal.ts'),
        import('../registry/models-json.ts'),
      ])
      await withRegistry(flags, signal, async (store) => {
        const models = await overview(store)
        io.out(flags.json === true ? prettyJson(modelsJson(models, store.name)) : renderModels(models, store.name))
      })
      finish(exitCodes.pass)
    },
  )
  const show = sub('show', 'The versions and stages of a model.')
    .argument('<model>', 'name of the model')
    .action(async (name: string, flags: Flags) => {
      const [{ requireModel }, { renderModel }, { modelJson }] = await Promise.all([
        import('../pipeline/list-models.ts'),
        import('../report/models-terminal.ts'),
        import('../registry/models-json.ts'),
      ])
      await withRegistry(flags, signal, async (store) => {
        const model = await requireModel(store, name)
        io.out(flags.json === true ? prettyJson(modelJson(model, store.name)) : renderModel(model, io.colour.out))
      })
      finish(exitCodes.pass)
    })
  const history = sub('history', 'Promotions and rollbacks of a model, the newest first.')
    .argument('<model>', 'name of the model')
    .option('--stage <stage>', 'of this stage only')
    .option('--limit <number>', 'at most so many of each stage', count, 20)
    .action(async (name: string, flags: HistoryFlags) => {
      const [{ historyOf }, { renderHistory }, { historyJson }] = await Promise.all([
        import('../pipeline/list-models.ts'),
        import('../report/models-terminal.ts'),
        import('../registry/models-json.ts'),
      ])
      await withRegistry(flags, signal, async (store) => {
        const records = await historyOf(store, name, flags.stage, flags.limit)
        io.out(
          flags.json === true
            ? prettyJson(historyJson(records, name, store.name))
            : renderHistory(records, name, flags.stage),
        )
      })
      finish(exitCodes.pass)
    })
  const command = new Command('models').description('Registered models: versions, stages and their history.')
  for (const one of [list, show, history]) command.addCommand(one)
  return command.addHelpText('after', '\nExit code: 0 shown, 2 input, 1 the repository could not be read.')
}

function count(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0 && number <= 1000) return number
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.')
}
