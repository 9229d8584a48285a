import { describe, expect, it } from 'vitest'
import { buildZip } from './build-zip.ts'
import { judge, scanBytes } from './builders/bytes.ts'
import { buildSafetensors } from './builders/safetensors.ts'

describe('chat templates', () => {
  const verdictOf = (template: string): string => judge('chat_template.jinja', template)[1]

  it.each([
    "{% set u='a_b'[1:2] %}{{ cycler[u~u~'init'~u~u] }}",
    "{{ cycler['a_'[1] ~ 'x'] }}",
    '{{ messages[messages[0].content] }}',
    "{{ x['a_b'.split('a')[0]] }}",
    '{% set k = y %}{{ x[k] }}',
  ])('does not pass what is looked up by a name made up on the way: %s', (template) => {
    expect(verdictOf(template)).not.toBe('safe')
  })

  it.each([
    "{{ messages[0]['role'] }}{{ messages[1:] }}{{ messages[-1].content }}",
    '{{ messages[loop.index0 - 1] }}{{ messages[messages|length - 1] }}',
    "{% for x in ['a', b] %}{% endfor %}{% if role in ['user', other] %}{% endif %}",
  ])('passes texts and positions: %s', (template) => {
    expect(verdictOf(template)).toBe('safe')
  })

  it.each([
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' }}{% endfor %}",
    "{{ bos_token }}{%- if tools is not none %}{{- tools | tojson(indent=4) }}{%- endif %}{{ raise_exception('no') }}",
    "{% macro render(x, y=1) %}{{ x.split('</think>')[-1].lstrip('\\n') }}{% endmacro %}{{ render(messages[0].content) }}",
    "{% set ns = namespace(found=false, index=0) %}{% set ns.found = true %}{{ strftime_now('%Y') }}{% for k, v in d.items() %}{{ v|string }}{% endfor %}",
    '{# __class__ in a comment #}{% raw %}{{ x.__class__ }}{% endraw %}Text about __init__(self)',
    "{{ {'a': {'b': 1}}['a'] }} {{ '}}' }}",
    "{{ messages|selectattr('role', 'equalto', role)|map(attribute='content')|join('\\n') }}{{ xs|map('trim')|sort(reverse=true)|unique|list }}",
    "{% set d = {'role': m.role, 1: x} %}{{ dict(a=1).a }}{% set _ = d.update({'b': m[1:]}) %}{{ xs|sum(start=n + 1) }}{{ xs|join(', ' ~ y) }}",
  ])('%s is ordinary', (template) => expect(verdictOf(template)).toBe('safe'))

  it.each([
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ ''['\\137_class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ [x]|map(attribute='__class__')|list }}",
    "{{ '{0.__class__}'.format(x) }}",
    '{%- if cycler.__init__.__globals__.os.popen("id") %}{% endif -%}',
    "{{ x|map(attribute='a.__init__') }}",
    '{{ x._private }}',
    "{% set u = '_' %}{{ x[u*2 + 'class' + u*2] }}",
    '{{ dict(__class__=1) }}',
    '{{ (xs|map("upper")).gi_frame.f_builtins.len }}',
    "{{ xs|map(attribute='f_globals.os') }}",
    '{{ x.\uff3f\uff3fclass\uff3f\uff3f }}',
  ])('%s is dangerous', (template) => expect(verdictOf(template)).toBe('dangerous'))

  it.each([
    '{{ lipsum(5) }}',
    "{{ x.popen('id') }}",
    "{{ x['popen']('id') }}",
    "{{ (x)('id') }}",
    "{{ ['a', 'b']|attr('c') }}",
    "{% set range = x[y] %}{{ range('id') }}",
    "{% macro f() %}{% endmacro %}{% set f = x[y] %}{{ f('id') }}",
    "{% set ns = namespace(get=x[y]) %}{{ ns.get('id') }}",
    "{% for range in xs %}{{ range('id') }}{% endfor %}",
    "{{ {'append': x[y]}.append('id') }}",
    "{% set u = 'a_b'[1] %}{{ [cycler]|map(attribute=u ~ u ~ 'init' ~ u ~ u)|list }}",
    "{{ [cycler]|map('attr', name)|list }}",
    '{{ [cycler]|map(name)|list }}',
    "{{ [cycler]|map('map', attribute='a')|list }}",
    '{{ xs|selectattr(name)|list }}',
    "{{ xs|selectattr('a', name)|list }}",
    '{{ xs|groupby(name) }}',
    '{{ xs|sort(false, false, name) }}',
    '{{ xs|sum(name) }}',
    "{{ xs|join(', ', name) }}",
    "{{ xs|max(attribute='a' 'b') }}",
    '{% filter map(attribute=name) %}{% endfilter %}',
    "{{ {'app' ~ 'end': f}.append('id') }}",
    "{{ {name: f}.append('id') }}",
    "{{ {'a': 1, 'app' 'end': f}.append('id') }}",
    "{{ dict([('app' ~ 'end', f)]).append('id') }}",
    "{{ namespace(pairs).append('id') }}",
    '{% set _ = d.update(pairs) %}',
    "{{ dict(**d).append('id') }}",
    '{{ range(*d) }}',
    "{% include 'other' %}",
    "{% import 'os' as os %}",
    "{{ '%c'|format(95) }}",
    '{{ unclosed',
    `{{ "${'a'.repeat(1_000_001)}" }}`,
    // Each bracket followed to the end would take hours.
    `{{ ${'x|map('.repeat(160_000)} }}`,
    `{{ ${'a[}'.repeat(330_000)} }}`,
  ])('%s is unknown', (template) => expect(verdictOf(template)).toBe('unknown'))
})

describe('configuration', () => {
  const json = (value: unknown, name = 'config.json', allow: string[] = []): [string, string, string] =>
    judge(name, JSON.stringify(value), allow)

  it.each<[string, unknown, string, string]>([
    ['config.json', { architectures: ['Bert'], hidden_size: 3 }, 'safe', ''],
    ['config.json', { auto_map: { AutoModel: 'modeling_x.X' } }, 'unknown', 'modeling_x.X'],
    [
      'any.json',
      { deep: [{ auto_map: { AutoModel: 'owner/repo--modeling_x.X' } }] },
      'unknown',
      'owner/repo--modeling_x.X',
    ],
    ['config.json', { custom_pipelines: { a: { impl: 'pipe.P' } } }, 'unknown', 'pipe.P'],
    ['config.json', { trust_remote_code: true }, 'unknown', 'trust_remote_code'],
    ['config.json', { trust_remote_code: false }, 'safe', ''],
    ['config.json', { _attn_implementation: 'someone/kernel' }, 'unknown', 'someone/kernel'],
    ['adapter_config.json', { auto_mapping: { base_model_class: 'X', parent_library: 'evil.module' } }, 'unknown', ''],
    ['adapter_config.json', { auto_mapping: null }, 'safe', ''],
    ['tokenizer_config.json', { chat_template: "{{ ''.__class__ }}" }, 'dangerous', '__class__'],
    [
      'tokenizer_config.json',
      { chat_template: [{ name: 'a', template: "{{ ''.__class__ }}" }] },
      'dangerous',
      '__class__',
    ],
    ['modules.json', [{ idx: 0, path: '', type: 'sentence_transformers.models.Transformer' }], 'safe', ''],
    ['modules.json', [{ idx: 0, path: '', type: 'evil.Module' }], 'unknown', 'evil.Module'],
    ['modules.json', [{ idx: 0, path: '', type: 'sentence_transformers.x()' }], 'unknown', 'x()'],
    ['model_index.json', { _diffusers_version: '0.3', _class_name: 'P', unet: ['diffusers', 'UNet'] }, 'safe', ''],
    ['model_index.json', { _diffusers_version: '0.3', _class_name: ['pipe', 'P'] }, 'unknown', 'pipe'],
    ['model_index.json', { _diffusers_version: '0.3', unet: ['my_unet', 'U'] }, 'unknown', 'my_unet.U'],
    [
      'topology.json',
      { class_name: 'Sequential', config: { layers: [{ class_name: 'Lambda', config: {} }] } },
      'dangerous',
      'Lambda',
    ],
  ])('%s %j: %s', (name, value, verdict, part) => {
    const [format, judged, first] = json(value, name)
    expect([format, judged]).toEqual(['json', verdict])
    expect(first).toContain(part)
  })

  it('keeps a worse finding behind a hundred small ones', () => {
    const names = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`k${at}`, { auto_map: `m${at}.X` }]))
    const { findings } = scanBytes(
      'a.json',
      JSON.stringify({ z: { class_name: 'a' }, ...names, chat_template: '{{ x.__class__ }}' }),
    )
    expect(findings.length).toBeGreaterThan(99)
    const evil = { class_name: 'Model', config: { layers: [{ class_name: 'Lambda' }] }, ...names }
    expect(json(evil)[1]).toBe('dangerous')
  })

  it('allows code of the author by name', () => {
    expect(json({ auto_map: { AutoModel: 'modeling_x.X' } }, 'config.json', ['modeling_x.*'])[1]).toBe('safe')
    expect(judge('m/modeling_x.py', 'import os\n', ['modeling_x.*'])[1]).toBe('safe')
    expect(scanBytes('m/modeling_x.py', 'x = 1\n', ['modeling_x.py']).allowed).toEqual(['modeling_x.py'])
  })

  it.each<[string, string, string, string]>([
    ['a.json', '{"a": 1', 'malformed', 'cut off'],
    ['a.json', '{"a": NaN}', 'safe', ''],
    ['a.json', '{"auto_map": {"A": "x.Y"}, "auto_map": null}', 'malformed', 'second time'],
    ['a.jsonl', '{"a": 1}\n{"auto_map": {"A": "x.Y"}}\n', 'unknown', 'x.Y'],
    ['a.yaml', 'a: 1\n', 'safe', ''],
    ['a.yaml', 'a: [1\n', 'malformed', 'YAML'],
    ['a.yaml', 'a: !!python/object/apply:os.system ["id"]\n', 'dangerous', 'Python'],
    ['a.yml', '%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system [id]\n', 'dangerous', 'Python'],
    ['a.yml', 'a: !<tag:yaml.org,2002:python/object/new:os.system> [id]\n', 'dangerous', 'Python'],
    [
      'a.yml',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replace(/./g, (k) => `${k}: &${k} [*${String.fromCharCode(k.charCodeAt(0) - 1)}${`,*${String.fromCharCode(k.charCodeAt(0) - 1)}`.repeat(8)}]\n`)}`,
      'malformed',
      'unfold',
    ],
    ['MLmodel', 'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n', 'safe', ''],
    ['MLmodel', 'flavors:\n  python_function:\n    loader_module: evil\n    code: code\n', 'unknown', 'evil'],
  ])('%s %s: %s', (name, text, verdict, part) => {
    const [, judged, first] = judge(name, text)
    expect(judged).toBe(verdict)
    expect(first).toContain(part)
  })
})

describe('text and programs', () => {
  it.each<[string, string | Uint8Array, string, string]>([
    ['README.md', '# Model\n\nfrom transformers import AutoModel\n', 'text', 'safe'],
    ['merges.txt', '#version: 0.2\nim port\nimport ance\nde f\n', 'text', 'safe'],
    ['vocab.txt', '[PAD]\n[UNK]\nthe\n', 'text', 'safe'],
    ['notes', '\ufeffwords', 'text', 'safe'],
    ['notes.txt', 'from os import system\n', 'script', 'unknown'],
    ['notes.txt', 'x = 1\ndef f(a):\n  return a\n', 'script', 'unknown'],
    ['run', '#!/bin/sh\nid\n', 'script', 'unknown'],
    ['install.sh', 'echo hello', 'script', 'unknown'],
    ['a.ps1', 'echo hello', 'script', 'unknown'],
    ['page.html', '<!DOCTYPE html><html><script>x</script></html>', 'xml', 'unknown'],
    ['a.svg', '<svg><circle r="1"/></svg>', 'xml', 'safe'],
    ['a.xml', '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', 'xml', 'unknown'],
    ['a.txt', Buffer.from('\xff\xfeh\0i\0', 'latin1'), 'unknown', 'unknown'],
    ['a.txt', Buffer.concat([Buffer.from('text '.repeat(2000)), Buffer.from([0])]), 'unknown', 'unknown'],
    ['a.txt', Buffer.concat([Buffer.from('text '.repeat(2000)), Buffer.from([0xff])]), 'unknown', 'unknown'],
    ['weights.bin', Buffer.alloc(100, 7), 'unknown', 'unknown'],
    ['weights.bin', Buffer.alloc(100, 0), 'unknown', 'unknown'],
    ['lib.txt', '\x7fELF\x02\x01', 'elf', 'dangerous'],
    [
      'model.onnx',
      Buffer.concat([Buffer.from('MZ'), Buffer.alloc(58), Buffer.from([64, 0, 0, 0]), Buffer.from('PE\0\0')]),
      'pe',
      'dangerous',
    ],
    ['a.bin', Buffer.from([0xcf, 0xfa, 0xed, 0xfe, 7]), 'mach-o', 'dangerous'],
    ['a.json', Buffer.from('\0asm\x01\0\0\0'), 'wasm', 'dangerous'],
    [
      'a.bin',
      Buffer.concat([Buffer.from([0xcb, 0x0d, 0x0d, 0x0a]), Buffer.alloc(12), Buffer.from([0xe3])]),
      'python-bytecode',
      'dangerous',
    ],
    ['a.dat', Buffer.from('Rar!\x1a\x07\x01', 'latin1'), 'rar', 'malformed'],
    ['a.bin', Buffer.from('\xfd7zXZ\0', 'latin1'), 'xz', 'malformed'],
    ['a.bin', Buffer.from('\x1c\0\0\0TFL3', 'latin1'), 'tflite', 'unknown'],
    ['a.bin', Buffer.from('\x1c\0\0\0ORTM', 'latin1'), 'onnxruntime', 'unknown'],
    ['a.cbm', Buffer.from('CBM1\0', 'latin1'), 'catboost-binary', 'unknown'],
    ['model.bin', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', 'text', 'malformed'],
    ['model.pt', 'Not Found', 'text', 'malformed'],
    ['a.rds', 'RDX3\nX\n', 'rds', 'unknown'],
  ])('%s %j: %s, %s', (name, bytes, format, verdict) => {
    expect(judge(name, bytes).slice(0, 2)).toEqual([format, verdict])
  })

  it.each<[string, string, string]>([
    ['model.bin', "cos\nsystem\n(S'id'\ntR.", 'dangerous'],
    ['notes.txt', `S'${'a'.repeat(9000)}'\n0cos\nsystem\n(S'id'\ntRgarbage`, 'dangerous'],
    ['notes.txt', `S'${'a'.repeat(9000)}'\n0cmymodule\nevil\n(S'id'\ntRgarbage`, 'malformed'],
    ['notes.txt', 'cat\ndog\n'.repeat(2000), 'safe'],
  ])('%s %j: follows what may be a pickle: %s', (name, text, verdict) => {
    expect(judge(name, text)[1]).toBe(verdict)
  })

  it('sees a zip archive that hangs at the end of another file', () => {
    const archive = buildZip([{ name: 'config.json', data: '{}' }])
    // Within the numbers of a file that is sound.
    const header = { a: { dtype: 'U8', shape: [archive.length], data_offsets: [0, archive.length] } }
    const hidden = Buffer.concat([buildSafetensors(header, 0), archive])
    expect(judge('a.safetensors', hidden)).toEqual([
      'safetensors',
      'malformed',
      expect.stringContaining('zip archive hangs at the end'),
    ])
    const numbers = Buffer.concat([buildSafetensors(header, 0), Buffer.from('PK\x05\x06'), archive.subarray(4)])
    expect(judge('a.safetensors', numbers)[1]).toBe('malformed')
    expect(judge('a.safetensors', buildSafetensors(header, archive.length))[1]).toBe('safe')
  })
})
