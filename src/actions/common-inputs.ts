/** Inputs that several actions have, with the same words. */

export const config = {
  description: 'modelgate.yaml or its folder. Searched from the workspace upwards when empty.',
  default: '',
}
export const failOnBlock = {
  description: 'Fail the step, with exit code 10, when the gate blocks. With `false` only the outputs say so.',
  default: 'true',
}
export const token = {
  description: 'Token for comment and check. Needs `pull-requests: write` and `checks: write`.',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression that the runner evaluates
  default: '${{ github.token }}',
}
export const commentKey = {
  description:
    'Tells several comments of one pull request apart, such as one per matrix leg. The name of the pipeline when empty.',
  default: '',
}

export const commentMode = {
  description:
    'When the pull request gets a comment: `always`; `on-change`, when the model or a metric changed; `on-failure`, when the gate blocks; `recreate`, a new one each time with the old one folded away; `off`. A comment that exists is kept up to date in all but `off`.',
  default: 'always',
}

export const baseline = {
  description:
    'What the change is compared with: `auto`, the stored run of the base branch when there is one that fits (found by the name in `artifact`; needs `actions: read`), else the base is run on this machine; `run`, the base is always run.',
  default: 'auto',
}

export const history = {
  description:
    'Where earlier runs are recorded, for the baselines `champion`, `best`, `rolling(n)` and `pinned(ref)` and for rules about history: `refs` for the history of this repository, `refs:` and a remote or address for that of another one, or a folder with one folder for each record. Never a folder that a pull request can change.',
  default: '',
}
