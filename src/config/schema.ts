import { z } from 'zod'
import { readOverrides } from './checks/read-options.ts'
import { dataStageSchema } from './data-stage.ts'

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

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const nameHint = 'letters, digits, ".", "_" and "-", at most 64 characters, beginning with a letter or digit'
const name = z.string().regex(namePattern, `must be a name: ${nameHint}`)

const path = z
  .string()
  .min(1, 'must not be empty')
  .max(1024)
  .refine((text) => !text.includes('\0') && !/^([/\\]|[A-Za-z]:)/.test(text) && !text.split(/[/\\]/).includes('..'), {
    error: 'must be a path inside the project: relative, without ".."',
  })

const metricName = z.string().min(1).max(200)

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
    predictions: path
      .optional()
      .describe(
        'CSV or JSON Lines file with one row per example: id, y_true, y_pred and/or y_score. Written by the command.',
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
  predictions?: string | undefined
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
  })
  .describe('How a metric is to be read.')

const threshold = z
  .strictObject({
    metric: metricName.describe('Name of the metric.'),
    min: z.number().optional().describe('The value must be at least this.'),
    max: z.number().optional().describe('The value must be at most this.'),
    confidence: z
      .number()
      .gte(0.501, 'must lie between 0.501 and 0.999, such as 0.95')
      .lte(0.999, 'must lie between 0.501 and 0.999, such as 0.95')
      .optional()
      .describe('One-sided confidence with which the limit must be kept. Without it the point value decides.'),
  })
  .superRefine((rule, context) => {
    if (rule.min === undefined && rule.max === undefined) {
      context.addIssue({ code: 'custom', message: 'needs `min` or `max`' })
    } else if (rule.min !== undefined && rule.max !== undefined && rule.min > rule.max) {
      context.addIssue({ code: 'custom', message: 'must not be larger than `max`', path: ['min'] })
    }
  })
  .describe('The metric against a constant.')

const nonInferior = z
  .strictObject({
    metric: metricName.describe('Name of the metric.'),
    margin: z.number().gt(0, 'must be larger than 0').describe('How much worse than the baseline is still acceptable.'),
    alpha: z
      .number()
      .gte(0.001, 'must lie between 0.001 and 0.4')
      .lte(0.4, 'must lie between 0.001 and 0.4')
      .default(0.05)
      .describe('One-sided probability of passing a model that is worse by exactly the margin.'),
  })
  .describe('Not worse than the baseline by more than the margin, shown by a paired confidence interval.')

const data = z
  .enum(['pass', 'no-warnings'])
  .describe('The data checks of the run failed nowhere; with `no-warnings`, nor warned.')

const drift = z
  .strictObject({
    method: z
      .enum(['ks', 'psi', 'js', 'wasserstein', 'tv'])
      .default('psi')
      .describe('Measure of the difference between two distributions.'),
    max: z
      .number()
      .gt(0, 'must be larger than 0')
      .describe('Largest difference that is accepted in any column, where it is significant.'),
  })
  .describe('No column of the checked data is further from its reference than this.')

const rule = z
  .strictObject({
    threshold: threshold.optional(),
    'non-inferior': nonInferior.optional(),
    data: data.optional(),
    drift: drift.optional(),
    level: z
      .enum(['block', 'approve', 'warn', 'info'])
      .default('block')
      .describe('What a failure leads to. `approve` stops until a person approves.'),
    'on-missing': z
      .enum(['block', 'approve', 'warn'])
      .default('block')
      .describe('When the metric is missing or not a number.'),
    'on-inconclusive': z
      .enum(['block', 'approve', 'warn'])
      .default('approve')
      .describe('When there are too few rows to tell.'),
    'on-worse': z
      .enum(['fail', 'inconclusive'])
      .default('fail')
      .describe('When the metric is certainly worse, but perhaps by less than the margin.'),
    'on-incomparable': z
      .enum(['block', 'approve', 'warn'])
      .default('block')
      .describe('When the two sides were not measured in the same way.'),
  })
  .superRefine((value, context) => {
    const given = ruleNames.filter((ruleName) => value[ruleName] !== undefined)
    if (given.length !== 1) {
      context.addIssue({
        code: 'custom',
        message: `must hold exactly one rule (${ruleNames.join(', ')}), but holds ${given.length}`,
      })
    }
  })
  .describe('One rule of a checkpoint, and what its outcomes lead to.')

export const ruleNames = ['threshold', 'non-inferior', 'data', 'drift'] as const

const checkpoint = z
  .strictObject({
    after: name.optional().describe('The stage after which the checkpoint is judged.'),
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
  })
  .describe('modelgate.yaml: a pipeline and the gate that judges it.')

export type Config = z.infer<typeof configSchema>
export type Task = (typeof tasks)[number]
export type StageConfig = Config['stages'][string]
export type Checkpoint = Config['checkpoints'][string]
export type Rule = Checkpoint['rules'][number]
export type ThresholdRule = NonNullable<Rule['threshold']>
export type NonInferiorRule = NonNullable<Rule['non-inferior']>
export type DataRule = NonNullable<Rule['data']>
export type DriftRule = NonNullable<Rule['drift']>
export type DataStage = NonNullable<StageConfig['with']>
export type RuleName = (typeof ruleNames)[number]
