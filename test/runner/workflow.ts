import { convertWorkflowTemplate, isMapping, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { keyOf } from './expression.ts'
import { checkExpressions, membersOf } from './keywords.ts'
import { readCondition, readSteps, type StepSpec } from './step-spec.ts'

export type RunDefaults = { shell: TemplateToken | undefined; workingDirectory: TemplateToken | undefined }

export type JobSpec = {
  id: string
  name: TemplateToken | undefined
  needs: string[]
  condition: string
  matrix: TemplateToken | undefined
  failFast: TemplateToken | undefined
  maxParallel: TemplateToken | undefined
  runsOn: TemplateToken | undefined
  timeoutMinutes: TemplateToken | undefined
  continueOnError: TemplateToken | undefined
  env: TemplateToken | undefined
  environment: TemplateToken | undefined
  permissions: TemplateToken | undefined
  concurrency: TemplateToken | undefined
  outputs: TemplateToken | undefined
  defaults: RunDefaults
  steps: StepSpec[]
}

export type WorkflowSpec = {
  name: string
  path: string
  events: Map<string, TemplateToken>
  env: TemplateToken | undefined
  defaults: RunDefaults
  permissions: TemplateToken | undefined
  concurrency: TemplateToken | undefined
  jobs: JobSpec[]
}

/** Parses a workflow as GitHub does, and refuses what the emulator does not act on. */
export async function readWorkflow(path: string, text: string): Promise<WorkflowSpec> {
  const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter())
  // The converter finds what the schema cannot: circles in `needs`, unknown jobs, doubled step ids.
  if (value !== undefined) await convertWorkflowTemplate(context, value)
  const problems = context.errors.getErrors().map((error) => error.message)
  if (value === undefined || problems.length > 0) throw new Error(`GitHub refuses ${path}: ${problems.join('; ')}`)

  const root = value.assertMapping('workflow')
  const members = membersOf(root, 'workflow', 'the workflow')
  const jobs = [...(members.get('jobs')?.assertMapping('jobs') ?? [])].map(({ key, value: job }): JobSpec => {
    const id = keyOf(key)
    const parts = membersOf(job, 'job', `job ${id}`)
    const strategy = membersOf(parts.get('strategy'), 'strategy', `strategy of job ${id}`)
    return {
      id,
      name: parts.get('name'),
      needs: readNeeds(parts.get('needs')),
      condition: readCondition(context, parts.get('if')),
      matrix: strategy.get('matrix'),
      failFast: strategy.get('fail-fast'),
      maxParallel: strategy.get('max-parallel'),
      runsOn: parts.get('runs-on'),
      timeoutMinutes: parts.get('timeout-minutes'),
      continueOnError: parts.get('continue-on-error'),
      env: parts.get('env'),
      environment: parts.get('environment'),
      permissions: parts.get('permissions'),
      concurrency: parts.get('concurrency'),
      outputs: parts.get('outputs'),
      defaults: readDefaults(parts.get('defaults')),
      steps: readSteps(context, parts.get('steps'), `jobs.${id}.steps`),
    }
  })
  checkExpressions(root)
  return {
    name: members.get('name')?.assertString('name').value ?? path,
    path,
    events: readEvents(members.get('on')),
    env: members.get('env'),
    defaults: readDefaults(members.get('defaults')),
    permissions: members.get('permissions'),
    concurrency: members.get('concurrency'),
    jobs,
  }
}

function readNeeds(token: TemplateToken | undefined): string[] {
  if (token === undefined) return []
  if (token.isScalar) return [token.assertString('needs').value]
  return [...token.assertSequence('needs')].map((item) => item.assertString('needs').value)
}

function readDefaults(token: TemplateToken | undefined): RunDefaults {
  const run = membersOf(membersOf(token, 'defaults', 'defaults').get('run'), 'defaults.run', 'defaults.run')
  return { shell: run.get('shell'), workingDirectory: run.get('working-directory') }
}

function readEvents(token: TemplateToken | undefined): Map<string, TemplateToken> {
  if (token === undefined) return new Map()
  if (isMapping(token)) return new Map([...token].map(({ key, value }) => [keyOf(key), value]))
  const names = token.isScalar ? [token] : [...token.assertSequence('on')]
  return new Map(names.map((name) => [name.assertString('event').value, name]))
}
