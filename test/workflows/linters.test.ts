import { describe, expect, it } from 'vitest'
import { actionFiles, dependabot, workflowFiles } from './files.ts'
import { actionlint, actionlintFindings, required, zizmor, zizmorFindings } from './linters.ts'
import { faults, flawless, planted } from './planted.ts'

const shipped = workflowFiles().filter(({ origin }) => origin !== 'documented')
const documented = workflowFiles().filter(({ origin }) => origin === 'documented')
/** A text says which version it speaks of; what is meant to be copied is the starter workflow, and that is pinned by commit. */
const documentedConfig = 'rules: { unpinned-uses: { config: { policies: { "*": ref-pin } } } }\n'
const names = Object.keys(faults)

it('both linters are there where they are required, and it is said when they are not', () => {
  const absent = Object.entries({ actionlint, zizmor }).flatMap(([name, path]) => (path === undefined ? [name] : []))
  if (required) expect(absent).toEqual([])
  else if (absent.length > 0) {
    process.stdout.write(
      `Not run: ${absent.join(' and ')}. Name their programs in MODELGATE_TEST_<NAME>, as .ci/run does.\n`,
    )
  }
})

describe.runIf(actionlint !== undefined)('actionlint', () => {
  it('has nothing against any workflow', async () => {
    expect(await actionlintFindings(workflowFiles())).toEqual([])
  })

  it('finds the planted faults', async () => {
    expect(await actionlintFindings([{ path: 'flawless.yml', text: flawless }])).toEqual([])
    const findings = await actionlintFindings(names.map(planted))
    for (const name of names) {
      const { actionlint: rule } = faults[name] ?? {}
      const rules = findings.filter(({ path }) => path === planted(name).path).map((finding) => finding.rule)
      if (rule !== undefined) expect([name, rules]).toEqual([name, expect.arrayContaining([rule])])
    }
  })
})

describe.runIf(zizmor !== undefined)('zizmor', () => {
  it('has nothing against the starter workflows, our own, the actions and Dependabot, in its strictest persona', async () => {
    expect(await zizmorFindings([...shipped, ...actionFiles(), dependabot], 'auditor')).toEqual([])
  })

  it('has nothing against the documented workflows', async () => {
    expect(await zizmorFindings(documented, 'regular', { config: documentedConfig })).toEqual([])
  })

  it('is told to overlook two triggers that lend a token to strangers, and the root action by its path', async () => {
    const findings = await zizmorFindings(shipped, 'auditor', { ignores: false })
    expect(new Set(findings.map(({ path, rule }) => `${path}: ${rule}`))).toEqual(
      new Set([
        '.github/workflows/selftest.yml: self-repository',
        'workflows-templates/model-chatops.yml: dangerous-triggers',
        'workflows-templates/model-gate-report.yml: dangerous-triggers',
      ]),
    )
  })

  it('finds the planted faults', async () => {
    expect(await zizmorFindings([{ path: 'flawless.yml', text: flawless }], 'auditor')).toEqual([])
    for (const name of names) {
      const { zizmor: rule } = faults[name] ?? {}
      if (rule === undefined) continue
      const rules = (await zizmorFindings([planted(name)], 'pedantic')).map((finding) => finding.rule)
      expect([name, rules]).toEqual([name, expect.arrayContaining([rule])])
    }
  })
})
