import { convertToIfCondition } from '@actions/workflow-parser/model/converter/if-condition'
import type { TemplateContext } from '@actions/workflow-parser/templates/template-context'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { checkExpression } from './expression.ts'
import { membersOf } from './keywords.ts'

/** A step as it is written, of a workflow or of a composite action. Expressions are not filled in yet. */
export type StepSpec = {
  /** Made up by `namedSteps` where the author gave none: then it begins with `__`. */
  id: string
  name: TemplateToken | undefined
  condition: string
  continueOnError: TemplateToken | undefined
  timeoutMinutes: TemplateToken | undefined
  env: TemplateToken | undefined
  run: TemplateToken | undefined
  shell: TemplateToken | undefined
  workingDirectory: TemplateToken | undefined
  uses: string | undefined
  with: TemplateToken | undefined
}

/** Reads `steps`. The parser puts `success() &&` before a condition without a status function. */
export function readSteps(context: TemplateContext, token: TemplateToken | undefined, where: string): StepSpec[] {
  if (token === undefined) return []
  const steps = [...token.assertSequence(where)].map((item, index) => readStep(context, item, `${where}[${index}]`))
  return namedSteps(steps)
}

function readStep(context: TemplateContext, token: TemplateToken, where: string): StepSpec {
  const members = membersOf(token, 'step', where)
  return {
    id: members.get('id')?.assertString('id').value ?? '',
    name: members.get('name'),
    condition: readCondition(context, members.get('if')),
    continueOnError: members.get('continue-on-error'),
    timeoutMinutes: members.get('timeout-minutes'),
    env: members.get('env'),
    run: members.get('run'),
    shell: members.get('shell'),
    workingDirectory: members.get('working-directory'),
    uses: members.get('uses')?.assertString('uses').value,
    with: members.get('with'),
  }
}

export function readCondition(context: TemplateContext, token: TemplateToken | undefined): string {
  const condition = token === undefined ? undefined : convertToIfCondition(context, token)?.expression
  if (condition !== undefined) checkExpression(condition)
  return condition ?? 'success()'
}

/** Gives the nameless steps the ids that GitHub gives them: `__run`, `__run_2`, `__self`, `__actions_checkout`. */
function namedSteps(steps: StepSpec[]): StepSpec[] {
  const taken = new Set(steps.map((step) => step.id.toLowerCase()))
  return steps.map((step) => {
    if (step.id !== '') return step
    const base = `__${step.uses === undefined ? 'run' : actionName(step.uses)}`
    let id = base
    for (let count = 2; taken.has(id.toLowerCase()); count += 1) id = `${base}_${count}`
    taken.add(id.toLowerCase())
    return { ...step, id }
  })
}

function actionName(uses: string): string {
  if (uses.startsWith('./') || uses.startsWith('$/')) return 'self'
  const [owner = '', name = ''] = uses.split('@')[0]?.split('/') ?? []
  return `${owner}_${name}`.replaceAll(/[^\w-]/g, '_')
}
