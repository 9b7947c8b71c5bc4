#include <bit>
#include <cstring>

#include <fmt/format.h>
#include <torch/torch.h>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"
#include "export/onnx_file.h"
#include "export/onnx_numbers.h"
#include "export/onnx_types.h"
#include "export/protobuf.h"

namespace sr {
namespace {

namespace number = onnx_number;

at::ScalarType known_type(std::uint64_t onnx) {
  const at::ScalarType type = type_of_onnx(static_cast<std::int64_t>(onnx));
  if (type == at::ScalarType::Undefined) {
    throw CheckpointError(fmt::format("holds values of type {}", onnx));
  }
  return type;
}

/// Adds the tensor of a message to the initializers.
void read_tensor(std::string_view bytes, Graph& graph) {
  ProtobufReader reader(bytes);
  std::vector<std::int64_t> sizes;
  at::ScalarType type = at::kFloat;
  std::string name;
  std::string_view raw;
  while (const auto field = reader.next()) {
    if (field->number == number::kTensorDims) {
      sizes.push_back(static_cast<std::int64_t>(field->integer));
    } else if (field->number == number::kTensorType) {
      type = known_type(field->integer);
    } else if (field->number == number::kTensorName) {
      name = field->bytes;
    } else if (field->number == number::kTensorRaw) {
      raw = field->bytes;
    }
  }
  at::Tensor values = at::empty(sizes, type);
  if (values.nbytes() != raw.size()) {
    throw CheckpointError(fmt::format("tensor {} has {} bytes instead of {}", quote_name(name),
                                      raw.size(), values.nbytes()));
  }
  std::memcpy(values.mutable_data_ptr(), raw.data(), raw.size());
  graph.initializers[name] = values;
}

void read_attribute(std::string_view bytes, Node& node) {
  ProtobufReader reader(bytes);
  std::string name;
  Attribute attribute = std::vector<std::int64_t>{};
  while (const auto field = reader.next()) {
    switch (field->number) {
      case number::kAttributeName:
        name = field->bytes;
        break;
      case number::kAttributeInt:
        attribute = static_cast<std::int64_t>(field->integer);
        break;
      case number::kAttributeFloat:
        attribute = double{std::bit_cast<float>(static_cast<std::uint32_t>(field->integer))};
        break;
      case number::kAttributeString:
        attribute = std::string(field->bytes);
        break;
      case number::kAttributeInts:
        std::get<std::vector<std::int64_t>>(attribute).push_back(
            static_cast<std::int64_t>(field->integer));
        break;
      default:
        break;
    }
  }
  node.attributes[name] = attribute;
}

Node read_node(std::string_view bytes) {
  ProtobufReader reader(bytes);
  Node node;
  while (const auto field = reader.next()) {
    if (field->number == number::kNodeInput) {
      node.inputs.emplace_back(field->bytes);
    } else if (field->number == number::kNodeOutput) {
      node.outputs.emplace_back(field->bytes);
    } else if (field->number == number::kNodeOp) {
      node.op = field->bytes;
    } else if (field->number == number::kNodeAttribute) {
      read_attribute(field->bytes, node);
    }
  }
  return node;
}

/// The bytes of the only field of this number.
std::string_view inside(std::string_view bytes, int wanted) {
  ProtobufReader reader(bytes);
  std::string_view found;
  while (const auto field = reader.next()) {
    found = field->number == wanted ? field->bytes : found;
  }
  return found;
}

void read_dimension(std::string_view bytes, Port& port) {
  ProtobufReader reader(bytes);
  while (const auto field = reader.next()) {
    if (field->number == number::kDimensionValue) {
      port.dimensions.emplace_back(static_cast<std::int64_t>(field->integer));
    } else if (field->number == number::kDimensionName) {
      port.dimensions.emplace_back(std::string(field->bytes));
    }
  }
}

Port read_port(std::string_view bytes) {
  Port port;
  port.name = inside(bytes, number::kValueName);
  ProtobufReader type(inside(inside(bytes, number::kValueType), number::kTypeTensor));
  while (const auto field = type.next()) {
    if (field->number == number::kTensorTypeElement) {
      port.type = known_type(field->integer);
    } else if (field->number == number::kTensorTypeShape) {
      ProtobufReader shape(field->bytes);
      while (const auto dimension = shape.next()) {
        read_dimension(dimension->bytes, port);
      }
    }
  }
  return port;
}

void read_graph(std::string_view bytes, Graph& graph) {
  ProtobufReader reader(bytes);
  while (const auto field = reader.next()) {
    switch (field->number) {
      case number::kGraphNode:
        graph.nodes.push_back(read_node(field->bytes));
        break;
      case number::kGraphInitializer:
        read_tensor(field->bytes, graph);
        break;
      case number::kGraphInput:
        graph.input = read_port(field->bytes);
        break;
      case number::kGraphOutput:
        graph.output = read_port(field->bytes);
        break;
      default:
        break;
    }
  }
}

}  // namespace

Graph graph_of_onnx(std::string_view bytes) {
  Graph graph;
  ProtobufReader reader(bytes);
  while (const auto field = reader.next()) {
    if (field->number == number::kModelGraph) {
      read_graph(field->bytes, graph);
    } else if (field->number == number::kModelOpset) {
      ProtobufReader opset(field->bytes);
      while (const auto part = opset.next()) {
        graph.opset =
            part->number == number::kOpsetVersion ? static_cast<int>(part->integer) : graph.opset;
      }
    } else if (field->number == number::kModelMetadata) {
      graph.metadata[std::string(inside(field->bytes, number::kEntryKey))] =
          inside(field->bytes, number::kEntryValue);
    }
  }
  return graph;
}

}  // namespace sr
