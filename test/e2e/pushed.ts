import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Repository } from '../github/server/repository.ts'
import type { Project } from './project.ts'

/** Bare repositories of this test file, by the commits that their refs hold. */
const pushed = new Map<string, string>()
afterAll(() => {
  for (const folder of pushed.values()) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  pushed.clear()
})

/** Gives a repository without any commit these refs of a project; the second time by a copy of what came of the first push. */
export async function pushAll(project: Project, repository: Repository, refs: Record<string, string>): Promise<void> {
  const names = Object.values(refs)
  const commits = project.git('rev-parse', ...names.map((name) => `${name}^{commit}`)).split('\n')
  const key = JSON.stringify(Object.keys(refs).map((ref, index) => [ref, commits[index]]))
  const known = pushed.get(key)
  if (known !== undefined) return await repository.git.copyFrom(known)
  // One commit makes the bare repository; the push replaces it.
  await repository.commit('main', { 'README.md': 'to be replaced\n' })
  const specs = Object.entries(refs).map(([ref, name]) => `${name}:${ref}`)
  project.git('push', '--quiet', '--force', repository.git.folder, ...specs)
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-pushed-'))
  cpSync(repository.git.folder, folder, { recursive: true })
  pushed.set(key, folder)
}
