import { describe, expect, it } from 'vitest'
import { dataCommand } from '../../src/cli/data/data.ts'
import type { CliIo } from '../../src/cli/io.ts'
import { folderWith } from '../data/source/opening.ts'

const people = 'email,name,amount\na@example.org,Ann,1\nb@example.org,Bob,NA\n,Eve,3\n'

/** What a `data` command prints. */
async function data(...args: string[]): Promise<{ out: string; err: string; exitCode: number | undefined }> {
  const said = { out: '', err: '', exitCode: undefined as number | undefined }
  const io: CliIo = {
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text.toString()
    },
    colour: { out: false, err: false },
    interactive: false,
  }
  const command = dataCommand(io, new AbortController().signal, (exitCode) => {
    said.exitCode = exitCode
  })
  await command.parseAsync(args, { from: 'user' })
  return said
}

describe('options of the `data` commands', () => {
  it('stand before or after the file, which they never take for a value', async () => {
    const file = `${await folderWith({ 'people.csv': people })}/people.csv`
    const { out } = await data(
      'profile',
      '--sensitive',
      'email, name',
      '--missing',
      'NA',
      '--missing',
      '',
      file,
      '--json',
    )
    const { columns } = JSON.parse(out)
    expect(columns.map(({ name, sensitive, nulls }: Record<string, unknown>) => [name, sensitive, nulls])).toEqual([
      ['email', true, 1],
      ['name', true, 0],
      ['amount', false, 1],
    ])
    expect(out).not.toMatch(/example|Ann/)
  })

  it.each(['abc', '-1', '1.5', '101', ''])('refuse %j as a number of samples', async (samples) => {
    await expect(data('diff', 'a.csv', 'b.csv', `--samples=${samples}`)).rejects.toMatchObject({
      code: 'cli/option',
      message: `The option --samples must be a whole number from 0 to 100, but is "${samples}".`,
    })
  })

  it('tell on standard error how data were read, beside the result', async () => {
    const file = `${await folderWith({ 'data.csv': ',x\n1,2\n' })}/data.csv`
    const { out, err, exitCode } = await data('profile', file)
    expect(err).toBe('Column 1 has no name in the header; it is called "c1".\n')
    expect(out).toContain('c1')
    expect(exitCode).toBe(0)
  })
})
