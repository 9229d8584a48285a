import type { Format } from '../format.ts'
import { classificationReport } from './classification-report.ts'
import { csvLog, csvRow } from './csv-log.ts'
import { dvclive } from './dvclive.ts'
import { hfResults, hfTrainerState } from './hf-trainer.ts'
import { hubEvalResults, modelIndex } from './hub.ts'
import { junit } from './junit.ts'
import { lmEvalResults } from './lm-eval-results.ts'
import { lmEvalSamples } from './lm-eval-samples.ts'
import { mlflowDb } from './mlflow-db.ts'
import { mlflowFiles } from './mlflow-files.ts'
import { promptfoo } from './promptfoo.ts'
import { pytestBenchmark } from './pytest-benchmark.ts'
import { scoresText } from './scores-text.ts'
import { tensorboard, tensorboardFolder } from './tensorboard.ts'
import { json, toml, yaml } from './tree.ts'
import { wandbRun, wandbSummary } from './wandb-summary.ts'

/** Every format, in the order in which they are named to users. */
export const formats: readonly Format[] = [
  json,
  yaml,
  toml,
  scoresText,
  csvRow,
  csvLog,
  classificationReport,
  hfResults,
  hfTrainerState,
  modelIndex,
  hubEvalResults,
  lmEvalResults,
  lmEvalSamples,
  promptfoo,
  mlflowFiles,
  mlflowDb,
  tensorboard,
  tensorboardFolder,
  dvclive,
  wandbSummary,
  wandbRun,
  pytestBenchmark,
  junit,
]
