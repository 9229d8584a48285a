import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..', '..')

export type Block = { file: string; kind: string | undefined; language: string; text: string }

/** Code blocks of the documentation, with the kind that a comment before them gives. */
export function docBlocks(): Block[] {
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ]
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?:<!-- ([a-z]+) -->\n+)?```(\w*)\n([\s\S]*?)```/g)].map(
      ([, kind, language = '', text = '']) => ({ file, kind, language, text }),
    ),
  )
}
