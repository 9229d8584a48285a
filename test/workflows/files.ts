import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { docBlocks } from '../bundle/doc-blocks.ts'

export const root = resolve(import.meta.dirname, '..', '..')

/** `documented` is a code block of the documentation. */
export type WorkflowFile = { path: string; text: string; origin: 'template' | 'own' | 'documented' }

function filesIn(folder: string, ending: string): string[] {
  const names = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : []
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => `${folder}/${name}`)
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Every workflow of this repository: starter workflows, its own, and those that the documentation shows. */
export function workflowFiles(): WorkflowFile[] {
  const documented = docBlocks().filter(({ kind }) => kind === 'workflow')
  return [
    ...filesIn('workflows-templates', '.yml').map((path) => ({ path, text: read(path), origin: 'template' as const })),
    ...filesIn('.github/workflows', '.yml').map((path) => ({ path, text: read(path), origin: 'own' as const })),
    ...documented.map(({ file, text }, index) => ({
      path: `${file.replace(/\.md$/, '')}-${index}.yml`,
      text,
      origin: 'documented' as const,
    })),
  ]
}

/** Every action.yml of this repository. */
export function actionFiles(): { path: string; text: string }[] {
  const folders = readdirSync(join(root, 'actions')).map((name) => `actions/${name}/action.yml`)
  return ['action.yml', ...folders].map((path) => ({ path, text: read(path) }))
}

/** A starter workflow by the name of its file. */
export function template(name: string): string {
  return read(`workflows-templates/${name}.yml`)
}

/** The configuration of Dependabot, which zizmor audits as well. */
export const dependabot = { path: '.github/dependabot.yml', text: read('.github/dependabot.yml') }
