import { ModelgateError } from '../../base/error.ts'
import { nearest } from '../../base/suggest.ts'
import { cutMarkdown } from '../../base/text-limit.ts'
import type { Rule } from '../../config/rules/rule.ts'
import type { RuleResult } from '../../gate/verdict.ts'
import { renderExplanation } from '../../report/explanation.ts'
import { code, text } from '../../report/format.ts'
import { type HeadJudgement, judgeHead } from '../judge-head.ts'
import type { CommandAnswer, CommandRequest } from './command.ts'
import { headHistory } from './head-history.ts'
import { describeRun, requireHeadArtifact } from './head-run.ts'

const mostListed = 50
/** Two rules of one kind may be about the same metric, with other limits. */
const mostExplained = 3

/** `/modelgate explain <rule>`: one rule of the gate, judged again on what the head's run kept, and put into words. */
export async function run(request: CommandRequest): Promise<CommandAnswer> {
  const { client, where, pull, config, values } = request
  const head = await requireHeadArtifact(request)
  const judged = await judgeHead({
    client,
    where,
    pull,
    artifact: head.artifact,
    config,
    baselineArtifact: request.artifact,
    openHistory: headHistory(request),
  })
  const { comparison, verdict } = judged.judgement
  const asked = values.rule ?? ''
  const found = rulesOf(judged).filter(({ result }) => result.id === asked)
  if (found.length === 0) return { outcome: 'refused', markdown: unknownRule(asked, verdict.rules) }
  const lines = [
    `Judged again from ${describeRun(head.run, request)}, as the gate does. ${whoJudged(judged, pull.baseRef)} Baseline: ${text(comparison.baseline.explanation)}. The check on the commit is what counts.`,
    ...found.slice(0, mostExplained).map((one) => renderExplanation({ ...one, comparison, from: judged.policy.from })),
  ]
  const room = { most: request.limit, unit: 'utf16' } as const
  return { outcome: 'done', markdown: cutMarkdown(lines.join('\n\n'), room, '_The rest has no room in a comment._') }

  function placeOf(checkpoint: string, index: number): string {
    const [loaded, revision, where_] =
      judged.policy.from === 'base'
        ? [judged.baseConfig, pull.baseRef, `on the base branch ${code(pull.baseRef)}`]
        : [judged.config, pull.headSha, `at the head ${code(pull.headSha.slice(0, 7))}`]
    const line = loaded?.placeOf(['checkpoints', checkpoint, 'rules', index]).line
    const path = `${code(config)}${line === undefined ? '' : `, line ${line}`}`
    const encoded = [...revision.split('/'), ...config.split('/')].map(encodeURIComponent).join('/')
    return `[${path}](${request.repositoryUrl}/blob/${encoded}${line === undefined ? '' : `#L${line}`}), ${where_}`
  }

  /** Each result with the rule that it came from: the gate judges them in the order in which they stand. */
  function rulesOf({ policy }: HeadJudgement): { result: RuleResult; rule: Rule; place: string }[] {
    const configured = Object.entries(policy.checkpoints).flatMap(([checkpoint, { rules }]) =>
      rules.map((rule, index) => ({ rule, place: placeOf(checkpoint, index) })),
    )
    return verdict.rules.flatMap((result, index) => {
      const of = configured[index]
      if (of === undefined) throw new ModelgateError({ code: 'chat/rules', kind: 'tool', message: 'A rule is lost.' })
      return [{ result, ...of }]
    })
  }
}

function whoJudged({ policy, judgement }: HeadJudgement, baseRef: string): string {
  const edits = judgement.verdict.policy.proposed === undefined ? '' : ', which this change edits'
  return policy.from === 'base'
    ? `The checkpoints are those of the base branch ${code(baseRef)}${edits}.`
    : 'The checkpoints are those of this change, because the base branch has none.'
}

function unknownRule(asked: string, rules: readonly RuleResult[]): string {
  const ids = [...new Set(rules.map(({ id }) => id))]
  if (ids.length === 0) return 'No rule was judged: no checkpoint is configured.'
  const meant = nearest(asked, ids)
  const hint = meant === undefined ? '' : ` Did you mean ${code(meant)}?`
  const left = ids.length - mostListed
  const listed = ids.slice(0, mostListed).map((id) => `- ${code(id)}`)
  return [
    `There is no rule ${code(asked)} in the checkpoints that judge this pull request.${hint}`,
    [...listed, ...(left > 0 ? [`- ${left} more`] : [])].join('\n'),
  ].join('\n\n')
}
