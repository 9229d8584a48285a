import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isMapping, NoOperationTraceWriter } from '@actions/workflow-parser'
import { convertActionTemplate, parseAction } from '@actions/workflow-parser/actions/index'
import type { MappingToken } from '@actions/workflow-parser/templates/tokens/mapping-token'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { checkExpression, keyOf } from './expression.ts'
import { StepFailure, Unsupported } from './failure.ts'
import { checkExpressions } from './keywords.ts'
import { readSteps, type StepSpec } from './step-spec.ts'

export type ActionInput = { name: string; default: TemplateToken | undefined; deprecated: string | undefined }

export type NodeScripts = {
  main: string
  pre: string | undefined
  preIf: string
  post: string | undefined
  postIf: string
}

export type Action = {
  folder: string
  inputs: ActionInput[]
  outputs: { name: string; value: TemplateToken | undefined }[]
  runs: { using: 'node24'; scripts: NodeScripts } | { using: 'composite'; steps: StepSpec[] }
}

/** Reads the `action.yml` of a folder as GitHub does. Only `node24` and `composite` are modelled. */
export async function readAction(folder: string): Promise<Action> {
  const path = await manifestOf(folder)
  const file = { name: path, content: await readFile(path, 'utf8') }
  const { context, value } = parseAction(file, new NoOperationTraceWriter())
  const template = value === undefined ? undefined : convertActionTemplate(context, value)
  const problems = context.errors.getErrors().map((error) => error.message)
  if (value === undefined || template === undefined || problems.length > 0) {
    throw new Error(`GitHub refuses ${path}: ${problems.join('; ')}`)
  }
  const root = value.assertMapping('action')
  checkExpressions(root)
  const runs = find(root, 'runs')?.assertMapping('runs')
  const using = runs?.find('using')?.assertString('using').value ?? ''
  return {
    folder,
    inputs: entries(find(root, 'inputs')).map(([name, input]) => ({
      name,
      default: find(input, 'default'),
      deprecated: find(input, 'deprecationMessage')?.assertString('deprecationMessage').value,
    })),
    outputs: entries(find(root, 'outputs')).map(([name, output]) => ({ name, value: find(output, 'value') })),
    runs:
      using === 'composite'
        ? { using, steps: readSteps(context, runs?.find('steps'), `${path}: steps`) }
        : { using: node24(using, path), scripts: readScripts(runs) },
  }
}

async function manifestOf(folder: string): Promise<string> {
  for (const name of ['action.yml', 'action.yaml']) {
    const path = join(folder, name)
    if ((await stat(path).catch(() => undefined))?.isFile()) return path
  }
  throw new StepFailure(
    `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'. Did you forget to run actions/checkout before running your local action?`,
  )
}

function node24(using: string, path: string): 'node24' {
  if (using !== 'node24') throw new Unsupported(`runs.using: ${using} (${path})`)
  return using
}

function readScripts(runs: MappingToken | undefined): NodeScripts {
  const text = (name: string): string | undefined => runs?.find(name)?.assertString(name).value
  const scripts = {
    main: text('main') ?? '',
    pre: text('pre'),
    preIf: text('pre-if') ?? 'always()',
    post: text('post'),
    postIf: text('post-if') ?? 'always()',
  }
  checkExpression(scripts.preIf)
  checkExpression(scripts.postIf)
  return scripts
}

function find(token: TemplateToken | undefined, key: string): TemplateToken | undefined {
  return token !== undefined && isMapping(token) ? token.find(key) : undefined
}

function entries(token: TemplateToken | undefined): [string, TemplateToken][] {
  return token !== undefined && isMapping(token) ? [...token].map(({ key, value }) => [keyOf(key), value]) : []
}
