import { z } from 'zod'
import { baseline } from './baseline-spec.ts'
import { readOverrides } from './checks/read-options.ts'
import { dataStageSchema } from './data-stage.ts'
import { model, publish } from './model.ts'
import { rule } from './rules/rule.ts'
import { metricName, name, path } from './values.ts'
import { waiver } from './waivers.ts'

/**
 * The schema of modelgate.yaml. Types, defaults and limits of the configuration stand here and nowhere else; the JSON
 * Schema for editors and the tables in docs/configuration.md are generated from it.
 */

export const tasks = [
  'binary-classification',
  'multiclass-classification',
  'regression',
  'forecasting',
  'ranking',
  'generation',
] as const

const dataset = z
  .strictObject({
    path: path.describe('File or folder, relative to modelgate.yaml.'),
    key: z.string().min(1).max(200).optional().describe('Column that identifies a row.'),
    read: z.strictObject(readOverrides).describe('How the file is read, where it does not say so itself.').optional(),
  })
  .describe(
    'A data set. The one named `eval` is the evaluation set: runs on different evaluation sets are not compared.',
  )

const stage = z
  .strictObject({
    needs: z.array(name).default([]).describe('Stages that must succeed before this one starts.'),
    run: z
      .string()
      .min(1, 'must not be empty')
      .max(65_536)
      .refine((text) => !text.includes('\0'), 'must not hold a NUL character')
      .optional()
      .describe('Command, run by bash (`-eo pipefail`) in the folder of modelgate.yaml; by cmd.exe on Windows.'),
    uses: z.literal('validate-data', 'must be validate-data').optional().describe('Instead of a command: check data.'),
    with: dataStageSchema(path).optional().describe('What `uses` is given.'),
    deps: z
      .array(path)
      .default([])
      .describe(
        'Files and folders that the command reads. Without any, all files under version control count as its code.',
      ),
    outs: z
      .array(path)
      .default([])
      .describe('Files and folders that the command writes; they must exist when it ends.'),
    params: z
      .array(z.string().min(1).max(200))
      .default([])
      .describe('Keys of the parameter file that the command reads.'),
    metrics: z
      .array(path)
      .default([])
      .describe(
        'Files or folders with metrics that the command writes: JSON, YAML, TOML, or what MLflow, TensorBoard, scikit-learn, lm-eval and others write (docs/reading-metrics.md).',
      ),
    predictions: z
      .union([path, z.array(path).min(1, 'must name at least one file').max(100)])
      .optional()
      .describe(
        'CSV, JSON Lines or Parquet file with one row per example: id, y_true, y_pred and/or y_score. Written by the command. Several files are of one model trained with several seeds.',
      ),
  })
  .superRefine((value, context) => {
    const problem = stageProblem(value)
    if (problem !== undefined) context.addIssue({ code: 'custom', ...problem })
  })
  .describe('A step of the pipeline: a command, or checks of data.')

type StageShape = {
  run?: string | undefined
  uses?: string | undefined
  with?: unknown
  outs: string[]
  metrics: string[]
  predictions?: string | string[] | undefined
}

/** A stage is either a command or a data check, and a data check writes nothing. */
function stageProblem(value: StageShape): { message: string; path?: string[] } | undefined {
  if (value.run !== undefined && value.uses !== undefined)
    return { message: 'must have either `run` or `uses`, not both' }
  if (value.run === undefined && value.uses === undefined)
    return { message: 'must have `run`, or `uses: validate-data`' }
  if (value.uses === undefined)
    return value.with === undefined ? undefined : { message: 'goes with `uses` only', path: ['with'] }
  if (value.with === undefined) return { message: 'needs `with`: at least `dataset` and `checks`' }
  const writes =
    (['outs', 'metrics'] as const).find((key) => value[key].length > 0) ??
    (value.predictions === undefined ? undefined : 'predictions')
  return writes === undefined
    ? undefined
    : { message: 'has no place in a stage that checks data: it writes nothing', path: [writes] }
}

const metric = z
  .strictObject({
    direction: z.enum(['higher', 'lower']).optional().describe('Which way is better. Known for common metrics.'),
    unit: z.string().min(1).max(32).optional().describe('Shown behind the values.'),
    sql: z
      .string()
      .min(1, 'must not be empty')
      .max(10_000)
      .optional()
      .describe(
        'A metric of your own: an SQL aggregate over the columns of the predictions, such as `avg(abs(y_pred - y_true))`.',
      ),
  })
  .describe('How a metric is to be read.')

const checkpoint = z
  .strictObject({
    after: name.optional().describe('The stage after which the checkpoint is judged.'),
    baseline: baseline
      .optional()
      .describe(
        'What the change is compared with: `base-branch` (without it), `champion`, `best`, `best(metric)`, `rolling(20)`, `pinned(v1.2.0)` or the path of a record.',
      ),
    rules: z.array(rule).min(1, 'must hold at least one rule'),
  })
  .describe('A gate: rules that are judged together.')

export const configSchema = z
  .strictObject({
    version: z.literal(1, 'must be 1').describe('Version of this format.'),
    name: name.describe('Name of the pipeline.'),
    task: z.enum(tasks).describe('What the model does. Decides which metrics are computed from predictions.'),
    params: path.optional().describe('Parameter file, YAML or JSON.'),
    data: z.record(name, dataset).default({}).describe('Data sets by name.'),
    stages: z
      .record(name, stage)
      // Many more than anybody has; configurations of strangers are read as well.
      .refine((stages) => Object.keys(stages).length <= 1000, 'must hold at most 1,000 stages')
      .describe('Stages by name.'),
    metrics: z.record(metricName, metric).default({}).describe('Metrics by name.'),
    checkpoints: z.record(name, checkpoint).default({}).describe('Checkpoints by name.'),
    model: model.optional(),
    publish: publish.optional(),
    waivers: z.array(waiver).max(1000).default([]).describe('Exceptions from rules, each with an end.'),
  })
  .describe('modelgate.yaml: a pipeline and the gate that judges it.')

export type Config = z.infer<typeof configSchema>
export type Task = (typeof tasks)[number]
export type StageConfig = Config['stages'][string]
export type Checkpoint = Config['checkpoints'][string]
export type DataStage = NonNullable<StageConfig['with']>
