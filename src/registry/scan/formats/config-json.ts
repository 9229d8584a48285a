import { isObject } from '../../../base/json.ts'
import { type Found, helpToAllow, shown } from '../found.ts'
import type { ScanContext } from '../scanner.ts'
import { scanTemplate } from './jinja.ts'
import { scanKeras } from './keras-config.ts'

/** What JSON files of a model folder can make a library load or run. By keys and values, whatever the file is called. */

type Visit = { found: Found; context: Pick<ScanContext, 'allowGlobals'> }

/** Libraries whose classes a diffusers pipeline may name. */
const pipelineLibraries = /^(?:diffusers|transformers|peft|onnxruntime)(?:\.|$)/
const mostDepth = 200

/** Adds what a parsed JSON file does beyond holding values. `name`: the file without its folders, in lower case. */
export function scanConfig(value: unknown, name: string, visit: Visit): void {
  const { found, context } = visit
  const stack: { value: unknown; key: string; depth: number }[] = [{ value, key: '', depth: 0 }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value: node, key, depth } = next
    if (depth > mostDepth) {
      found.unknown('The file is nested too deeply to be looked through')
      return
    }
    if (typeof node === 'string' && /template/i.test(key)) scanTemplate(node, `The template "${shown(key)}"`, found)
    if (Array.isArray(node)) for (const item of node) stack.push({ value: item, key, depth: depth + 1 })
    if (!isObject(node)) continue
    checkKeys(node, visit)
    for (const [inner, item] of Object.entries(node)) stack.push({ value: item, key: inner, depth: depth + 1 })
  }
  if (isObject(value)) {
    checkPipeline(value, visit)
    if (isKerasModel(value)) scanKeras(value, found, context)
  }
  if (Array.isArray(value) && (name === 'modules.json' || value.every(isSentenceModule)))
    checkSentenceModules(value, visit)
}

function checkKeys(node: Record<string, unknown>, { found, context }: Visit): void {
  for (const key of ['auto_map', 'custom_pipelines', 'auto_mapping']) {
    if (Object.hasOwn(node, key) && node[key] !== null) {
      const names = textsOf(node[key]).slice(0, 100)
      for (const name of names.length === 0 ? [key] : names) {
        found.usesUnknown(name, context, `\`${key}\` makes the library run code of the model's author: ${shown(name)}`)
      }
    }
  }
  if (node.trust_remote_code === true) {
    found.usesUnknown(
      'trust_remote_code',
      context,
      '`trust_remote_code` is set: code from elsewhere would run without a question',
    )
  }
  for (const key of ['attn_implementation', '_attn_implementation']) {
    const kernel = node[key]
    if (typeof kernel === 'string' && kernel.includes('/')) {
      found.usesUnknown(kernel, context, `\`${key}\` makes the library fetch and run compiled code: ${shown(kernel)}`)
    }
  }
}

/** Texts within a value, such as the class names of `{"AutoModel": "modeling_x.X"}` or `[["a.B", null]]`. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.slice(0, 100).flatMap(textsOfInner)
  return isObject(value) ? Object.values(value).slice(0, 100).flatMap(textsOfInner) : []
}

function textsOfInner(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  const parts = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
  return parts.slice(0, 100).filter((part) => typeof part === 'string')
}

/** A diffusers pipeline: `"unet": ["library", "Class"]`. */
function checkPipeline(value: Record<string, unknown>, { found, context }: Visit): void {
  if (!Object.hasOwn(value, '_diffusers_version')) return
  const own = value._class_name
  if (Array.isArray(own) && typeof own[0] === 'string') {
    found.usesUnknown(
      `${own[0]}.${String(own[1])}`,
      context,
      `The pipeline runs the module ${shown(own[0])} of the model's author`,
    )
  }
  for (const part of Object.values(value)) {
    if (!Array.isArray(part) || part.length !== 2 || typeof part[0] !== 'string' || typeof part[1] !== 'string')
      continue
    const name = `${part[0]}.${part[1]}`
    if (pipelineLibraries.test(part[0])) found.uses(name)
    else found.usesUnknown(name, context, `The pipeline loads ${shown(name)}, which is not of a known library`)
  }
}

function isSentenceModule(value: unknown): boolean {
  return isObject(value) && typeof value.type === 'string' && typeof value.path === 'string'
}

/** sentence-transformers imports whatever `type` names. */
function checkSentenceModules(modules: readonly unknown[], { found, context }: Visit): void {
  for (const module of modules) {
    if (!isObject(module) || typeof module.type !== 'string') continue
    if (/^sentence_transformers\.[\w.]+$/.test(module.type)) found.uses(module.type)
    else found.usesUnknown(module.type, context, `\`type\` makes the library import ${shown(module.type)}`)
  }
}

function isKerasModel(value: Record<string, unknown>): boolean {
  return typeof value.class_name === 'string' && (isObject(value.config) || Array.isArray(value.config))
}

/** MLflow's MLmodel file: what its loader imports. */
export function scanMlmodel(value: unknown, found: Found, context: Pick<ScanContext, 'allowGlobals'>): void {
  const flavors = isObject(value) && isObject(value.flavors) ? value.flavors : {}
  for (const flavor of Object.values(flavors)) {
    if (!isObject(flavor)) continue
    const { loader_module: loader, code } = flavor
    if (typeof loader === 'string') {
      if (/^mlflow\.[\w.]+$/.test(loader)) found.uses(loader)
      else found.usesUnknown(loader, context, `MLflow imports ${shown(loader)} to load the model`)
    }
    if (typeof code === 'string') {
      found.usesUnknown(`${code}.*`, context, `MLflow adds the folder ${shown(code)} to what Python imports from`, {
        help: helpToAllow(`${code}.*`),
      })
    }
  }
}
