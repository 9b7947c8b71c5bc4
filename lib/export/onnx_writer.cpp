#include <torch/torch.h>

#include "core/version.h"
#include "export/onnx_file.h"
#include "export/onnx_numbers.h"
#include "export/onnx_types.h"
#include "export/protobuf.h"

namespace sr {
namespace {

namespace number = onnx_number;

ProtobufWriter tensor_message(const std::string& name, const at::Tensor& values) {
  ProtobufWriter message;
  for (const std::int64_t size : values.sizes()) {
    message.integer(number::kTensorDims, size);
  }
  message.integer(number::kTensorType, onnx_type(values.scalar_type()));
  message.bytes(number::kTensorName, name);
  const at::Tensor dense = values.contiguous();
  message.bytes(number::kTensorRaw, {static_cast<const char*>(dense.const_data_ptr()),
                                     static_cast<std::size_t>(dense.nbytes())});
  return message;
}

ProtobufWriter attribute_message(const std::string& name, const Attribute& attribute) {
  ProtobufWriter message;
  message.bytes(number::kAttributeName, name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute)) {
    message.integer(number::kAttributeInt, *integer);
    message.integer(number::kAttributeType, number::kTypeInt);
  } else if (const auto* real = std::get_if<double>(&attribute)) {
    message.real(number::kAttributeFloat, static_cast<float>(*real));
    message.integer(number::kAttributeType, number::kTypeFloat);
  } else if (const auto* text = std::get_if<std::string>(&attribute)) {
    message.bytes(number::kAttributeString, *text);
    message.integer(number::kAttributeType, number::kTypeString);
  } else {
    for (const std::int64_t element : std::get<std::vector<std::int64_t>>(attribute)) {
      message.integer(number::kAttributeInts, element);
    }
    message.integer(number::kAttributeType, number::kTypeInts);
  }
  return message;
}

ProtobufWriter node_message(const Node& node, std::size_t index) {
  ProtobufWriter message;
  for (const std::string& input : node.inputs) {
    message.bytes(number::kNodeInput, input);
  }
  for (const std::string& output : node.outputs) {
    message.bytes(number::kNodeOutput, output);
  }
  message.bytes(number::kNodeName, node.op + "_" + std::to_string(index));
  message.bytes(number::kNodeOp, node.op);
  for (const auto& [name, attribute] : node.attributes) {
    message.message(number::kNodeAttribute, attribute_message(name, attribute));
  }
  return message;
}

ProtobufWriter port_message(const Port& port) {
  ProtobufWriter shape;
  for (const auto& size : port.dimensions) {
    ProtobufWriter dimension;
    if (const auto* fixed = std::get_if<std::int64_t>(&size)) {
      dimension.integer(number::kDimensionValue, *fixed);
    } else {
      dimension.bytes(number::kDimensionName, std::get<std::string>(size));
    }
    shape.message(number::kShapeDimension, dimension);
  }
  ProtobufWriter tensor;
  tensor.integer(number::kTensorTypeElement, onnx_type(port.type));
  tensor.message(number::kTensorTypeShape, shape);
  ProtobufWriter type;
  type.message(number::kTypeTensor, tensor);
  ProtobufWriter message;
  message.bytes(number::kValueName, port.name);
  message.message(number::kValueType, type);
  return message;
}

ProtobufWriter graph_message(const Graph& graph) {
  ProtobufWriter message;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    message.message(number::kGraphNode, node_message(graph.nodes[i], i));
  }
  message.bytes(number::kGraphName, "network");
  for (const auto& [name, values] : graph.initializers) {
    message.message(number::kGraphInitializer, tensor_message(name, values));
  }
  message.message(number::kGraphInput, port_message(graph.input));
  message.message(number::kGraphOutput, port_message(graph.output));
  return message;
}

/// Of the first version of ONNX that has the operators.
int ir_version(int opset) {
  constexpr int kOf18 = 8;
  constexpr int kOf20 = 9;
  constexpr int kOf22 = 10;
  return opset <= 18 ? kOf18 : opset <= 20 ? kOf20 : kOf22;
}

}  // namespace

std::string onnx_bytes(const Graph& graph) {
  ProtobufWriter opset;
  opset.bytes(number::kOpsetDomain, "");
  opset.integer(number::kOpsetVersion, graph.opset);
  ProtobufWriter model;
  model.integer(number::kModelIr, ir_version(graph.opset));
  model.bytes(number::kModelProducer, "sr-train");
  model.bytes(number::kModelProducerVersion, version());
  model.message(number::kModelGraph, graph_message(graph));
  model.message(number::kModelOpset, opset);
  for (const auto& [key, value] : graph.metadata) {
    ProtobufWriter entry;
    entry.bytes(number::kEntryKey, key);
    entry.bytes(number::kEntryValue, value);
    model.message(number::kModelMetadata, entry);
  }
  return model.text();
}

}  // namespace sr
