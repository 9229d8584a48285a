/**
 * Operators of TensorFlow by what they can do. Known ones compute, hold variables, or save and restore the model's own checkpoint;
 * dangerous ones reach files, the network or Python. All others are unknown, and can be allowed as `tensorflow.raw_ops.<name>`.
 */

const dangerous = new Set(
  `ReadFile WriteFile PyFunc PyFuncStateless EagerPyFunc MatchingFiles Save SaveSlices SaveDataset SaveDatasetV2 LoadDataset
  DistributedSave DatasetToTFRecord SnapshotDataset SnapshotDatasetV2 WholeFileReader WholeFileReaderV2 TextLineReader TextLineReaderV2
  TFRecordReader TFRecordReaderV2 FixedLengthRecordReader FixedLengthRecordReaderV2 LMDBReader TextLineDataset TFRecordDataset
  TFRecordDatasetV2 FixedLengthRecordDataset FixedLengthRecordDatasetV2 CSVDataset CSVDatasetV2 LMDBDataset SqlDataset
  ExperimentalSqlDataset ExperimentalCSVDataset ImmutableConst PrintV2 CreateSummaryFileWriter CreateSummaryDbWriter WriteSummary
  WriteGraphSummary WriteRawProtoSummary ImportEvent RpcCall TryRpc RpcClient RpcServer RpcServerRegister DebugIdentity DebugIdentityV2
  DebugNumericSummaryV2 DecodeProtoV2 EncodeProto GenerateVocabRemapping LoadAndRemapMatrix DataServiceDataset DataServiceDatasetV2
  RegisterDataset GeneratorDataset CopyToMesh XlaHostCompute Copy CopyHost OneShotIterator BigQueryReader BigtableClient
  CloudPubSub KafkaDataset FileSystemSetConfiguration GcsConfigureBlockCache GcsConfigureCredentials`.split(/\s+/),
)

const known = new Set(
  `Abs AccumulateNV2 Acos Acosh Add AddN AddV2 AdjustContrastv2 AdjustHue AdjustSaturation All Any ApproximateEqual ArgMax ArgMin AsString
  Asin Asinh Assert Assign AssignAdd AssignAddVariableOp AssignSub AssignSubVariableOp AssignVariableOp Atan Atan2 Atanh AvgPool AvgPool3D
  AvgPoolGrad BatchMatMul BatchMatMulV2 BatchMatMulV3 BatchToSpaceND BesselI0e BesselI1e BiasAdd BiasAddGrad BiasAddV1 Bincount Bitcast
  BitwiseAnd BitwiseOr BitwiseXor BroadcastArgs BroadcastGradientArgs BroadcastTo Bucketize Case Cast Ceil CheckNumerics Cholesky
  ClipByValue CombinedNonMaxSuppression Complex ComplexAbs Concat ConcatOffset ConcatV2 Conj Const ControlTrigger Conv2D
  Conv2DBackpropFilter Conv2DBackpropInput Conv3D Conv3DBackpropInputV2 Cos Cosh CropAndResize Cross CTCGreedyDecoder
  CTCBeamSearchDecoder CudnnRNN CudnnRNNV2 CudnnRNNV3 Cumprod Cumsum CumulativeLogsumexp DataFormatDimMap DataFormatVecPermute
  DecodeBase64 DecodeBmp DecodeCSV DecodeGif DecodeImage DecodeJpeg DecodeJSONExample DecodePng DecodeRaw DecodePaddedRaw DecodeWav
  DeepCopy DenseBincount DepthToSpace DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput
  Dequantize DestroyResourceOp Diag DiagPart Digamma Dilation2D DisableCopyOnRead Div DivNoNan DynamicPartition DynamicStitch EditDistance
  Einsum Elu EluGrad Empty EmptyTensorList EncodeBase64 EncodeJpeg EncodePng EncodeWav EnsureShape Enter Equal Erf Erfc Erfinv
  EuclideanNorm Exit Exp ExpandDims Expint Expm1 ExtractGlimpse ExtractImagePatches FFT FFT2D FFT3D FakeQuantWithMinMaxArgs
  FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel Fill Floor FloorDiv FloorMod FusedBatchNorm FusedBatchNormGradV3
  FusedBatchNormV2 FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual HashTable HashTableV2 HistogramFixedWidth HSVToRGB IFFT
  IFFT2D IRFFT IRFFT2D Identity IdentityN If Igamma Igammac Imag InTopK InTopKV2 InitializeTable InitializeTableV2 Inv Invert
  InvertPermutation IsFinite IsInf IsNan IsVariableInitialized L2Loss LRN LeakyRelu LeakyReluGrad LeftShift Less LessEqual Lgamma LinSpace
  ListDiff Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr LookupTableExport LookupTableExportV2 LookupTableFind LookupTableFindV2
  LookupTableImport LookupTableImportV2 LookupTableInsert LookupTableInsertV2 LookupTableSize LookupTableSizeV2 LookupTableRemoveV2 LoopCond
  LowerBound MatMul MatrixBandPart MatrixDeterminant MatrixDiag MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3
  MatrixInverse MatrixSetDiag MatrixSetDiagV3 MatrixSolve MatrixTriangularSolve Max MaxPool MaxPool3D MaxPoolGrad MaxPoolV2
  MaxPoolWithArgmax Maximum Mean Merge MergeV2Checkpoints Mfcc Min Minimum MirrorPad Mod Mul MulNoNan Multinomial MutableDenseHashTableV2
  MutableHashTable MutableHashTableOfTensorsV2 MutableHashTableV2 Ndtri Neg NextIteration NoOp NonMaxSuppression NonMaxSuppressionV2
  NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5 NotEqual OneHot OnesLike Pack Pad PadV2 ParallelConcat ParallelDynamicStitch
  ParseExample ParseExampleV2 ParseSequenceExample ParseSequenceExampleV2 ParseSingleExample ParseTensor PartitionedCall Placeholder
  PlaceholderV2 PlaceholderWithDefault Polygamma PopulationCount Pow PreventGradient Prod Qr QuantizeAndDequantizeV2
  QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 QuantizeV2 RFFT RFFT2D RGBToHSV RaggedBincount RaggedCountSparseOutput RaggedCross
  RaggedFillEmptyRows RaggedGather RaggedRange RaggedTensorFromVariant RaggedTensorToSparse RaggedTensorToTensor RaggedTensorToVariant
  RandomGamma RandomPoisson RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt Range Rank ReadVariableOp Real RealDiv
  Reciprocal RegexFullMatch RegexReplace Relu Relu6 Relu6Grad ReluGrad Reshape ResizeArea ResizeBicubic ResizeBilinear
  ResizeNearestNeighbor ResourceApplyAdam ResourceApplyGradientDescent ResourceApplyMomentum ResourceApplyRMSProp ResourceGather
  ResourceGatherNd ResourceScatterAdd ResourceScatterUpdate RestoreV2 Reverse ReverseSequence ReverseV2 RightShift Rint RngReadAndSkip
  RngSkip Roll Round Rsqrt RsqrtGrad SaveV2 ScalarSummary ScatterNd ScatterUpdate SegmentMax SegmentMean SegmentMin SegmentProd
  SegmentSum Select SelectV2 SelfAdjointEigV2 Selu SeluGrad Shape ShapeN ShardedFilename Sigmoid SigmoidGrad Sign Sin Sinh Size Slice
  Snapshot Softmax SoftmaxCrossEntropyWithLogits Softplus Softsign SpaceToBatchND SpaceToDepth SparseAdd SparseBincount SparseConcat
  SparseCross SparseCrossV2 SparseFillEmptyRows SparseMaskSlice SparseReduceSum SparseReorder SparseReshape SparseSegmentMean
  SparseSegmentMeanWithNumSegments SparseSegmentSqrtN SparseSegmentSum SparseSegmentSumWithNumSegments SparseSlice
  SparseSoftmaxCrossEntropyWithLogits SparseTensorDenseMatMul SparseToDense SparseToSparseSetOperation Split SplitV Sqrt SqrtGrad Square
  SquaredDifference Squeeze StatefulPartitionedCall StatelessCase StatelessIf StatelessMultinomial StatelessRandomGetAlg
  StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg StatelessRandomNormal StatelessRandomNormalV2 StatelessRandomUniform
  StatelessRandomUniformFullIntV2 StatelessRandomUniformInt StatelessRandomUniformIntV2 StatelessRandomUniformV2 StatelessTruncatedNormal
  StatelessTruncatedNormalV2 StatelessWhile StaticRegexFullMatch StaticRegexReplace StopGradient StridedSlice StridedSliceGrad StringFormat
  StringJoin StringLength StringLower StringNGrams StringSplit StringSplitV2 StringStrip StringToHashBucket StringToHashBucketFast
  StringToHashBucketStrong StringToNumber StringUpper Sub Substr Sum Svd Switch Tan Tanh TanhGrad TemporaryVariable TensorArrayConcatV3
  TensorArrayGatherV3 TensorArrayReadV3 TensorArrayScatterV3 TensorArraySizeV3 TensorArrayV3 TensorArrayWriteV3 TensorListConcatV2
  TensorListElementShape TensorListFromTensor TensorListGather TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack
  TensorListReserve TensorListResize TensorListScatter TensorListScatterIntoExistingList TensorListScatterV2 TensorListSetItem
  TensorListSplit TensorListStack TensorScatterAdd TensorScatterUpdate TensorStridedSliceUpdate Tile TopK TopKV2 Transpose
  TruncateDiv TruncateMod TruncatedNormal UnicodeDecode UnicodeDecodeWithOffsets UnicodeEncode UnicodeScript UnicodeTranscode Unique
  UniqueV2 UniqueWithCounts UniqueWithCountsV2 Unpack UnravelIndex UnsortedSegmentMax UnsortedSegmentMean UnsortedSegmentMin
  UnsortedSegmentProd UnsortedSegmentSum UnwrapDatasetVariant UpperBound VarHandleOp VarIsInitializedOp Variable VariableShape VariableV2
  Where While Xdivy Xlog1py Xlogy ZerosLike Zeta _Arg _Retval`.split(/\s+/),
)

export function kindOfOperator(name: string): 'dangerous' | 'known' | 'unknown' {
  if (dangerous.has(name)) return 'dangerous'
  return known.has(name) ? 'known' : 'unknown'
}
