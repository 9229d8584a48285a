/** What a file of this ending usually is. An ending that says nothing (`.bin`, `.model`, `.dat`) is left out. */
const usual: Record<string, RegExp> = {
  safetensors: /^safetensors$/,
  gguf: /^gguf$/,
  onnx: /^onnx$/,
  keras: /^keras$/,
  h5: /^hdf5$/,
  hdf5: /^hdf5$/,
  json: /^json$/,
  jsonl: /^jsonl$|^json$/,
  ubj: /^ubjson$/,
  yaml: /^yaml$/,
  yml: /^yaml$/,
  txt: /^(?:text|lightgbm|jsonl?|yaml|empty)$/,
  md: /^(?:text|xml)$/,
  py: /^script$/,
  pkl: /^(?:pickle|joblib)$/,
  pickle: /^(?:pickle|joblib)$/,
  joblib: /^(?:joblib|pickle|gzip)$/,
  pt: /^(?:pytorch|torchscript|pickle)$/,
  pth: /^(?:pytorch|torchscript|pickle)$/,
  npy: /^npy$/,
  npz: /^npz$/,
  skops: /^skops$/,
  zip: /^(?:zip|pytorch|torchscript|keras|npz|skops)$/,
  tar: /^tar$/,
  gz: /^gzip$|^joblib$/,
  tgz: /^gzip$/,
  png: /^png$/,
  pb: /^(?:saved-model|tensorflow-graph|keras-metadata|fingerprint|protobuf|onnx)$/,
}

const binaryNames =
  /^(?:safetensors|gguf|onnx|keras|h5|hdf5|ubj|pkl|pickle|joblib|pt|pth|npy|npz|skops|zip|tar|gz|tgz|png|pb)$/
/** Loaders of these go by the name: what they read may begin with anything, or not at the beginning. */
const readByName = /^(?:onnx|pb|h5|hdf5)$/
const textFormats = /^(?:text|json|jsonl|yaml|xml|jinja|lightgbm)$/

function endingOf(file: string): string {
  return /\.([a-z0-9]+)$/i.exec(file)?.[1]?.toLowerCase() ?? ''
}

/** What is wrong when the name makes loaders read the file as another one than its content shows: a page of text for numbers, or two formats in one. */
export function nameFault(file: string, format: string): string | undefined {
  const ending = endingOf(file)
  if (binaryNames.test(ending) && textFormats.test(format))
    return `The name promises .${ending}, but the content is text`
  if (readByName.test(ending) && usual[ending]?.test(format) === false)
    return `Programs read it as .${ending} for its name, but the content is ${format}`
  return undefined
}

/** A note when the content is another one than the name says; undefined when they agree, or the name says nothing. */
export function noteOnName(file: string, format: string): string | undefined {
  const ending = endingOf(file)
  if (!Object.hasOwn(usual, ending) || usual[ending]?.test(format) !== false) return undefined
  return `named .${ending}, but its content is ${format}`
}
