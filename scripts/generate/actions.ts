import { stringify } from 'yaml'
import { type ActionDefinition, definitions } from '../../src/actions/definitions.ts'
import { table } from './section.ts'

/** The action.yml of an action. */
export function actionYaml(name: string, definition: ActionDefinition): string {
  const up = definition.folder === '.' ? '' : '../'.repeat(definition.folder.split('/').length)
  const inputs = Object.fromEntries(
    Object.entries(definition.inputs).map(([key, input]) => [
      key,
      {
        description: input.description,
        required: input.required === true,
        ...(input.default === undefined ? {} : { default: input.default }),
      },
    ]),
  )
  const outputs = Object.fromEntries(
    Object.entries(definition.outputs).map(([key, description]) => [key, { description }]),
  )
  const action = {
    name: definition.name,
    description: definition.description,
    author: 'modelgate',
    branding: { icon: 'check-circle', color: 'green' },
    inputs,
    outputs,
    runs: {
      using: 'node24',
      main: `${up}dist/${name}/index.js`,
      ...(definition.post === undefined ? {} : { post: `${up}dist/${definition.post}/index.js` }),
    },
  }
  return `# Generated from src/actions/definitions.ts by \`npm run generate\`.\n${stringify(action, { lineWidth: 0 })}`
}

/** Inputs and outputs of all actions, for docs/actions.md. */
export function inputsTable(): string {
  return Object.values<ActionDefinition>(definitions)
    .map((definition) => {
      const title = definition.folder === '.' ? 'The root action: the whole pipeline' : definition.folder
      const inputs = Object.entries(definition.inputs).map(([key, input]) => [
        `\`${key}\``,
        input.required === true
          ? 'required'
          : input.default === '' || input.default === undefined
            ? ''
            : `\`${input.default}\``,
        input.description,
      ])
      const outputs = Object.entries(definition.outputs).map(([key, description]) => [`\`${key}\``, description])
      return `### ${title}\n\n${definition.description}\n\n${table(['Input', 'Default', ''], inputs)}\n\n${table(['Output', ''], outputs)}`
    })
    .join('\n\n')
}
