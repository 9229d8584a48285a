import { isObject } from '../../base/json.ts'
import { Curves, mostPoints } from '../curve.ts'
import type { FileFormat } from '../format.ts'
import { metricsOfTree, numbersOf } from '../metrics-file.ts'
import { type ReadMetric, rowsOf } from '../reading.ts'

/** Files of the Trainer of Hugging Face transformers. */

const resultsName = /(?:^|[/\\])(?:all|train|eval|test|predict)_results\.json$/i
const splitName = /^(eval|train|test|predict)_/

/** `all_results.json` and the like: flat; `eval_samples` counts the rows of every `eval_` metric. */
export const hfResults: FileFormat = {
  name: 'hf-results',
  title: 'results of the Hugging Face Trainer',
  of: 'file',
  fit: (input) => {
    if (!resultsName.test(input.name)) return 'no'
    const tree = input.peekJson()
    return isObject(tree) && Object.keys(tree).some((key) => splitName.test(key)) ? 'name' : 'no'
  },
  read: (input) => {
    const metrics = metricsOfTree(input.json(), input.name)
    const counts = new Map(metrics.map(({ name, value }) => [name, value]))
    return {
      metrics: metrics.map((metric): ReadMetric => {
        const split = splitName.exec(metric.name)?.[1]
        const counted = `${split}_samples`
        return { ...metric, ...(split === undefined || metric.name === counted ? {} : rowsOf(counts.get(counted))) }
      }),
      notes: [],
    }
  },
}

/** `trainer_state.json`: rows of training and evaluation in one list, each with the keys that it has. */
export const hfTrainerState: FileFormat = {
  name: 'hf-trainer-state',
  title: 'state of the Hugging Face Trainer',
  of: 'file',
  called: /(?:^|[/\\])trainer_state\.json$/i,
  fit: (input) => {
    const tree = input.peekJson()
    return isObject(tree) && Array.isArray(tree.log_history) && 'global_step' in tree ? 'content' : 'no'
  },
  read: (input) => {
    const tree = input.json()
    if (!isObject(tree) || !Array.isArray(tree.log_history)) {
      throw input.fault('not-a-trainer-state', 'The metrics file has no list "log_history".')
    }
    const curves = new Curves()
    for (const row of tree.log_history) {
      if (!isObject(row) || typeof row.step !== 'number' || !Number.isFinite(row.step)) {
        throw input.fault('not-a-trainer-state', 'An entry of "log_history" is no object with a step.')
      }
      const { step: _step, epoch: _epoch, ...rest } = row
      for (const { name, value } of numbersOf(rest)) curves.add(name, row.step, value)
      if (curves.points > mostPoints) throw input.fault('too-many', 'The log holds too many values.')
    }
    const best = tree.best_metric
    return {
      metrics: [...curves.metrics(), ...(typeof best === 'number' ? [{ name: 'best_metric', value: best }] : [])],
      notes: curves.notes('step'),
    }
  },
}
