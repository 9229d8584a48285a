import { isWithin } from '../record/artifact.ts'
import type { YamlPath } from './document.ts'
import type { Config } from './schema.ts'

/** What the schema cannot see in `model`: only what a stage lists as its output is recorded, and so can be published. */
export function findModelFaults({
  model,
  stages,
}: Config): { path: YamlPath; code: string; message: string; help: string }[] {
  if (model === undefined) return []
  const outs = Object.values(stages).flatMap((stage) => stage.outs)
  if (outs.some((out) => isWithin(model.path, out))) return []
  return [
    {
      path: ['model', 'path'],
      code: 'config/model-path',
      message: `No stage lists "${model.path}" under \`outs\`, so no run would record the model.`,
      help:
        outs.length === 0
          ? 'Add `outs` to the stage that writes the model.'
          : `Add it to the \`outs\` of the stage that writes it, or name one of: ${outs.slice(0, 20).join(', ')}.`,
    },
  ]
}
