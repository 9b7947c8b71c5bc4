#include "export/onnx_file.h"

#include <torch/torch.h>

#include <map>
#include <string>

#include "core/error.h"
#include "export/interpreter.h"
#include "export/protobuf.h"
#include "support/catch.h"
#include "support/thrown.h"

namespace {

std::string hex(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

/// output = input * 2
sr::Graph doubling() {
  sr::Graph graph;
  graph.opset = 17;
  graph.input = {"input", at::kFloat, {"n", std::int64_t{1}, "h", std::int64_t{4}}};
  graph.output = {"output", at::kFloat, {"n", std::int64_t{1}, "h", std::int64_t{4}}};
  graph.initializers["two"] = torch::full({1}, 2.0F);
  graph.nodes.push_back({"Mul", {"input", "two"}, {"output"}, {}});
  graph.metadata["scale"] = "1";
  return graph;
}

}  // namespace

TEST_CASE("fields are written as Protocol Buffers has them", "[export]") {
  sr::ProtobufWriter inner;
  inner.bytes(2, "testing");
  sr::ProtobufWriter message;
  message.integer(1, 150);
  message.integer(2, -1);
  message.real(4, 1.0F);
  message.message(16, inner);
  // The first and the last are examples of the format's description.
  CHECK(hex(message.text()) ==
        "089601"
        "10ffffffffffffffffff01"
        "250000803f"
        "82010912"
        "0774657374696e67");

  sr::ProtobufReader reader(message.text());
  CHECK(reader.next()->integer == 150);
  CHECK(static_cast<std::int64_t>(reader.next()->integer) == -1);
  CHECK(reader.next()->integer == 0x3f800000);
  const auto last = reader.next();
  CHECK(last->number == 16);
  CHECK(sr::ProtobufReader(last->bytes).next()->bytes == "testing");
  CHECK_FALSE(reader.next());
}

TEST_CASE("bytes that are no message are refused", "[export]") {
  const auto read = [](std::string_view bytes) {
    return sr::test::message_of<sr::CheckpointError>([&] {
      sr::ProtobufReader reader(bytes);
      while (reader.next()) {
      }
    });
  };
  using namespace std::string_view_literals;
  CHECK(read("\x0a\x05"
             "abc"sv) == "ends inside a message");
  CHECK(read("\x08"sv) == "ends inside a message");
  CHECK(read("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv) ==
        "holds an integer that does not end");
  CHECK(read("\x0b"sv) == "holds a field of an unknown kind");
}

TEST_CASE("a graph is written with ONNX's numbers of fields and types", "[export]") {
  const std::string bytes = sr::onnx_bytes(doubling());
  // IR 8, producer.
  CHECK(hex(bytes.substr(0, 12)) == "08081208" + hex("sr-train"));
  // Node: inputs, output, name, operation.
  CHECK(bytes.find("\x0a\x05input\x0a\x03two\x12\x06output\x1a\x05Mul_0\x22\x03Mul") !=
        std::string::npos);
  // Initializer [1] of type 1 (float32) with the bytes of 2.0.
  CHECK(hex(bytes).find("08011001"
                        "4203" +
                        hex("two") +
                        "4a04"
                        "00000040") != std::string::npos);
  // Input: a tensor of type 1 with dimensions n, 1, h, 4.
  CHECK(hex(bytes).find("0801"
                        "1212"
                        "0a03"
                        "1201" +
                        hex("n") +
                        "0a020801"
                        "0a031201" +
                        hex("h") + "0a020804") != std::string::npos);
  // Opset 17 of the domain without a name; the metadata.
  CHECK(hex(bytes).find("4204"
                        "0a00"
                        "1011") != std::string::npos);
  CHECK(hex(bytes).find("720a"
                        "0a05" +
                        hex("scale") + "1201" + hex("1")) != std::string::npos);
}

TEST_CASE("the IR version is that of the first ONNX with the operators", "[export]") {
  sr::Graph graph = doubling();
  const std::map<int, std::string> versions{{14, "08"}, {18, "08"}, {19, "09"},
                                            {20, "09"}, {21, "0a"}, {22, "0a"}};
  for (const auto& [opset, version] : versions) {
    graph.opset = opset;
    CHECK(hex(sr::onnx_bytes(graph).substr(0, 2)) == "08" + version);
  }
}

TEST_CASE("a written graph is read back and computed", "[export]") {
  sr::Graph graph = doubling();
  graph.nodes.front().attributes = {{"i", std::int64_t{-3}},
                                    {"f", 0.25},
                                    {"s", "text"},
                                    {"l", std::vector<std::int64_t>{1, 300}}};
  const sr::Graph read = sr::graph_of_onnx(sr::onnx_bytes(graph));
  CHECK(read.opset == 17);
  CHECK((read.nodes.front().attributes == graph.nodes.front().attributes));
  CHECK((read.input.dimensions == graph.input.dimensions));
  CHECK(read.metadata == graph.metadata);
  const at::Tensor image = torch::arange(4, at::kFloat).view({1, 1, 1, 4});
  CHECK(torch::equal(sr::interpret(read, image), image * 2));
}

TEST_CASE("a graph in another precision has weights within its range, and no needless casts",
          "[export]") {
  sr::Graph graph = doubling();
  graph.input.type = graph.output.type = at::kDouble;
  graph.initializers["two"] = torch::full({1}, 1e6, at::kDouble);
  graph.types = {{"input", at::kDouble},
                 {"two", at::kDouble},
                 {"single", at::kFloat},
                 {"product", at::kFloat},
                 {"output", at::kDouble}};
  graph.nodes = {{"Cast", {"input"}, {"single"}, {{"to", std::int64_t{1}}}},
                 {"Abs", {"single"}, {"product"}, {}},
                 {"Cast", {"product"}, {"output"}, {{"to", std::int64_t{11}}}}};
  const sr::Graph half = sr::with_precision(graph, at::kHalf);
  CHECK(half.initializers.at("two").item<float>() == 65504);
  CHECK(half.nodes.size() == 3);
  CHECK((half.nodes.back().attributes.at("to") == sr::Attribute(std::int64_t{10})));
  CHECK(half.input.type == at::kHalf);
  const sr::Graph single = sr::with_precision(graph, at::kFloat);
  CHECK(single.nodes.size() == 2);  // what gives the output keeps its name
  CHECK(single.nodes.front().inputs.front() == "input");
  const sr::Graph brain = sr::with_precision(graph, at::kBFloat16);
  CHECK(brain.input.type == at::kFloat);
  CHECK(brain.nodes.front().op == "Cast");
  CHECK(brain.nodes.back().outputs.front() == "output");
  const at::Tensor image = torch::full({1, 1, 1, 4}, -3.0);
  CHECK(torch::equal(sr::interpret(brain, image), torch::full({1, 1, 1, 4}, 3.0F)));
}
