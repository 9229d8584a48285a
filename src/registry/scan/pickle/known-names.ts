import { sklearnClasses } from './known-sklearn.ts'

/**
 * What a pickled model may import without a word: short, and by exact name. A name is here because calling it with any arguments runs no
 * code of the file and touches nothing outside, or, where arguments matter, because `calls.ts` looks at them.
 */

/** What pickles call to make objects. */
const callable: Record<string, string> = {
  _codecs: 'encode',
  builtins:
    'bytearray bytes complex frozenset range set slice ArithmeticError AssertionError AttributeError Exception IndexError KeyError LookupError NotImplementedError OSError OverflowError RuntimeError StopIteration TypeError UserWarning ValueError Warning ZeroDivisionError',
  collections: 'OrderedDict Counter defaultdict deque',
  copyreg: '_reconstructor __newobj__',
  datetime: 'date datetime time timedelta timezone',
  decimal: 'Decimal',
  fractions: 'Fraction',
  uuid: 'UUID',
  numpy: 'dtype',
  'numpy.core.multiarray': '_reconstruct scalar',
  'numpy._core.multiarray': '_reconstruct scalar',
  'numpy.core.numeric': '_frombuffer',
  'numpy._core.numeric': '_frombuffer',
  'numpy.ma.core': '_mareconstruct',
  'numpy.random._mt19937': 'MT19937',
  'numpy.random._pcg64': 'PCG64 PCG64DXSM',
  'numpy.random._philox': 'Philox',
  'numpy.random._sfc64': 'SFC64',
  'numpy.random._pickle': '__bit_generator_ctor __generator_ctor __randomstate_ctor',
  'numpy.random.bit_generator': 'SeedSequence __pyx_unpickle_SeedSequence',
  'scipy.interpolate._bsplines': 'BSpline',
  'scipy.sparse._bsr': 'bsr_array bsr_matrix',
  'scipy.sparse._coo': 'coo_array coo_matrix',
  'scipy.sparse._csc': 'csc_array csc_matrix',
  'scipy.sparse._csr': 'csr_array csr_matrix',
  'scipy.sparse._dia': 'dia_array dia_matrix',
  'scipy.sparse._dok': 'dok_array dok_matrix',
  'scipy.sparse._lil': 'lil_array lil_matrix',
  'scipy.sparse.bsr': 'bsr_matrix',
  'scipy.sparse.coo': 'coo_matrix',
  'scipy.sparse.csc': 'csc_matrix',
  'scipy.sparse.csr': 'csr_matrix',
  'scipy.sparse.dia': 'dia_matrix',
  'scipy.sparse.dok': 'dok_matrix',
  'scipy.sparse.lil': 'lil_matrix',
  ...sklearnClasses,
  torch: 'Size device',
  'torch._utils':
    '_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_meta_tensor_no_storage',
  'torch._tensor': '_rebuild_from_type_v2',
  'torch.serialization': '_get_layout',
  'torch.jit._pickle': 'build_intlist build_tensorlist build_doublelist build_boollist restore_type_tag',
  'joblib.numpy_pickle': 'NumpyArrayWrapper',
}

const torchStorages =
  'FloatStorage DoubleStorage HalfStorage BFloat16Storage ByteStorage CharStorage ShortStorage IntStorage LongStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage QInt32Storage QUInt4x2Storage QUInt2x4Storage'
const torchTypes =
  'float16 float32 float64 bfloat16 half float double uint8 int8 int16 int32 int64 short int long bool complex64 complex128 qint8 quint8 qint32 quint4x2 quint2x4 uint16 uint32 uint64 complex32 bcomplex32 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 bits8 bits16 bits1x8 bits2x4 bits4x2 uint1 uint2 uint3 uint4 uint5 uint6 uint7 int1 int2 int3 int4 int5 int6 int7 per_tensor_affine per_tensor_symmetric per_channel_affine per_channel_symmetric per_channel_affine_float_qparams strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc'

/** What pickles only refer to: classes of arrays and scalars, types, functions that a model keeps as a parameter. */
const named: Record<string, string> = {
  builtins: 'bool dict float int list object str tuple Ellipsis NotImplemented',
  'numpy.ma': 'MaskedArray',
  'numpy.ma.core': 'MaskedArray',
  numpy:
    'ndarray matrix mean bool bool_ float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 complex64 complex128 str_ object_ float_ int_',
  'sklearn.cluster._kmeans': '_kmeans_single_lloyd _kmeans_single_elkan',
  'sklearn.feature_selection._univariate_selection': 'f_classif f_regression chi2 r_regression',
  'sklearn.feature_selection._mutual_info': 'mutual_info_classif mutual_info_regression',
  'sklearn.metrics._classification':
    'accuracy_score balanced_accuracy_score f1_score fbeta_score log_loss brier_score_loss matthews_corrcoef precision_score recall_score',
  'sklearn.metrics._ranking': 'roc_auc_score average_precision_score',
  'sklearn.metrics._regression':
    'mean_absolute_error mean_squared_error root_mean_squared_error median_absolute_error r2_score max_error',
  'scipy._lib.array_api_compat.numpy._aliases': 'asarray',
  torch: `Tensor ${torchStorages} ${torchTypes}`,
  'torch.storage': 'UntypedStorage',
  'torch.nn.parameter': 'Parameter Buffer',
}

export type Known = 'callable' | 'named'

let table: Map<string, Known> | undefined

/** Whether a name may be imported, and whether it may be called too; undefined for any other name. */
export function knownName(module: string, name: string): Known | undefined {
  table ??= new Map<string, Known>([...namesOf(named, 'named'), ...namesOf(callable, 'callable')])
  return table.get(`${module} ${name}`)
}

function namesOf(names: Record<string, string>, known: Known): [string, Known][] {
  return Object.entries(names).flatMap(([module, all]) =>
    all.split(' ').map((name): [string, Known] => [`${module} ${name}`, known]),
  )
}
