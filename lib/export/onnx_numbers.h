#pragma once

// Field numbers of onnx.proto (ONNX 1.18), of the messages and fields that are written here.

namespace sr::onnx_number {

inline constexpr int kModelIr = 1;
inline constexpr int kModelProducer = 2;
inline constexpr int kModelProducerVersion = 3;
inline constexpr int kModelGraph = 7;
inline constexpr int kModelOpset = 8;
inline constexpr int kModelMetadata = 14;

inline constexpr int kOpsetDomain = 1;
inline constexpr int kOpsetVersion = 2;

inline constexpr int kEntryKey = 1;
inline constexpr int kEntryValue = 2;

inline constexpr int kGraphNode = 1;
inline constexpr int kGraphName = 2;
inline constexpr int kGraphInitializer = 5;
inline constexpr int kGraphInput = 11;
inline constexpr int kGraphOutput = 12;

inline constexpr int kNodeInput = 1;
inline constexpr int kNodeOutput = 2;
inline constexpr int kNodeName = 3;
inline constexpr int kNodeOp = 4;
inline constexpr int kNodeAttribute = 5;

inline constexpr int kAttributeName = 1;
inline constexpr int kAttributeFloat = 2;
inline constexpr int kAttributeInt = 3;
inline constexpr int kAttributeString = 4;
inline constexpr int kAttributeInts = 8;
inline constexpr int kAttributeType = 20;
// Values of kAttributeType.
inline constexpr int kTypeFloat = 1;
inline constexpr int kTypeInt = 2;
inline constexpr int kTypeString = 3;
inline constexpr int kTypeInts = 7;

inline constexpr int kTensorDims = 1;
inline constexpr int kTensorType = 2;
inline constexpr int kTensorName = 8;
inline constexpr int kTensorRaw = 9;

inline constexpr int kValueName = 1;
inline constexpr int kValueType = 2;
inline constexpr int kTypeTensor = 1;
inline constexpr int kTensorTypeElement = 1;
inline constexpr int kTensorTypeShape = 2;
inline constexpr int kShapeDimension = 1;
inline constexpr int kDimensionValue = 1;
inline constexpr int kDimensionName = 2;

}  // namespace sr::onnx_number
