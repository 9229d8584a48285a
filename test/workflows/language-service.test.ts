import { describe, expect, it } from 'vitest'
import { actionFiles, workflowFiles } from './files.ts'
import { languageServiceFindings } from './language-service.ts'
import { faults, flawless, planted } from './planted.ts'

describe("GitHub's language service", () => {
  it.each(workflowFiles())('has nothing against $path', async ({ path, text }) => {
    expect(await languageServiceFindings(path, text)).toEqual([])
  })

  it.each(actionFiles())('has nothing against $path', async ({ path, text }) => {
    expect(await languageServiceFindings(path, text)).toEqual([])
  })

  it('has nothing against the workflow that faults are planted in', async () => {
    expect(await languageServiceFindings('flawless.yml', flawless)).toEqual([])
  })

  const seen = Object.entries(faults).flatMap(([name, { languageService }]) =>
    languageService === undefined ? [] : [[name, languageService] as const],
  )
  it.each(seen)('finds %s', async (name, message) => {
    const { path, text } = planted(name)
    expect((await languageServiceFindings(path, text)).join('\n')).toMatch(message)
  })

  it('finds an action that our workflows may not use, and one that this repository does not have', async () => {
    for (const uses of ['someone/unknown', 'OWNER/modelgate/actions/gaet']) {
      const text = flawless.replace('OWNER/modelgate', uses)
      expect((await languageServiceFindings('other.yml', text)).join('\n')).toContain('Unable to resolve action')
    }
  })

  it('finds faults in an action.yml', async () => {
    const [action] = actionFiles()
    for (const [from, to] of [['using: node24', 'using: node7'] as const, ['main:', 'mian:'] as const]) {
      const text = (action?.text ?? '').replace(from, to)
      expect(await languageServiceFindings('action.yml', text)).not.toEqual([])
    }
  })
})
