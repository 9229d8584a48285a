/**
 * Inputs and outputs of every action. The action.yml files and the tables in docs/actions.md are generated from here
 * (`npm run generate`), and a test holds them against it.
 */

import { baseline, commentKey, commentMode, config, failOnBlock, history, token } from './common-inputs.ts'

export type InputDefinition = { description: string; required?: true; default?: string }
export type ActionDefinition = {
  name: string
  description: string
  /** Folder of the action.yml; `.` is the root of the repository. */
  folder: string
  /** Entry of the post step, which runs whatever became of the step. */
  post?: string
  inputs: Record<string, InputDefinition>
  outputs: Record<string, string>
}

const verdictOutputs = {
  verdict: '`pass`, `fail`, `inconclusive` or `incomparable`.',
  outcome: '`passed` or `blocked`.',
  reason: 'The verdict in one sentence.',
  'failed-rules': 'Rules that block, separated by commas, such as `model.non-inferior.accuracy`.',
  'comparison-file': 'Path of comparison.json.',
  'verdict-file': 'Path of verdict.json.',
  'report-file': 'Path of the Markdown report.',
  'page-file': 'Path of the HTML report.',
}
const runFile = { 'run-file': 'Path of run.json, the record of the run.' }
const commentOutputs = { 'comment-url': 'Address of the comment; empty when none was written.' }

export const definitions = {
  pipeline: {
    name: 'modelgate',
    description:
      'Run the pipeline of modelgate.yaml, compare it with its base, judge it, and explain it on the pull request.',
    folder: '.',
    post: 'close',
    inputs: {
      config,
      base: {
        description:
          'Commit, branch or tag to run and compare with. On a pull request its base when empty; `none` runs no base.',
        default: '',
      },
      baseline,
      'baseline-file': { description: 'Stored run.json to compare with, instead of running the base.', default: '' },
      history,
      record: {
        description:
          'Which runs are recorded in the history of this repository: `auto`, those of the default branch and of protected ones, which may be baselines; `always`, others as well, which never are; `off`. Needs `contents: write`; without it a notice says that the run was not recorded.',
        default: 'auto',
      },
      comment: commentMode,
      'comment-key': commentKey,
      check: {
        description:
          'Name of the check run on the head of the change; a required check must keep its name. When empty `modelgate`, with the `comment-key` or else the `config` in brackets if one is given, so that each pipeline and leg has its own. A change onto another branch than the default one has that branch in its name as well. Needs `checks: write`, or `statuses: write` for a plain status. `none` opens none.',
        default: '',
      },
      token,
      artifact: {
        description: 'Name of the artifact for record, predictions and report. `none` uploads nothing.',
        default: 'modelgate',
      },
      'fail-on-block': failOnBlock,
    },
    outputs: {
      ...verdictOutputs,
      ...runFile,
      'baseline-run-file': 'Path of the record of the base; empty without one.',
      ...commentOutputs,
    },
  },
  'validate-data': {
    name: 'modelgate validate data',
    description: 'Check data files against what is expected of them, and say which rows are wrong.',
    folder: 'actions/validate-data',
    inputs: {
      data: {
        description:
          'File, folder or pattern to check: CSV, TSV, JSON Lines (also .gz and .zst) or Parquet. When empty, the data of all stages of modelgate.yaml with `uses: validate-data`.',
        default: '',
      },
      checks: { description: 'Checks file for `data`.', default: '' },
      reference: { description: 'Data, or a profile of them, that `data` is compared with.', default: '' },
      environment: {
        description: 'Only checks that are meant for this environment, such as `training` or `serving`.',
        default: '',
      },
      name: { description: 'What `data` is called in the report. Its path when empty.', default: '' },
      config: { ...config, description: `${config.description} Not read when \`data\` is given.` },
      stages: { description: 'Only these stages of modelgate.yaml, separated by commas.', default: '' },
      'memory-limit': {
        description:
          'Most memory of the data engine, such as `4GB`; the rest goes to disk. Half of the machine when empty.',
        default: '',
      },
      'time-limit': { description: 'Time for all checks of a data set, such as `10m`. None when empty.', default: '' },
      'engine-path': {
        description:
          'Where the DuckDB engine is kept, for runners without a registry: see docs/data-engines.md. Code is loaded from there: never name a folder that a pull request can change.',
        default: '',
      },
      'engine-registry': {
        description: 'npm registry to fetch the engine from. When empty, the one that npm is set to.',
        default: '',
      },
      out: { description: 'Folder for result and report. `.modelgate/data/<id>` when empty.', default: '' },
      summary: { description: 'Write the report into the job summary.', default: 'true' },
      annotations: {
        description: 'Annotate failing checks, at their first failing line where it is known.',
        default: 'true',
      },
      'fail-on-block': {
        ...failOnBlock,
        description: 'Fail the step, with exit code 10, when a check fails. With `false` only the outputs say so.',
      },
    },
    outputs: {
      verdict: '`pass`, `warn` or `fail`.',
      outcome: '`passed` or `blocked`.',
      reason: 'The verdict in one sentence.',
      'failed-checks': 'Checks that failed or could not run, separated by commas, such as `train/age.range`.',
      'result-file': 'Path of data-result.json, with everything that was found.',
      'report-file': 'Path of the Markdown report, for the comment action.',
      'page-file': 'Path of the HTML report.',
    },
  },
  train: {
    name: 'modelgate train',
    description: 'Run stages of modelgate.yaml up to the training, and record them.',
    folder: 'actions/train',
    inputs: {
      config,
      stages: { description: 'Stages to run, separated by commas, with what they need.', default: 'train' },
      out: { description: 'Folder for the record. `.modelgate/runs/<id>` when empty.', default: '' },
    },
    outputs: { ...runFile },
  },
  evaluate: {
    name: 'modelgate evaluate',
    description: 'Run the remaining stages of modelgate.yaml, and record metrics and predictions.',
    folder: 'actions/evaluate',
    inputs: {
      config,
      'run-file': {
        description: 'Record to go on from, as the train action gives it. A new run begins when empty.',
        default: '',
      },
      stages: { description: 'Stages to run, separated by commas. All that are left when empty.', default: '' },
      base: {
        description:
          'Commit, branch or tag at which the whole pipeline is run as the baseline. On a pull request its base when empty; `none` runs none.',
        default: '',
      },
      baseline,
      artifact: {
        description: 'Name of the artifact in which runs of the base branch kept their record.',
        default: 'modelgate',
      },
      token: { ...token, description: 'Token to find stored runs of the base branch. Needs `actions: read`.' },
      out: { description: 'Folder for a new record. `.modelgate/runs/<id>` when empty.', default: '' },
    },
    outputs: {
      ...runFile,
      'baseline-run-file': 'Path of the record of the base, for the gate action; empty without one.',
    },
  },
  gate: {
    name: 'modelgate gate',
    description: 'Judge a recorded run by the checkpoints of modelgate.yaml.',
    folder: 'actions/gate',
    inputs: {
      'run-file': { description: 'Record to judge.', required: true },
      'baseline-file': {
        description:
          'Record to compare with. Required on a pull request, unless `base` is `none` or `history` has the base.',
        default: '',
      },
      history,
      config,
      base: {
        description:
          'Commit, branch or tag whose checkpoints judge. On a pull request its base when empty; `none` takes those of the change.',
        default: '',
      },
      summary: { description: 'Write the report into the job summary as well.', default: 'false' },
      token: { ...token, description: 'Token to read approvals, where a rule wants one. Needs `pull-requests: read`.' },
      'fail-on-block': failOnBlock,
    },
    outputs: { ...verdictOutputs },
  },
  comment: {
    name: 'modelgate comment',
    description: 'Write a report into the job summary, and as one comment on the pull request that later runs update.',
    folder: 'actions/comment',
    inputs: {
      'report-file': { description: 'Markdown report, as the gate action gives it.', required: true },
      'comment-key': {
        ...commentKey,
        description: 'Tells several comments of one pull request apart, such as one per matrix leg.',
        default: 'modelgate',
      },
      mode: commentMode,
      token: { ...token, description: 'Token for the comment. Needs `pull-requests: write`.' },
      summary: { description: 'Write the report into the job summary.', default: 'true' },
    },
    outputs: { ...commentOutputs },
  },
  report: {
    name: 'modelgate report',
    description:
      'Judge and report what the run of a pull request kept, in a workflow of its own that may write: the second half of the pattern for forks, and again after a review.',
    folder: 'actions/report',
    post: 'close',
    inputs: {
      token: {
        ...token,
        description:
          'Token for artifact, comment and check. Needs `actions: read`, `pull-requests: write` and `checks: write`.',
      },
      artifact: {
        description:
          'Name of the artifact that the run kept; several, separated by commas, for the legs of a matrix. One that is missing gets no verdict, which never is a pass.',
        default: 'modelgate',
      },
      config: { description: 'Path of modelgate.yaml in the repository, or of its folder.', default: 'modelgate.yaml' },
      history: {
        description:
          'Where earlier runs are recorded, for the baselines `champion`, `best`, `rolling(n)` and `pinned(ref)` and for rules about history: `refs` for the history of this repository, `refs:` and an address for that of another one. It is read only where a rule asks for it, which needs `contents: read`.',
        default: 'refs',
      },
      comment: commentMode,
      check: {
        description:
          'Name of the check run on the head of the change; a required check must keep its name. When empty `modelgate`, with what tells several artifacts, or else the `config`, in brackets. A change onto another branch than the default one has that branch in its name as well. `none` opens none.',
        default: '',
      },
      'fail-on-block': { ...failOnBlock, default: 'false' },
    },
    outputs: {
      ...verdictOutputs,
      ...commentOutputs,
      'pull-request': 'Number of the pull request; empty when there was nothing to report.',
    },
  },
  promote: {
    name: 'modelgate promote',
    description:
      'Put a published version of a model into a stage, if its verdict is about what the stage stands for; or lead the stage back. On a push, do what a changed `models/<name>/stages.yaml` asks for.',
    folder: 'actions/promote',
    inputs: {
      model: { description: 'Name of the model. When empty, the push says it.', default: '' },
      stage: { description: 'Stage of the model, such as `production`. Needed with `model`.', default: '' },
      version: {
        description:
          'Version to promote, such as `1.4.0`. With `rollback: true` the one to go back to; the one before when empty.',
        default: '',
      },
      because: { description: 'Why, for those who read the history later. Needed with `model`.', default: '' },
      rollback: {
        description: 'Lead the stage back to a version that it stood for before, instead of promoting one.',
        default: 'false',
      },
      verdict: {
        description:
          'Folder of the run of the version after a new judgement, when the stage has moved on since it was published. It is judged anew by the `modelgate.yaml` of the checkout. Never one that a pull request can change.',
        default: '',
      },
      environment: {
        description:
          'Environment whose reviewers have to approve; the job has to name the same one. When empty the one called like the stage, or `<model>/<stage>`, whichever asks for a reviewer.',
        default: '',
      },
      tags: { description: 'Mirror the change to annotated tags that DVC reads (GTO).', default: 'true' },
      token: {
        ...token,
        description:
          'Token for the registry, deployments and tags. Needs `contents: write` and `deployments: write`, `actions: read` to see who approved the run, and on a push `pull-requests: read`.',
      },
      'fail-on-block': {
        ...failOnBlock,
        description:
          'Fail the step, with exit code 10, when a change is refused. With `false` only the outputs say so.',
      },
    },
    outputs: {
      outcome:
        '`promoted`, `rolled-back`, `unchanged`, `refused`, or `nothing` when a push asked for no change. Of several changes the worst.',
      reason: 'The outcome in one sentence.',
      model: 'Name of the model; of several the first that was refused, else the first.',
      stage: 'Its stage.',
      version: 'The version that the stage stands for now; empty for none.',
      'previous-version': 'The one that it stood for before; empty for none.',
      record: 'Commit of the record in the registry; empty when the change was refused.',
      'deployment-url': 'Page of the deployments of the environment; empty when none was made.',
      approval: '`environment` or `pull-request`, whichever is in force, or `none`.',
      changes: 'All changes, as JSON.',
    },
  },
  publish: {
    name: 'modelgate publish',
    description:
      'Publish the model of a run that passed its gate to the channels of modelgate.yaml. Run again, it goes on where it stopped. Not for pull requests.',
    folder: 'actions/publish',
    inputs: {
      'run-file': {
        description:
          'Record of the run, as the root action and the evaluate action give it. The newest run when empty.',
        default: '',
      },
      version: { description: 'Version of the model, such as `1.4.0`. The next one when empty.', default: '' },
      bump: {
        description:
          'Part by which the next version grows: `patch` (also when empty), `minor` or `major`. A run or model that has a version already keeps it.',
        default: '',
      },
      channels: { description: 'Only these channels of modelgate.yaml, separated by commas.', default: '' },
      remote: {
        description: 'Repository that keeps the versions: a remote of the checkout, or an address.',
        default: 'origin',
      },
      config,
      token: {
        ...token,
        description:
          'Token for releases, versions and ghcr.io. Needs `contents: write`, and `packages: write` for a registry of GitHub.',
      },
      summary: { description: 'Write what was published into the job summary.', default: 'true' },
    },
    outputs: {
      outcome: '`published`, `unchanged` when it was published before, or `incomplete` when a channel is pending.',
      model: 'Name of the model.',
      version: 'Version that it has.',
      bundle: 'Digest of the bundle: `sha256:...`.',
      locations: 'Where it is, as JSON: places by the name of the channel.',
    },
  },
  command: {
    name: 'modelgate command',
    description:
      'Carry out `/modelgate` commands in comments on pull requests: explain, compare, rerun, promote. For `on: issue_comment`.',
    folder: 'actions/command',
    inputs: {
      artifact: { description: 'Name of the artifact in which runs keep their record.', default: 'modelgate' },
      config: {
        description: 'Path of modelgate.yaml in the repository. Nothing is checked out.',
        default: 'modelgate.yaml',
      },
      token: {
        ...token,
        description:
          'Token for answers, reactions and what the commands do. Needs `contents: read`, `pull-requests: write`, and `actions: write` to run again or `actions: read` for the rest; `contents: write` and `deployments: write` to promote.',
      },
    },
    outputs: {
      command: 'Name of the command; empty when there was none.',
      outcome: '`done`, `refused`, or `ignored` when the comment was not a command.',
      'answer-url': 'Address of the answer; empty when none was written.',
    },
  },
} as const satisfies Record<string, ActionDefinition>

export type ActionName = keyof typeof definitions
