import { isObject } from '../../base/json.ts'
import type { FileFormat, FolderFormat, Found } from '../format.ts'
import type { FileInput } from '../input.ts'
import { metricsOfTree } from '../metrics-file.ts'

/** The summary of a run of Weights & Biases: the last (or best) value of each metric. Keys that begin with `_` are its own. */

const own = ['_step', '_runtime', '_timestamp', '_wandb']
const fileName = 'wandb-summary.json'

export const wandbSummary: FileFormat = {
  name: 'wandb-summary',
  title: 'summary of Weights & Biases',
  of: 'file',
  called: /(?:^|[/\\])wandb-summary\.json$/i,
  fit: (input) => {
    const tree = input.peekJson()
    return isObject(tree) && own.some((key) => Object.hasOwn(tree, key)) ? 'content' : 'no'
  },
  read: readSummary,
}

export const wandbRun: FolderFormat = {
  name: 'wandb-run',
  title: 'run folder of Weights & Biases',
  of: 'folder',
  fit: async (input) => {
    const names = (await input.entries()).map(({ name }) => name)
    const isRun = names.some((name) => /^run-.*\.wandb$/.test(name)) || names.includes(fileName)
    return isRun || (await input.has(`files/${fileName}`)) ? 'content' : 'no'
  },
  read: async (input) => {
    for (const path of [`files/${fileName}`, fileName]) {
      if (await input.has(path)) return readSummary(await input.file(path))
    }
    throw input.fault()(
      'empty',
      `The run has no ${fileName}: an offline run is written in a form of its own until it is synchronised.`,
    )
  },
}

function readSummary(input: FileInput): Found {
  const tree = input.json()
  if (!isObject(tree)) throw input.fault('not-a-mapping', 'The summary is not a mapping.')
  const shown = Object.entries(tree).filter(([key, value]) => !key.startsWith('_') && !isMedia(value))
  return { metrics: metricsOfTree(Object.fromEntries(shown), input.name), notes: [] }
}

/** Images, tables and the like are objects with their type and sizes. */
function isMedia(value: unknown): boolean {
  return isObject(value) && typeof value._type === 'string'
}
