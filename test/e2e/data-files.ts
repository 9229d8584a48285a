import { projectFiles } from './project.ts'

/** The small pipeline with a stage in front that checks the training data. */

const [before = '', after = ''] = projectFiles['modelgate.yaml'].split('stages:\n')

type Pipeline = {
  /** What the stage `validate` is given, in YAML. */
  given?: string
  /** Data sets, in YAML. */
  data?: string
  /** Rules of a checkpoint for the data, in YAML. */
  rules?: string
  stage?: string
}

const usual = 'dataset: train, checks: checks/train.yaml'

/** modelgate.yaml. Without `given` the stage checks the data set `train` by checks/train.yaml. */
export function dataPipeline({ given = usual, data, rules, stage = 'validate' }: Pipeline = {}): string {
  const stages = after.replace('train: { run:', `train: { needs: [${stage}], run:`)
  const checkpoints =
    rules === undefined ? stages : stages.replace('checkpoints:\n', `checkpoints:\n  data: ${rules}\n`)
  return `${before}data:\n  train: ${data ?? '{ path: data/train.csv }'}\nstages:\n  ${stage}: { uses: validate-data, with: { ${given} } }\n${checkpoints}`
}

export const trainChecks = `version: 1
schema:
  columns:
    id: { type: integer, unique: true }
    age: { type: integer, min: 0, max: 120 }
    city: { in: [Pune, Lima, Oslo] }
checks:
  - rows: { min: 3 }
`

/** Five rows; `age` is that of the third, which stands in line 4. */
export function trainData(age: string | number = 41): string {
  return `id,age,city\n1,23,Pune\n2,35,Lima\n3,${age},Oslo\n4,58,Pune\n5,62,Lima\n`
}

export const dataFiles = {
  ...projectFiles,
  'modelgate.yaml': dataPipeline(),
  'checks/train.yaml': trainChecks,
  'data/train.csv': trainData(),
}
