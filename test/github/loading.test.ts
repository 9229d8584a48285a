import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** Packages that Node loads, in a process of its own, when it runs this code. */
async function packagesLoadedBy(code: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    const packages = new Set()
    registerHooks({
      load(url, context, next) {
        const name = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)
        if (name !== null) packages.add(name[1])
        return next(url, context)
      },
    })
    ${code}
    process.stdout.write(JSON.stringify([...packages].sort()))`
  const env = { ...process.env, HTTPS_PROXY: '', https_proxy: '' }
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: root, env })
  return JSON.parse(stdout) as string[]
}

test('importing all of it loads zod and nothing of the network', async () => {
  const names = ['api-error', 'artifact', 'client', 'comment', 'context', 'patience', 'permission']
  const code = names.map((name) => `await import('./src/github/${name}.ts')`).join('\n')
  expect(await packagesLoadedBy(code)).toEqual(['zod'])
})

test('a client without a proxy does not load the network stack of the toolkit', async () => {
  const code = `const { createClient } = await import('./src/github/client.ts')
    await createClient({ token: 'x', apiUrl: 'https://api.github.com' })`
  const loaded = await packagesLoadedBy(code)
  expect(loaded).toContain('@octokit/rest')
  expect(loaded.filter((name) => name.startsWith('@actions/') || name === 'undici')).toEqual([])
})
