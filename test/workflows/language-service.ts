import { registerLogger, validate } from '@actions/languageservice'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { knownAction } from './known-actions.ts'

const failures: string[] = []
const silent = (): void => undefined
// It swallows its own exceptions and calls the file clean.
registerLogger({ error: (message: string) => failures.push(message), warn: silent, info: silent, log: silent })

let count = 0

/** In the language server protocol 1 is an error and 2 a warning; what comes after are hints. */
const warningSeverity = 2

/** What GitHub's language service says against a workflow or an action.yml, as `line: message`. */
export async function languageServiceFindings(path: string, text: string): Promise<string[]> {
  count += 1 // it remembers files by their address
  const document = TextDocument.create(`file:///${count}/${path}`, 'yaml', 1, text)
  failures.length = 0
  const diagnostics = await validate(document, {
    actionsMetadataProvider: {
      fetchActionMetadata: async ({ owner, name, path: folder }) => {
        const action = knownAction(`${owner}/${name}`, folder ?? '')
        if (action === undefined) return undefined
        const outputs = Object.entries(action.outputs).map(([key, description]) => [key, { description }] as const)
        return { name, description: name, inputs: action.inputs, outputs: Object.fromEntries(outputs) }
      },
    },
  })
  const serious = diagnostics.filter(({ severity = 1 }) => severity <= warningSeverity)
  return [...failures, ...serious.map(({ range, message }) => `${range.start.line + 1}: ${message}`)]
}
