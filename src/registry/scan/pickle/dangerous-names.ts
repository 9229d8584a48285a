/**
 * What runs code, starts programs, opens files or reaches the network when a pickle calls it, or gives it a way to. The list of known names
 * is what protects; this one says how bad an unknown name is, and which names a project cannot allow with a pattern.
 */

/** Modules of which nothing is harmless, with what lies below them. */
const modules =
  `os nt posix posixpath ntpath subprocess _posixsubprocess sys _sysconfigdata builtins runpy pty tty socket _socket ssl _ssl select
  selectors asyncore asynchat importlib imp _imp _frozen_importlib _frozen_importlib_external zipimport zipapp pkgutil pkg_resources code
  codeop codecs _codecs ctypes _ctypes cffi _cffi_backend multiprocessing _multiprocessing asyncio concurrent threading _thread signal
  faulthandler shutil tempfile glob fileinput io _io _pyio pickle _pickle pickletools cloudpickle dill shelve marshal copyreg numpy.testing
  numpy.distutils numpy.f2py numpy.lib numpy.ctypeslib numpy.compat pip ensurepip setuptools distutils _distutils_hack easy_install venv
  virtualenv webbrowser antigravity this urllib urllib3 http httpx requests aiohttp ftplib smtplib poplib imaplib nntplib telnetlib xmlrpc
  socketserver wsgiref cgi cgitb test unittest doctest pydoc pdb bdb ipdb cProfile profile _lsprof trace tracemalloc timeit sched inspect
  dis ast symtable gc operator _operator functools _functools types weakref _weakref atexit sqlite3 _sqlite3 lib2to3 idlelib turtledemo
  tkinter _tkinter curses readline rlcompleter site sitecustomize usercustomize sysconfig platform getpass bz2 gzip lzma zipfile tarfile
  mmap logging dbm fcntl resource syslog winreg _winapi msvcrt msilib crypt nis pwd grp spwd linecache traceback compileall py_compile
  modulefinder configparser netrc xdrlib IPython ipykernel jupyter_client notebook fabric paramiko invoke pexpect ptyprocess psutil sh
  plumbum commands popen2 execjs jinja2 mako numexpr numba cython pyximport nuitka torch.hub torch.jit torch.package torch.serialization
  torch.distributed torch.multiprocessing torch.utils torch._dynamo torch._inductor torch.testing torch.onnx torch.export torch.fx
  torch.library torch.ops torch._C torch.compiler tensorflow.io tensorflow.compat keras.models keras.saving tensorflow.keras pandas.io
  pandas.eval pandas.read_pickle pandas.core.computation joblib.memory joblib.externals joblib.parallel joblib.numpy_pickle_compat
  sklearn.externals`.split(/\s+/)

/** Single names of modules that are harmless otherwise. */
const names =
  `numpy.load numpy.save numpy.savez numpy.loadtxt numpy.genfromtxt numpy.fromfile numpy.memmap numpy.tofile numpy.fromregex
  numpy.vectorize numpy.frompyfunc numpy.apply_along_axis numpy.piecewise numpy.core._ufunc_reconstruct numpy._core._ufunc_reconstruct
  numpy.core.multiarray.fromfile numpy._core.multiarray.fromfile torch.load torch.save torch.compile torch.storage._load_from_bytes
  joblib.load joblib.dump joblib.numpy_pickle.load joblib.numpy_pickle._unpickle joblib.Memory
  joblib.numpy_pickle.NumpyUnpickler pandas.read_csv pandas.DataFrame.query sklearn.datasets.load_svmlight_file
  scipy.io.loadmat scipy.LowLevelCallable typing.get_type_hints typing.ForwardRef pathlib.Path.write_text
  pathlib.Path.open timeit.timeit`.split(/\s+/)

/** Names that modules re-export, or that lead to the above from anywhere. */
const codeNames = new Set(
  `system popen spawn exec execv execve eval exec_ execfile compile __import__ import_module run_module run_path check_output Popen
  getattr setattr delattr open fdopen globals locals vars breakpoint input runstring rundocs loads partial attrgetter itemgetter
  methodcaller FunctionType CodeType MethodType LambdaType`.split(/\s+/),
)

/**
 * Those that only do what the functions do that they are given, which are judged themselves: a project may allow them, by exact name. All
 * others it cannot allow at all; what reaches attributes, such as `getattr`, reaches everything.
 */
const negotiable =
  `functools.partial functools.partialmethod functools.reduce functools.lru_cache functools.cached_property
  operator.itemgetter types.SimpleNamespace types.MappingProxyType types.MethodType
  builtins.type builtins.map builtins.filter builtins.zip builtins.print builtins.sum builtins.len builtins.min
  builtins.max builtins.abs builtins.round builtins.sorted builtins.reversed builtins.enumerate builtins.property builtins.super
  numpy.vectorize logging.Logger logging.getLogger threading.Lock
  weakref.WeakKeyDictionary weakref.WeakValueDictionary _thread.RLock _thread.allocate_lock codecs.encode`.split(/\s+/)

/** Of a module that is dangerous otherwise: classes of data, which describe the shards of a checkpoint. */
const dataOnly = /^torch\.distributed\.checkpoint\.(?:metadata\.\w+|filesystem\._StorageInfo)$/

let tables: { modules: Set<string>; names: Set<string>; negotiable: Set<string> } | undefined

export type Danger = 'never' | 'by-name'

/** How dangerous a path such as `os.path.join` or `numpy.load` is: never to be allowed, or only by its exact name; undefined if neither. */
export function dangerOf(path: string): Danger | undefined {
  tables ??= { modules: new Set(modules), names: new Set(names), negotiable: new Set(negotiable) }
  if (dataOnly.test(path)) return undefined
  const denied = tables.names.has(path) || beginningsOf(path).some((beginning) => tables?.modules.has(beginning))
  if (!denied) return undefined
  return tables.negotiable.has(path) ? 'by-name' : 'never'
}

/** True for a name that leads to code from wherever it is imported, such as `system` or `__import__`. */
export function namesCode(name: string): boolean {
  return codeNames.has(name) || /^__\w+__$/.test(name)
}

/** True for a step of an attribute path that leads to code: the above, or a module such as `os`. */
export function leadsToCode(step: string): boolean {
  return namesCode(step) || dangerOf(step) !== undefined
}

function beginningsOf(path: string): string[] {
  const found: string[] = []
  for (let at = path.indexOf('.'); at !== -1; at = path.indexOf('.', at + 1)) found.push(path.slice(0, at))
  return [...found, path]
}
