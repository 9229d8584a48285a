/** Entry points of the bundle. Each is loaded only when it is the one that runs: a gate never loads an API client. */
const entries = {
  cli: () => import('./cli/cli.ts'),
  close: () => import('./actions/close.ts'),
  command: () => import('./actions/command.ts'),
  comment: () => import('./actions/comment.ts'),
  engine: () => import('./data/engine/duckdb-process.ts'),
  evaluate: () => import('./actions/evaluate.ts'),
  gate: () => import('./actions/gate.ts'),
  pipeline: () => import('./actions/pipeline.ts'),
  promote: () => import('./actions/promote.ts'),
  publish: () => import('./actions/publish.ts'),
  report: () => import('./actions/report.ts'),
  'validate-data': () => import('./actions/validate-data.ts'),
  train: () => import('./actions/train.ts'),
}

export type EntryName = keyof typeof entries

export const entryNames = Object.keys(entries) as EntryName[]

/** Runs one entry point to its end. Outcome and errors become the exit code; nothing is thrown. */
export async function run(name: EntryName): Promise<void> {
  const { main } = await entries[name]()
  await main()
}
