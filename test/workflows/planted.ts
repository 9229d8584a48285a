import type { File } from './linters.ts'

/** A workflow that no linter has anything against; each planted fault changes one place of it. */
export const flawless = `name: Planted
on:
  pull_request:
permissions: {}
concurrency:
  group: \${{ github.workflow }}-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  first:
    name: First
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: read # to fetch
    outputs:
      verdict: \${{ steps.gate.outputs.verdict }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - id: gate
        uses: OWNER/modelgate@0000000000000000000000000000000000000000 # v0.1.0
        with:
          comment: "off"
      - env:
          TITLE: \${{ github.event.pull_request.title }}
        run: echo "$TITLE"
  second:
    name: Second
    needs: first
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {}
    steps:
      - run: echo done
`

type Fault = {
  change: readonly [from: string, to: string]
  /** What each linter must say of it; absent where the linter is known not to look. */
  languageService?: RegExp
  actionlint?: string
  zizmor?: string
}

export const faults: Record<string, Fault> = {
  'a permission that does not exist': {
    change: ['contents: read', 'content: read'],
    languageService: /Unexpected value 'content'/,
    actionlint: 'permissions',
  },
  'a permission with a wrong value': {
    change: ['contents: read', 'contents: all'],
    languageService: /Unexpected value 'all'/,
    actionlint: 'permissions',
  },
  'more permissions than a job needs': {
    change: ['permissions: {}\nconcurrency', 'permissions: write-all\nconcurrency'],
    zizmor: 'excessive-permissions',
  },
  'a permission without a reason': {
    change: ['contents: read # to fetch', 'contents: write'],
    zizmor: 'undocumented-permissions',
  },
  'an input that the action does not have': {
    change: ['comment: "off"', 'coment: "off"'],
    languageService: /Invalid action input 'coment'/,
  },
  'a key that does not exist': {
    change: ['        with:\n          comment', '        wiht:\n          comment'],
    languageService: /wiht/,
    actionlint: 'syntax-check',
  },
  'a job in needs that does not exist': {
    change: ['needs: first', 'needs: frist'],
    languageService: /frist/,
    actionlint: 'job-needs',
  },
  'an output of a step that does not exist': {
    change: ['steps.gate.outputs', 'steps.gaet.outputs'],
    languageService: /gaet/,
    actionlint: 'expression',
  },
  'an expression that does not parse': {
    change: ['github.workflow }}', 'github.workflow ) }}'],
    languageService: /Unexpected symbol/,
    actionlint: 'expression',
  },
  'words of a stranger in a script': {
    change: ['echo "$TITLE"', `echo "\${{ github.event.pull_request.title }}"`],
    actionlint: 'expression',
    zizmor: 'template-injection',
  },
  'an action by a tag that can be moved': {
    change: ['3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1', 'v7'],
    zizmor: 'unpinned-uses',
  },
  'a checkout that leaves the token behind': {
    change: ['        with:\n          persist-credentials: false\n', ''],
    zizmor: 'artipacked',
  },
  'a trigger with a write token for strangers': {
    change: ['  pull_request:', '  pull_request_target:'],
    zizmor: 'dangerous-triggers',
  },
  'a run that nothing cancels': {
    change: [`concurrency:\n  group: \${{ github.workflow }}-\${{ github.ref }}\n  cancel-in-progress: true\n`, ''],
    zizmor: 'concurrency-limits',
  },
}

/** The flawless workflow with a fault, under a name of its own. */
export function planted(name: string): File {
  const [from, to] = faults[name]?.change ?? ['', '']
  if (from === '' || flawless.split(from).length !== 2) throw new Error(`"${from}" is not one place of the workflow`)
  return { path: `${name.replaceAll(' ', '-')}.yml`, text: flawless.replace(from, () => to) }
}
