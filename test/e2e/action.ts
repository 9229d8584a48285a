import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { parseCommand } from '../runner/command.ts'
import { type Finished, start } from './spawn.ts'

export type Annotation = { command: string; properties: Record<string, string>; message: string }
export type ActionResult = Finished & { outputs: Record<string, string>; summary: string; annotations: Annotation[] }

export type ActionOptions = {
  cwd: string
  inputs?: Record<string, string>
  event?: { name: string; payload: unknown; sha?: string; ref?: string }
  env?: Record<string, string>
}

/** What the runner hands to an action, as far as an action without post step sees it. */
export function runnerContract(options: ActionOptions): {
  env: Record<string, string>
  read(): Pick<ActionResult, 'outputs' | 'summary'>
} {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-runner-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, content = ''): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const { event } = options
  const [output, summary] = [file('output'), file('summary')]
  const env: Record<string, string> = {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: options.cwd,
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_STATE: file('state'),
    RUNNER_TEMP: folder,
    ...(event === undefined
      ? {}
      : {
          GITHUB_EVENT_NAME: event.name,
          GITHUB_EVENT_PATH: file('event.json', JSON.stringify(event.payload)),
          GITHUB_REPOSITORY: 'octo/income',
          GITHUB_SHA: event.sha ?? '77665544332211009988aabbccddeeff00112233',
          GITHUB_REF: event.ref ?? 'refs/pull/7/merge',
          GITHUB_RUN_ID: '100',
          GITHUB_RUN_ATTEMPT: '1',
          GITHUB_WORKFLOW: 'model',
          GITHUB_JOB: 'gate',
          GITHUB_ACTOR: 'lea',
          GITHUB_API_URL: 'https://api.github.com',
          GITHUB_SERVER_URL: 'https://github.com',
        }),
    ...Object.fromEntries(
      Object.entries(options.inputs ?? {}).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
    ...options.env,
  }
  return {
    env,
    read: () => ({
      outputs: parseOutputs(readFileSync(output, 'utf8')),
      summary: existsSync(summary) ? readFileSync(summary, 'utf8') : '',
    }),
  }
}

/** Runs a shipped action to its end, and reads what it left for the runner. */
export async function runAction(name: string, options: ActionOptions): Promise<ActionResult> {
  const contract = runnerContract(options)
  const finished = await start(name, [], { cwd: options.cwd, env: contract.env }).finished
  return { ...finished, ...contract.read(), annotations: parseAnnotations(finished.stdout) }
}

/** `name<<delimiter`, the value, `delimiter`: the form that @actions/core writes. Throws for anything else. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let index = 0; index < lines.length - 1; ) {
    const match = /^(.+?)<<(ghadelimiter_.+)$/.exec(lines[index] ?? '')
    if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not an output: ${lines[index]}`)
    const end = lines.indexOf(match[2], index + 1)
    outputs[match[1]] = lines.slice(index + 1, end).join('\n')
    index = end + 1
  }
  return outputs
}

/** The commands that the runner would act on, honouring stop-commands fences as it does. */
export function parseAnnotations(stdout: string): Annotation[] {
  const annotations: Annotation[] = []
  let fence: string | undefined
  for (const line of stdout.split('\n')) {
    if (fence !== undefined) {
      if (line.trim() === `::${fence}::`) fence = undefined
      continue
    }
    const command = parseCommand(line, (name) => obeyed.includes(name))
    if (command?.name === 'stop-commands') fence = command.data
    else if (command !== undefined) {
      annotations.push({ command: command.name, message: command.data, properties: command.properties })
    }
  }
  return annotations
}

const obeyed = ['error', 'warning', 'notice', 'add-mask', 'set-output', 'stop-commands']
