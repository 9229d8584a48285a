import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { buildZip } from './build-zip.ts'
import { judge, scanBytes, u16, u32, u64 } from './builders/bytes.ts'
import { buildGguf, key, smallGguf } from './builders/gguf.ts'
import { buildHdf5, hdf5Message } from './builders/hdf5.ts'
import { field, message, onnxModel, onnxNode, onnxTensor, savedModel } from './builders/protobuf.ts'
import { buildSafetensors, smallSafetensors } from './builders/safetensors.ts'
import { buildTar, paxLine } from './builders/tar.ts'
import { smallXgboost, ubjson } from './builders/ubjson.ts'

type Case = [what: string, bytes: Uint8Array | string, verdict: string, message: string]

/** Each case under one name: the verdict, and a part of the first message. */
function cases(name: string, format: string, list: Case[]): void {
  it.each(list)('%s', (_what, bytes, verdict, part) => {
    const [found, judged, first] = judge(name, bytes)
    expect([found, judged]).toEqual([format, verdict])
    expect(first).toContain(part)
  })
}

describe('safetensors', () => {
  const tensor = (start: number, end: number, shape = [(end - start) / 4]): object => ({
    dtype: 'F32',
    shape,
    data_offsets: [start, end],
  })
  cases('a.safetensors', 'safetensors', [
    ['sound', smallSafetensors(), 'safe', ''],
    ['without tensors', buildSafetensors({}, 0), 'safe', ''],
    ['header beyond the file', buildSafetensors({}, 0, 1000), 'malformed', 'end inside of the header'],
    ['header beyond the limit', buildSafetensors({}, 0, 200_000_000), 'malformed', '100 MB'],
    ['header of 2^63', buildSafetensors({}, 0, 2n ** 63n), 'malformed', 'impossibly large'],
    ['no JSON', buildSafetensors('{"a":', 0), 'malformed', 'not valid JSON'],
    ['a list', buildSafetensors('[]', 0), 'malformed', 'begin with'],
    ['not UTF-8', Buffer.concat([u64(4), Buffer.from([0x7b, 0x22, 0xff, 0x7d])]), 'malformed', 'UTF-8'],
    [
      'one name twice',
      buildSafetensors(`{"a":${JSON.stringify(tensor(0, 4))},"a":${JSON.stringify(tensor(0, 4))}}`, 4),
      'malformed',
      'twice',
    ],
    ['an overlap', buildSafetensors({ a: tensor(0, 8), b: tensor(4, 12) }, 12), 'malformed', 'overlaps'],
    ['a hole', buildSafetensors({ a: tensor(0, 4), b: tensor(8, 12) }, 12), 'malformed', 'hole'],
    ['bytes behind', buildSafetensors({ a: tensor(0, 4) }, 5), 'malformed', '1 bytes follow'],
    ['too few bytes', buildSafetensors({ a: tensor(0, 4) }, 3), 'malformed', 'only 3'],
    ['a wrong size', buildSafetensors({ a: tensor(0, 4, [2]) }, 4), 'malformed', 'need 8'],
    ['a shape that overflows', buildSafetensors({ a: tensor(0, 4, [2 ** 40, 2 ** 40]) }, 4), 'malformed', 'takes 4'],
    ['a negative shape', buildSafetensors({ a: tensor(0, 4, [-1]) }, 4), 'malformed', 'valid shape'],
    [
      'an unknown type',
      buildSafetensors({ a: { dtype: 'PICKLE', shape: [], data_offsets: [0, 0] } }, 0),
      'malformed',
      'unknown type',
    ],
    [
      'a type of Object.prototype',
      buildSafetensors({ a: { dtype: 'toString', shape: [], data_offsets: [0, 0] } }, 0),
      'malformed',
      'unknown type',
    ],
    [
      'another field',
      buildSafetensors({ a: { ...tensor(0, 4), code: 'x' } }, 4),
      'malformed',
      'which the format has not',
    ],
    ['metadata that are no texts', buildSafetensors({ __metadata__: { a: { b: 1 } } }, 0), 'malformed', 'is no text'],
    [
      'a tensor called __proto__',
      buildSafetensors('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 0),
      'malformed',
      'need 4 bytes',
    ],
  ])

  it('tells parameters and types', () => {
    expect(scanBytes('model.bin', smallSafetensors())).toMatchObject({
      format: 'safetensors',
      facts: { parameters: 5, dtypes: { F32: 4, I64: 1 } },
    })
  })
})

describe('gguf', () => {
  const tensor = { name: 'a', dims: [8], type: 0, offset: 0 }
  const list = (kind: number, count: number | bigint, bytes: Buffer = Buffer.alloc(0)): Buffer =>
    Buffer.concat([u32(kind), u64(count), bytes])
  cases('model.bin', 'gguf', [
    ['sound', smallGguf(), 'safe', ''],
    ['of an old version', buildGguf({ version: 1 }), 'malformed', 'Version 1'],
    ['big-endian', buildGguf({ version: 0x03000000 }), 'unknown', 'big-endian'],
    ['a million keys', buildGguf({ keyCount: 1_000_000 }), 'malformed', 'claims 1000000 keys'],
    ['2^60 tensors', buildGguf({ tensorCount: 2n ** 60n }), 'malformed', 'impossibly large'],
    [
      'a list longer than the file',
      buildGguf({ keys: [key('l', { kind: 9, bytes: list(8, 2 ** 40) })] }),
      'malformed',
      'more than there are bytes',
    ],
    [
      'lists within lists',
      buildGguf({ keys: [key('l', { kind: 9, bytes: list(9, 1, list(9, 1, list(9, 1, list(9, 1)))) })] }),
      'malformed',
      'too deeply',
    ],
    ['a kind that is not', buildGguf({ keys: [key('l', { kind: 99, bytes: u64(0) })] }), 'malformed', 'no kind 99'],
    ['a key twice', buildGguf({ keys: [key('a', 'b'), key('a', 'c')] }), 'malformed', 'twice'],
    [
      'an alignment of 0',
      buildGguf({ keys: [key('general.alignment', { kind: 4, bytes: u32(0) })] }),
      'malformed',
      'multiple of 8',
    ],
    [
      'a tensor that is not aligned',
      buildGguf({ tensors: [{ ...tensor, offset: 4 }], data: 64 }),
      'malformed',
      'not aligned',
    ],
    ['a tensor twice', buildGguf({ tensors: [tensor, tensor], data: 32 }), 'malformed', 'twice'],
    [
      'tensors that overlap',
      buildGguf({
        tensors: [
          { ...tensor, dims: [16] },
          { ...tensor, name: 'b', offset: 32 },
        ],
        data: 64,
      }),
      'malformed',
      'overlaps',
    ],
    ['a hole', buildGguf({ tensors: [tensor, { ...tensor, name: 'b', offset: 64 }], data: 96 }), 'malformed', 'hole'],
    ['too few bytes', buildGguf({ tensors: [tensor], data: 16 }), 'malformed', 'only 16'],
    ['bytes behind', buildGguf({ tensors: [tensor], data: 64 }), 'malformed', 'follow the last'],
    [
      'five dimensions',
      buildGguf({ tensors: [{ ...tensor, dims: [1, 1, 1, 1, 1] }], data: 32 }),
      'malformed',
      '5 dimensions',
    ],
    [
      'a shape that overflows',
      buildGguf({ tensors: [{ ...tensor, dims: [2 ** 40, 2 ** 40] }] }),
      'malformed',
      'impossibly large',
    ],
    [
      'rows that are no whole blocks',
      buildGguf({ tensors: [{ ...tensor, type: 2 }], data: 32 }),
      'malformed',
      'multiple of the 32',
    ],
    ['a type that is not known', buildGguf({ tensors: [{ ...tensor, type: 77 }], data: 32 }), 'unknown', 'type 77'],
    [
      'a template that runs code',
      smallGguf("{{ ''.__class__.__mro__[1].__subclasses__() }}"),
      'dangerous',
      '__class__',
    ],
    [
      'a list of templates, of which one runs code',
      buildGguf({
        keys: [
          key('tokenizer.chat_templates', {
            kind: 9,
            bytes: list(8, 2, Buffer.concat([u64(1), Buffer.from('a'), u64(14), Buffer.from('{{ x.__a__ }}{')])),
          }),
        ],
      }),
      'dangerous',
      '__a__',
    ],
  ])
})

describe('ONNX', () => {
  const external = (location: string, more: Record<string, string> = {}): Buffer =>
    onnxModel({ tensors: [onnxTensor({ external: { location, ...more }, location: 1 })] })
  const nested = (depth: number): Buffer => {
    let graph: Buffer<ArrayBufferLike> = message(field(1, onnxNode('Relu')))
    for (let at = 0; at < depth; at++)
      graph = message(field(1, onnxNode('If', '', [message(field(1, 'then'), field(6, graph))])))
    return graph
  }
  const hidden = message(field(1, onnxNode('Evil', 'com.evil')))
  /** Functions of the model by name, each with the operators of its own domain that it calls. */
  const functions = (all: [name: string, calls: string[]][]): Buffer =>
    onnxModel({
      nodes: [onnxNode('F0', 'my')],
      more: all.map(([name, calls]) =>
        field(25, message(field(1, name), ...calls.map((call) => field(7, onnxNode(call, 'my'))), field(10, 'my'))),
      ),
    })
  const doubling = (floors: number): Buffer =>
    functions(
      Array.from({ length: floors + 1 }, (_, at) => [`F${at}`, at < floors ? [`F${at + 1}`, `F${at + 1}`] : []]),
    )
  cases('model.onnx', 'onnx', [
    ['sound', onnxModel(), 'safe', ''],
    ['with the name in another case', onnxModel({ nodes: [onnxNode('Fused', 'com.microsoft')] }), 'safe', ''],
    ['data in any file', external('*'), 'malformed', 'with a star'],
    ['a compiled program', onnxModel({ nodes: [onnxNode('EPContext', 'com.microsoft')] }), 'unknown', 'EPContext'],
    ['data at an absolute path', external('/etc/passwd'), 'dangerous', 'outside of the model'],
    ['data above', external('../weights'), 'dangerous', 'outside of the model'],
    ['data above, further on', external('a/../../weights'), 'dangerous', 'outside of the model'],
    ['data on another drive', external('C:/weights'), 'dangerous', 'outside of the model'],
    ['data behind backslashes', external('..\\weights'), 'dangerous', 'outside of the model'],
    ['data behind an address', external('file:///etc/passwd'), 'dangerous', 'outside of the model'],
    ['data behind a zero byte', external('weights\0/../x'), 'dangerous', 'outside of the model'],
    [
      'a path without a flag',
      onnxModel({ tensors: [onnxTensor({ external: { location: '/etc/passwd' } })] }),
      'dangerous',
      'outside',
    ],
    ['a flag without a path', onnxModel({ tensors: [onnxTensor({ location: 1 })] }), 'malformed', 'does not say where'],
    ['an offset that is none', external('w', { offset: '-1' }), 'malformed', 'offset'],
    ['an operator of somebody', onnxModel({ nodes: [onnxNode('Evil', 'com.evil')] }), 'unknown', 'Evil of com.evil'],
    ['Python in an operator', onnxModel({ nodes: [onnxNode('PyOp', 'ai.onnx.contrib')] }), 'unknown', 'PyOp'],
    ['an operator in a branch', onnxModel({ nodes: [onnxNode('If', '', [field(6, hidden)])] }), 'unknown', 'Evil'],
    [
      'an operator in one of many branches',
      onnxModel({ nodes: [onnxNode('If', '', [field(11, hidden)])] }),
      'unknown',
      'Evil',
    ],
    [
      'an operator in a function',
      onnxModel({
        more: [field(25, message(field(1, 'F'), field(7, onnxNode('Evil', 'com.evil')), field(10, 'own')))],
      }),
      'unknown',
      'Evil',
    ],
    [
      'a path in an attribute',
      onnxModel({ nodes: [onnxNode('Constant', '', [field(5, onnxTensor({ external: { location: '/x' } }))])] }),
      'dangerous',
      'outside',
    ],
    [
      'a path in a sparse tensor',
      onnxModel({
        nodes: [onnxNode('Constant', '', [field(22, field(1, onnxTensor({ external: { location: '/x' } })))])],
      }),
      'dangerous',
      'outside',
    ],
    ['a size that is wrong', onnxModel({ tensors: [onnxTensor({ raw: Buffer.alloc(7) })] }), 'malformed', 'need 8'],
    [
      'an impossible shape',
      onnxModel({ tensors: [onnxTensor({ dims: [2 ** 50, 2 ** 50] })] }),
      'malformed',
      'impossibly',
    ],
    [
      'graphs within graphs',
      onnxModel({ nodes: [onnxNode('If', '', [field(6, nested(60))])] }),
      'malformed',
      'too deeply',
    ],
    ['functions of functions', doubling(20), 'safe', ''],
    ['functions of functions that fill memory', doubling(24), 'malformed', 'unfold to more'],
    [
      'a function that calls itself',
      functions([
        ['F0', ['F1']],
        ['F1', ['F0']],
      ]),
      'malformed',
      'calls itself',
    ],
    [
      'a function twice',
      functions([
        ['F0', []],
        ['F0', []],
      ]),
      'malformed',
      'there twice',
    ],
    ['a function of Python', onnxModel({ nodes: [onnxNode('PythonOp', 'com.microsoft')] }), 'unknown', 'PythonOp'],
    ['a shape without numbers', onnxModel({ tensors: [onnxTensor({ dims: [1e6, 1e6] })] }), 'malformed', 'no numbers'],
    ['two graphs', Buffer.concat([onnxModel(), onnxModel()]), 'malformed', 'more than one'],
    ['no graph', message(field(1, 8)), 'malformed', 'no graph'],
    ['another field', message(onnxModel(), field(99, 'x')), 'malformed', 'Field 99'],
    [
      'a message of 4 GiB',
      Buffer.concat([Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f])]),
      'malformed',
      'longer than',
    ],
    ['text', 'hello', 'malformed', ''],
  ])

  it('is known by its content, and tells what it takes and gives', () => {
    expect(scanBytes('model.bin', onnxModel())).toMatchObject({
      format: 'onnx',
      facts: {
        parameters: 2,
        dtypes: { float32: 2 },
        inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 4] }],
        outputs: [{ name: 'y', dtype: 'float32', shape: ['batch', 4] }],
        details: { opset: '17', producer: 'test' },
      },
    })
  })

  it('allows operators by name, and functions of its own', () => {
    const evil = onnxModel({ nodes: [onnxNode('Op', 'com.acme')] })
    expect(judge('model.onnx', evil, ['com.acme.*'])[1]).toBe('safe')
    expect(scanBytes('model.onnx', evil, ['com.acme.Op']).allowed).toEqual(['com.acme.Op'])
    expect(judge('model.onnx', evil, ['com.acm.*', 'com.acme.Opt'])[1]).toBe('unknown')
    const own = onnxModel({
      nodes: [onnxNode('F', 'own')],
      more: [field(25, message(field(1, 'F'), field(7, onnxNode('Relu')), field(10, 'own')))],
    })
    expect(judge('model.onnx', own)[1]).toBe('safe')
  })
})

describe('Keras', () => {
  const layer = (
    module: string | undefined,
    name: string,
    config: unknown = {},
    registered: string | null = null,
  ): object => ({
    ...(module === undefined ? {} : { module }),
    class_name: name,
    config,
    registered_name: registered,
  })
  const model = (...layers: object[]): string => JSON.stringify(layer('keras', 'Sequential', { layers }))
  const archive = (config: string | undefined, weights: Uint8Array = buildHdf5({})): Buffer =>
    buildZip([
      { name: 'metadata.json', data: '{"keras_version": "3.11.0"}' },
      ...(config === undefined ? [] : [{ name: 'config.json', data: config }]),
      { name: 'model.weights.h5', data: weights },
    ])
  cases('model.keras', 'keras', [
    ['sound', archive(model(layer('keras.layers', 'Dense'))), 'safe', ''],
    ['a Lambda layer', archive(model(layer('keras.layers', 'Lambda'))), 'dangerous', 'Lambda runs Python'],
    [
      'a Lambda of another module',
      archive(model(layer('keras.src.layers.core.lambda_layer', 'Lambda'))),
      'dangerous',
      'Lambda runs',
    ],
    [
      'a lambda as an activation',
      archive(
        model(layer('keras.layers', 'Dense', { activation: { class_name: '__lambda__', config: { value: '' } } })),
      ),
      'dangerous',
      'bytecode',
    ],
    ['a function of os', archive(model(layer('os', 'function', 'system', 'system'))), 'dangerous', 'os.system'],
    [
      "functions that Keras writes as if they were Python's",
      archive(model(layer('builtins', 'function', 'mean_squared_error', 'mean_squared_error'))),
      'safe',
      '',
    ],
    [
      'a registered function',
      archive(model(layer('builtins', 'function', 'P>f', 'function'))),
      'unknown',
      'custom function P>f',
    ],
    [
      'an optimiser as Keras writes it with PyTorch',
      archive(model(layer('keras.src.backend.torch.optimizers.torch_adam', 'Adam'))),
      'safe',
      '',
    ],
    [
      'what else there is with PyTorch',
      archive(model(layer('keras.src.backend.torch.optimizers.torch_adam', 'function', 'torch', 'torch'))),
      'unknown',
      'torch_adam.torch',
    ],
    [
      'a description of a tensor by somebody',
      archive(model({ ...layer('keras.layers', '__typespec__', []), spec_name: 'Lambda' })),
      'dangerous',
      'keras.layers.Lambda',
    ],
    ['eval', archive(model(layer('builtins', 'function', 'eval', 'function'))), 'dangerous', 'builtins.eval'],
    [
      'a download by Keras itself',
      archive(model(layer('keras.utils', 'function', 'get_file', 'get_file'))),
      'dangerous',
      'get_file',
    ],
    ['a pickle of torch', archive(model(layer('keras.layers', 'TorchModuleWrapper'))), 'dangerous', 'pickle'],
    ['a list of models', archive(`[${model(layer('keras.layers', 'Lambda'))}]`), 'dangerous', 'Lambda runs Python'],
    ['a class without values', archive('{"module": "os", "class_name": "x", "config": null}'), 'dangerous', 'os.x'],
    ['a SavedModel from a path', archive(model(layer('keras.layers', 'TFSMLayer'))), 'dangerous', 'SavedModel'],
    [
      'a vocabulary from a path',
      archive(model(layer('keras.layers', 'StringLookup', { vocabulary: '/etc/passwd' }))),
      'dangerous',
      '/etc/passwd',
    ],
    ['a module of somebody', archive(model(layer('mypackage.layers', 'Mine'))), 'unknown', 'mypackage.layers.Mine'],
    [
      'a part of Keras that is not known',
      archive(model(layer('keras.src.utils.x', 'Y'))),
      'unknown',
      'keras.src.utils',
    ],
    ['a name like Keras', archive(model(layer('keras.layers_evil', 'Y'))), 'unknown', 'keras.layers_evil'],
    ['a registered object', archive(model(layer(undefined, 'Mine>Layer', {}, 'Mine>Layer'))), 'unknown', 'Mine>Layer'],
    ['no configuration', archive(undefined), 'malformed', 'config.json'],
    ['a configuration that is cut off', archive('{"module": "keras"'), 'malformed', 'not valid JSON'],
    ['a key twice', archive('{"class_name":"A","class_name":"B","config":{}}'), 'malformed', 'second time'],
    [
      'weights that read another file',
      archive(model(), buildHdf5({}, [{ type: 7, data: Buffer.alloc(16) }])),
      'dangerous',
      'another file',
    ],
    ['no zip', 'PK no', 'malformed', 'cut off'],
  ])

  it('counts what a model has learned, and not the numbers of its optimiser', () => {
    const object = (...messages: Buffer[]): Buffer => {
      const body = Buffer.concat(messages)
      return Buffer.concat([Buffer.from([1, 0]), u16(messages.length), u32(1), u32(body.length), u32(0), body])
    }
    const link = (name: string, address: number): { type: number; data: Buffer } => ({
      type: 6,
      data: Buffer.concat([Buffer.from([1, 0, name.length]), Buffer.from(name), u64(address)]),
    })
    const space = hdf5Message(1, Buffer.concat([Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), u64(5)]))
    const numbers = object(space, hdf5Message(3, Buffer.concat([Buffer.from([0x11, 0, 0, 0]), u32(4)])))
    const links = (at: number): { type: number; data: Buffer }[] => [link('vars', at), link('optimizer', at + 100)]
    const at = buildHdf5({}, links(0)).length
    const group = object(hdf5Message(6, link('vars', at + 200).data))
    const padded = (part: Buffer): Buffer => Buffer.concat([part, Buffer.alloc(100 - part.length)])
    const weights = Buffer.concat([buildHdf5({}, links(at), at + 300), padded(numbers), padded(group), padded(numbers)])
    const facts = { parameters: 5, dtypes: { float32: 5 } }
    expect(scanBytes('model.weights.h5', weights)).toMatchObject({ format: 'hdf5', facts, findings: [] })
    expect(scanBytes('model.keras', archive(model(), weights))).toMatchObject({ format: 'keras', facts, findings: [] })
  })

  it('refuses numbers that would fill memory and are not in the file', () => {
    const data = (count: number, flags = 0): { type: number; data: Buffer; flags?: number }[] => [
      { type: 1, data: Buffer.concat([Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), u64(count)]) },
      { type: 3, data: Buffer.concat([Buffer.from([0x11, 0, 0, 0]), u32(4)]), flags },
    ]
    for (const promising of [data(1e9), data(1e9, 2)])
      expect(judge('model.weights.h5', buildHdf5({}, promising))[1]).toBe('dangerous')
    expect(judge('model.weights.h5', buildHdf5({}, data(1e6)))[1]).toBe('safe')
    // Each may take gigabytes.
    expect(judge('model.weights.h5', buildHdf5({}, data(1e6, 2)))[1]).toBe('unknown')
    const shared = data(1e9).map((part, at) => (at === 0 ? { ...part, flags: 2 } : part))
    expect(judge('model.weights.h5', buildHdf5({}, shared))[1]).toBe('unknown')
    const shape = Buffer.concat([Buffer.from([1, 21, 0, 0, 0, 0, 0, 0]), ...Array(20).fill(u64(2 ** 52)), u64(0)])
    const [, type] = data(0)
    expect(judge('a.h5', buildHdf5({}, type ? [{ type: 1, data: shape }, type] : []))[1]).toBe('safe')
  })

  const legacy = (...layers: object[]): string => JSON.stringify({ class_name: 'Sequential', config: { layers } })
  cases('model.h5', 'hdf5', [
    ['weights alone', buildHdf5({ backend: 'tensorflow' }), 'safe', ''],
    ['sound', buildHdf5({ model_config: legacy({ class_name: 'Dense', config: {} }) }), 'safe', ''],
    [
      'a Lambda layer in HDF5',
      buildHdf5({ model_config: legacy({ class_name: 'Lambda', config: {} }) }),
      'dangerous',
      'Lambda',
    ],
    [
      'a Lambda layer in a layer',
      buildHdf5({
        model_config: legacy({
          class_name: 'TimeDistributed',
          config: { layer: { class_name: 'Lambda', config: {} } },
        }),
      }),
      'dangerous',
      'Lambda',
    ],
    [
      'a lambda among what it is trained with',
      buildHdf5({ training_config: JSON.stringify({ loss: { class_name: '__lambda__', config: { value: '' } } }) }),
      'dangerous',
      'bytecode',
    ],
    ['JSON that is cut off', buildHdf5({ model_config: '{"class_name":' }), 'malformed', 'not valid JSON'],
    ['numbers that are none', buildHdf5({ model_config: '{"class_name":"A","config":{"a":NaN}}' }), 'safe', ''],
    ['numbers of another file', buildHdf5({}, [{ type: 7, data: Buffer.alloc(16) }]), 'dangerous', 'another file'],
    [
      'numbers of other files',
      buildHdf5({}, [{ type: 8, data: Buffer.from([4, 3, 0, 0, 0, 0, 0, 0]) }]),
      'dangerous',
      'other files',
    ],
    [
      'a link to another file',
      buildHdf5({}, [
        { type: 6, data: Buffer.concat([Buffer.from([1, 8, 64, 1]), Buffer.from('x'), u16(4), Buffer.from('\0a\0b')]) },
      ]),
      'dangerous',
      'another file',
    ],
    [
      'attributes in a heap',
      buildHdf5({}, [{ type: 0x15, data: Buffer.concat([Buffer.from([0, 0]), u64(96), u64(96)]) }]),
      'unknown',
      'many or large attributes',
    ],
    [
      'a shared attribute',
      buildHdf5({}, [{ type: 0x0c, data: Buffer.alloc(16), flags: 2 }]),
      'unknown',
      'shared attribute',
    ],
    ['pickles of PyTables', buildHdf5({ PYTABLES_FORMAT_VERSION: '2.1' }), 'unknown', 'PyTables'],
    [
      'a header that goes on in itself',
      buildHdf5({}, [{ type: 0x10, data: Buffer.concat([u64(96), u64(40)]) }]),
      'safe',
      '',
    ],
    ['an end beyond the file', buildHdf5({}, [], 10_000), 'malformed', 'cut off'],
    ['bytes behind the end', Buffer.concat([buildHdf5({}), Buffer.alloc(3)]), 'malformed', '3 bytes follow'],
  ])
})

describe('TensorFlow', () => {
  cases('saved_model.pb', 'saved-model', [
    [
      'sound',
      savedModel(['Placeholder', 'MatMul', 'VarHandleOp', 'SaveV2', 'RestoreV2', 'own'], { own: ['Relu'] }),
      'safe',
      '',
    ],
    ['reads a file', savedModel(['Const', 'ReadFile']), 'dangerous', 'ReadFile'],
    ['writes a file', savedModel(['WriteFile']), 'dangerous', 'WriteFile'],
    ['calls Python', savedModel(['EagerPyFunc']), 'dangerous', 'EagerPyFunc'],
    [
      'writes a file in a function',
      savedModel(['StatefulPartitionedCall'], { f: ['WriteFile'] }),
      'dangerous',
      'WriteFile',
    ],
    ['prints into a file', savedModel(['PrintV2']), 'dangerous', 'PrintV2'],
    ['an operator of somebody', savedModel(['Addons>Gelu']), 'unknown', 'Addons>Gelu'],
    [
      'a function called like a dangerous operator',
      savedModel(['WriteFile'], { WriteFile: ['Relu'] }),
      'dangerous',
      'WriteFile',
    ],
    ['without a graph', message(field(1, 1)), 'malformed', 'no graph'],
    ['cut off', savedModel(['MatMul']).subarray(0, 20), 'malformed', 'longer than'],
  ])

  it('knows the fingerprint beside them, of old and of new TensorFlow', () => {
    const old = message(field(1, 2 ** 52), field(2, 5), field(6, message(field(1, 1))))
    for (const file of [old, message(old, field(7, '3225'))])
      expect(judge('fingerprint.pb', file).slice(0, 2)).toEqual(['fingerprint', 'safe'])
    expect(judge('fingerprint.pb', message(old, field(8, 'x')))[1]).not.toBe('safe')
  })

  it('finds Lambda layers in the description that Keras adds', () => {
    const metadata = (className: string): Buffer =>
      field(
        1,
        message(
          field(2, 1),
          field(3, 'root'),
          field(4, '_tf_keras_layer'),
          field(5, JSON.stringify({ class_name: className, config: {} })),
        ),
      )
    expect(judge('keras_metadata.pb', metadata('Dense')).slice(0, 2)).toEqual(['keras-metadata', 'safe'])
    expect(judge('other.pb', metadata('Lambda')).slice(0, 2)).toEqual(['keras-metadata', 'dangerous'])
  })

  it('knows a graph alone', () => {
    const graph = message(field(1, message(field(1, 'n'), field(2, 'PyFunc'))))
    expect(judge('frozen.pb', graph).slice(0, 2)).toEqual(['tensorflow-graph', 'dangerous'])
  })
})

describe('archives', () => {
  const elf = '\x7fELF and more'
  cases('model.tar', 'tar', [
    [
      'sound',
      buildTar([
        { name: 'm', kind: '5' },
        { name: 'm/a.txt', data: 'hello' },
      ]),
      'safe',
      '',
    ],
    ['a program inside', buildTar([{ name: 'lib.txt', data: elf }]), 'dangerous', 'Linux'],
    ['a path upwards', buildTar([{ name: '../a.txt', data: 'x' }]), 'malformed', 'leads elsewhere'],
    [
      'a path upwards before it',
      buildTar([{ name: 'a.txt', data: 'x', prefix: '..' }]),
      'malformed',
      'leads elsewhere',
    ],
    [
      'a prefix that only some read',
      buildTar([{ name: 'a.txt', data: 'x', magic: '  \0', prefix: '..' }]),
      'malformed',
      'two names',
    ],
    [
      'one place twice',
      buildTar([
        { name: 'm/a.txt', data: 'x' },
        { name: './m//a.txt', data: 'y' },
      ]),
      'malformed',
      'is there twice',
    ],
    [
      'a name after a name',
      buildTar([
        { name: 'x', kind: 'x', data: paxLine('path', 'a.txt') },
        { name: 'L', kind: 'L', data: 'b.txt\0' },
        { name: 'c.txt', data: 'x' },
      ]),
      'malformed',
      'two names',
    ],
    ['an absolute path', buildTar([{ name: '/etc/a', data: 'x' }]), 'malformed', 'leads elsewhere'],
    ['a backslash', buildTar([{ name: '..\\a', data: 'x' }]), 'malformed', 'leads elsewhere'],
    ['a symbolic link', buildTar([{ name: 'a', kind: '2', link: '/etc/passwd' }]), 'malformed', 'symbolic link'],
    ['a hard link', buildTar([{ name: 'a', kind: '1', link: 'b' }]), 'malformed', 'hard link'],
    ['a device', buildTar([{ name: 'a', kind: '3' }]), 'malformed', 'device'],
    [
      'a name twice',
      buildTar([
        { name: 'a', data: 'x' },
        { name: 'a', data: 'y' },
      ]),
      'malformed',
      'twice',
    ],
    [
      'a long name upwards',
      buildTar([
        { name: 'l', kind: 'L', data: '../../a\0' },
        { name: 'a', data: 'x' },
      ]),
      'malformed',
      'leads elsewhere',
    ],
    [
      'a pax name upwards',
      buildTar([
        { name: 'p', kind: 'x', data: paxLine('path', '../a') },
        { name: 'a', data: 'x' },
      ]),
      'malformed',
      'leads elsewhere',
    ],
    [
      'a pax name twice',
      buildTar([
        { name: 'p', kind: 'x', data: paxLine('path', 'a') + paxLine('path', 'b') },
        { name: 'a', data: 'x' },
      ]),
      'malformed',
      'damaged',
    ],
    [
      'a pax size that hides what follows',
      buildTar([
        { name: 'p', kind: 'x', data: paxLine('size', '99999') },
        { name: 'a', data: 'x' },
      ]),
      'malformed',
      'longer than',
    ],
    [
      'sizes for all entries',
      buildTar([
        { name: 'g', kind: 'g', data: paxLine('size', '1') },
        { name: 'a', data: 'x' },
      ]),
      'malformed',
      'for all',
    ],
    [
      'a wrong checksum',
      buildTar([
        { name: 'a', data: 'x' },
        { name: 'b', data: 'x', checksum: 1 },
      ]),
      'malformed',
      'checksum',
    ],
    ['a size beyond the archive', buildTar([{ name: 'a', data: 'x', size: 9999 }]), 'malformed', 'longer than'],
    ['no end', buildTar([{ name: 'a', data: 'x' }], 0), 'malformed', 'cut off'],
    [
      'bytes behind the end',
      Buffer.concat([buildTar([{ name: 'a', data: 'x' }]), Buffer.from(elf)]),
      'malformed',
      'follow the end',
    ],
    ['nothing', buildTar([{ name: 'm', kind: '5' }]), 'malformed', 'empty'],
  ])

  cases('model.zip', 'zip', [
    ['sound', buildZip([{ name: 'a.txt', data: 'hello', deflate: true }]), 'safe', ''],
    ['a program inside', buildZip([{ name: 'a.txt', data: elf }]), 'dangerous', 'Linux'],
    ['a path upwards', buildZip([{ name: '../a.txt', data: 'x' }]), 'malformed', 'leads elsewhere'],
    [
      'a symbolic link',
      buildZip([{ name: 'a', data: '/etc/passwd', attributes: 0xa1ff0000 }]),
      'malformed',
      'symbolic link',
    ],
    [
      'a program in an archive in an archive',
      buildZip([{ name: 'b.zip', data: buildZip([{ name: 'c.tar', data: buildTar([{ name: 'd', data: elf }]) }]) }]),
      'dangerous',
      'Linux',
    ],
    ['nothing', buildZip([]), 'malformed', 'empty'],
    ['7z inside', buildZip([{ name: 'a', data: Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1') }]), 'malformed', '7z'],
  ])

  cases('model.tar.gz', 'gzip', [
    ['sound', gzipSync(buildTar([{ name: 'a.safetensors', data: smallSafetensors() }])), 'safe', ''],
    ['a program inside', gzipSync(elf), 'dangerous', 'Linux'],
    ['cut off', gzipSync('hello hello').subarray(0, 20), 'malformed', 'damaged'],
    ['bytes behind', Buffer.concat([gzipSync('hello'), Buffer.alloc(4)]), 'malformed', 'follow the end'],
    ['a bomb', gzipSync(Buffer.alloc(80 * 1024 * 1024)), 'unknown', 'more than a scan may unpack'],
  ])

  it('does not look deeper than it says', () => {
    let bytes: Uint8Array = Buffer.from('hello')
    for (let depth = 0; depth < 4; depth++) bytes = buildZip([{ name: 'a', data: bytes }])
    expect(judge('a.zip', bytes)[1]).toBe('safe')
    expect(judge('a.zip', buildZip([{ name: 'a', data: bytes }])).slice(1)).toEqual([
      'malformed',
      'Containers lie in one another more than 4 deep.',
    ])
  })

  it('names what was found by its way through the archives', () => {
    const { findings } = scanBytes(
      'm.zip',
      buildZip([{ name: 'in.tar', data: buildTar([{ name: 'd/x', data: elf }]) }]),
    )
    expect(findings).toMatchObject([{ verdict: 'dangerous', file: 'm.zip!in.tar!d/x', offset: 0 }])
  })

  it('takes raw numbers of an ONNX model in an archive for what they are', () => {
    const model = onnxModel({ tensors: [onnxTensor({ external: { location: 'w.bin' }, location: 1 })] })
    const both = [
      { name: 'm/model.onnx', data: model },
      { name: 'm/w.bin', data: Buffer.from([0, 1, 2, 255]) },
    ]
    expect(judge('a.tar', buildTar(both))[1]).toBe('safe')
    expect(judge('a.zip', buildZip(both))[1]).toBe('safe')
    expect(judge('a.tar', buildTar(both.slice(0, 1))).slice(1)).toEqual([
      'malformed',
      'The numbers that the file keeps in w.bin are not there.',
    ])
  })
})

describe('skops', () => {
  const schema = (...nodes: object[]): Buffer =>
    buildZip([
      {
        name: 'schema.json',
        data: JSON.stringify({
          __class__: 'Pipeline',
          __module__: 'sklearn.pipeline',
          __loader__: 'ObjectNode',
          content: nodes,
        }),
      },
    ])
  cases('model.skops', 'skops', [
    [
      'a function of os',
      schema({ __class__: 'system', __module__: 'os', __loader__: 'FunctionNode' }),
      'dangerous',
      'os.system',
    ],
    [
      'a loader that is not known',
      schema({ __class__: 'int', __module__: 'builtins', __loader__: 'EvilNode' }),
      'unknown',
      'EvilNode',
    ],
    [
      'a class of somebody',
      schema({ __class__: 'Mine', __module__: 'mypackage', __loader__: 'ObjectNode' }),
      'unknown',
      'mypackage.Mine',
    ],
    ['no schema', buildZip([{ name: 'a.txt', data: 'x' }]), 'malformed', ''],
  ])
})

describe('gradient-boosted trees', () => {
  cases('model.ubj', 'ubjson', [
    ['sound', smallXgboost(), 'safe', ''],
    ['bytes behind', Buffer.concat([smallXgboost(), Buffer.from('x')]), 'malformed', 'follow the end'],
    [
      'a list longer than the file',
      Buffer.concat([
        Buffer.from('{L'),
        Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]),
        Buffer.from('a[$d#l'),
        Buffer.from([127, 255, 255, 255]),
      ]),
      'malformed',
      'longer than the file',
    ],
    [
      'an endless list of nothing',
      Buffer.concat([
        Buffer.from('{L'),
        Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]),
        Buffer.from('a[$T#L'),
        Buffer.from([0, 31, 255, 255, 255, 255, 255, 255]),
      ]),
      'malformed',
      'longer than the file',
    ],
    [
      'a key twice',
      Buffer.concat([ubjson({ a: 1 }).subarray(0, -1), ubjson({ a: 2 }).subarray(1)]),
      'malformed',
      'twice',
    ],
  ])

  it('tells trees and features', () => {
    expect(scanBytes('model.ubj', smallXgboost()).facts?.details).toEqual({
      model: 'XGBoost',
      version: '3.1.0',
      objective: 'binary:logistic',
      features: '4',
      booster: 'gbtree',
      trees: '1',
    })
    const lightgbm =
      'tree\nversion=v4\nobjective=binary\nfeature_names=a b\ntree_sizes=10 10\n\nTree=0\nx\n\nTree=1\nx\n\nend of trees\n'
    expect(scanBytes('model.txt', lightgbm)).toMatchObject({
      format: 'lightgbm',
      findings: [],
      facts: { details: { trees: '2', features: '2' } },
    })
    expect(judge('model.txt', lightgbm.slice(0, -10))[1]).toBe('malformed')
    expect(judge('model.txt', lightgbm.replace('Tree=1', 'x')).slice(1)).toEqual([
      'malformed',
      'The head announces 2 trees, but there are 1.',
    ])
  })
})

describe('files that are two formats at once', () => {
  const external = onnxTensor({ external: { location: '/etc/passwd' }, location: 1 })
  const foreign = onnxModel({ tensors: [external] })
  /** Sound safetensors; for who reads messages of Protocol Buffers, two texts and then `tail`. */
  const behindSafetensors = (tail: Buffer): Buffer => {
    // The length of the header begins with field 2 of 16 bytes, up to the first name, which goes on with field 6 as long as the padding.
    const [header, skipped] = [0x1012, 22 + 0x43 + (0x3f << 7) + (0x20 << 14)]
    const data = skipped - 8 - header + tail.length
    const text = JSON.stringify({ 'aaaaaaaa2ÿ ': { dtype: 'U8', shape: [data], data_offsets: [0, data] } })
    const json = Buffer.alloc(header, ' ')
    json.write(text.replaceAll('\\u00ff', 'ÿ'))
    return Buffer.concat([u64(header), json, Buffer.alloc(data - tail.length), tail])
  }
  const node = field(1, message(field(1, 'n'), field(2, 'NoOp')))
  it.each([
    ['m.onnx', behindSafetensors(foreign), 'safetensors', 'Programs read it as .onnx'],
    ['saved_model.pb', behindSafetensors(savedModel(['PyFunc'])), 'safetensors', 'Programs read it as .pb'],
    ['m.h5', smallSafetensors(), 'safetensors', 'Programs read it as .h5'],
    [
      'm.onnx',
      Buffer.concat([...Array.from({ length: 10_001 }, () => node), foreign]),
      'tensorflow-graph',
      'none of a graph',
    ],
    ['m.pb', Buffer.concat([onnxModel(), field(1, message(field(1, 'n'), field(2, 'PyFunc')))]), 'onnx', 'wrong kind'],
  ])('%s is not judged by what else it looks like (%#)', (name, bytes, format, part) => {
    const [found, verdict, first] = judge(name, bytes)
    expect([found, verdict]).toEqual([format, 'malformed'])
    expect(first).toContain(part)
  })

  it.each([
    ['with bytes behind it', Buffer.concat([buildZip([{ name: 'a', data: 'b' }]), Buffer.alloc(5)])],
    ['with 64-bit numbers', buildZip([{ name: 'a', data: 'b' }], { zip64: true })],
  ])('no archive hides at the end, %s', (_what, archive) => {
    const header = { a: { dtype: 'U8', shape: [archive.length], data_offsets: [0, archive.length] } }
    const bytes = Buffer.concat([buildSafetensors(header, 0), archive])
    expect(judge('m.safetensors', bytes)).toEqual(['safetensors', 'malformed', expect.stringContaining('zip archive')])
  })
})
