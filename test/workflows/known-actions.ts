import { type ActionDefinition, definitions, type InputDefinition } from '../../src/actions/definitions.ts'

/** The name that stands for this repository in everything that is copied from it. */
export const ownRepository = 'OWNER/modelgate'

/**
 * The actions of others that our workflows may use, with the inputs that they use of them. A tag can be moved to other code, so
 * that each stands under one commit; its version stands in the comment behind it.
 */
export const thirdParty: Record<string, { commit: string; version: string; inputs: string[] }> = {
  'actions/checkout': {
    commit: '3d3c42e5aac5ba805825da76410c181273ba90b1',
    version: 'v7.0.1',
    inputs: ['fetch-depth', 'persist-credentials'],
  },
  'actions/setup-python': {
    commit: '5fda3b95a4ea91299a34e894583c3862153e4b97',
    version: 'v7.0.0',
    inputs: ['python-version'],
  },
  'actions/setup-node': {
    commit: '820762786026740c76f36085b0efc47a31fe5020',
    version: 'v7.0.0',
    inputs: ['node-version', 'package-manager-cache'],
  },
  'actions/setup-go': {
    commit: 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e',
    version: 'v7.0.0',
    inputs: ['go-version', 'cache'],
  },
  'actions/download-artifact': {
    commit: '3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c',
    version: 'v8.0.1',
    inputs: ['name', 'path'],
  },
}

export type KnownAction = { inputs: Record<string, InputDefinition>; outputs: Record<string, string> }

/** Inputs and outputs of an action by repository and folder; undefined for one that our workflows may not use. */
export function knownAction(repository: string, folder: string): KnownAction | undefined {
  if (repository === ownRepository) {
    const own = Object.values<ActionDefinition>(definitions).find((one) => one.folder === (folder || '.'))
    return own
  }
  const other = thirdParty[folder === '' ? repository : `${repository}/${folder}`]
  if (other === undefined) return undefined
  return { inputs: Object.fromEntries(other.inputs.map((name) => [name, { description: '' }])), outputs: {} }
}
