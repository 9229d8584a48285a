import { isObject } from '../../base/json.ts'
import { Curves } from '../curve.ts'
import type { FolderFormat } from '../format.ts'
import type { FolderInput } from '../input.ts'
import { metricsOfTree } from '../metrics-file.ts'
import { parseNumber } from '../numbers.ts'
import type { MetricPoint } from '../reading.ts'
import { readTable } from '../table.ts'

const curvesFolder = 'plots/metrics'

/** The folder of dvclive: `metrics.json` with the last values, `plots/metrics/<name>.tsv` with their curves. */
export const dvclive: FolderFormat = {
  name: 'dvclive',
  title: 'folder of dvclive',
  of: 'folder',
  fit: async (input) => {
    if (!(await input.has('metrics.json'))) return 'no'
    if ((await input.entries(curvesFolder)).length > 0) return 'content'
    // Without curves it is a folder like any other, but for its name.
    return /(?:^|[/\\])dvclive[/\\]?$/.test(input.name) ? 'name' : 'no'
  },
  read: async (input) => {
    const file = await input.file('metrics.json')
    const tree = file.json()
    const curves = new Map<string, MetricPoint[]>()
    for (const path of await input.files(curvesFolder)) {
      if (!path.endsWith('.tsv')) continue
      const name = path.slice(curvesFolder.length + 1, -'.tsv'.length)
      // In the tree the parts of `val/accuracy` are levels.
      curves.set(name.replaceAll('/', '.'), await readCurve(input, path))
    }
    // `step` counts, it measures nothing.
    const { step: _step, ...rest } = isObject(tree) ? tree : {}
    const metrics = metricsOfTree(isObject(tree) ? rest : tree, file.name).map((metric) => {
      const series = curves.get(metric.name)
      return series === undefined || series.length === 0 ? metric : { ...metric, series }
    })
    return { metrics, notes: [] }
  },
}

async function readCurve(input: FolderInput, path: string): Promise<MetricPoint[]> {
  const file = await input.file(path)
  const table = readTable(file.text(), file.name)
  const step = table.columns.indexOf('step')
  if (step === -1 || table.columns.length < 2) {
    throw file.fault('not-a-curve', 'The file has no column "step" with one of values beside it.')
  }
  const curve = new Curves()
  for (const [row, cells] of table.rows.entries()) {
    const [at, value] = [
      parseNumber(cells[step] ?? ''),
      parseNumber(cells.find((_cell, index) => index !== step) ?? ''),
    ]
    if (at === undefined || !Number.isFinite(at) || value === undefined) {
      throw file.fault('not-a-curve', 'The step or the value is not a number.', { line: table.lines[row] ?? 1 })
    }
    curve.add('', at, value)
  }
  return curve.metrics()[0]?.series ?? []
}
