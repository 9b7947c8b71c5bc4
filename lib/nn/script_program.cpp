#include "nn/script_program.h"

#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <torch/csrc/jit/frontend/error_report.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/irparser.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "checkpoint/input_file.h"
#include "checkpoint/safetensors_header.h"
#include "core/error.h"
#include "nn/fault_trap.h"
#include "nn/kept_values.h"
#include "nn/script_operators.h"

namespace sr {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

namespace prim = torch::jit::prim;
namespace attr = torch::jit::attr;

/// Counts an iteration of a loop; the interpreter cannot be stopped from outside.
constexpr const char* kCountIteration = R"(graph(%iterations : int[], %most : int):
  %zero : int = prim::Constant[value=0]()
  %one : int = prim::Constant[value=1]()
  %before : int = aten::__getitem__(%iterations, %zero)
  %after : int = aten::add(%before, %one)
  %all : int[] = aten::_set_item(%iterations, %zero, %after)
  %over : bool = aten::gt(%after, %most)
  %count : int = prim::If(%over)
    block0():
      %text : str = prim::Constant[value="its loops run more than a million times for a batch"]()
      %kind : NoneType = prim::Constant()
      prim::RaiseException(%text, %kind)
      -> (%after)
    block1():
      -> (%after)
  return (%count)
)";

/// The records as LibTorch's own writer lays them out: its reader meets no other zip file.
std::string packed(const ScriptArchive& archive) {
  std::string bytes;
  const auto append = [&bytes](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  };
  caffe2::serialize::PyTorchStreamWriter writer(append);
  for (const auto& [name, record] : archive.records) {
    writer.writeRecord(name, record.data(), record.size());
  }
  writer.writeEndOfFile();
  return bytes;
}

std::string first_line(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  return begin == std::string_view::npos
             ? ""
             : std::string(text.substr(begin, text.find('\n', begin) - begin));
}

/// Runs LibTorch's reader or compiler. What it makes of a bad file is an error of the file, unless
/// memory ran out.
template <typename Work>
auto reading(const Work& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw CheckpointError("LibTorch cannot read this TorchScript: " + first_line(error.what()));
  }
}

void for_each_node(Block& block, const std::function<void(Node&)>& visit) {
  for (auto it = block.nodes().begin(); it != block.nodes().end();) {
    Node* node = *it;
    ++it;  // visit() may destroy the node
    for (Block* inner : node->blocks()) {
      for_each_node(*inner, visit);
    }
    visit(*node);
  }
}

/// What would only be printed.
void remove_warnings(Graph& graph) {
  for_each_node(*graph.block(), [](Node& node) {
    if (node.kind() == torch::jit::aten::warn) {
      node.destroy();
    }
  });
}

/// Makes every loop count its iterations in a number of the whole run.
void bound_loops(Graph& graph) {
  std::vector<Node*> loops;
  for_each_node(*graph.block(), [&](Node& node) {
    if (node.kind() == prim::Loop) {
      loops.push_back(&node);
    }
  });
  if (loops.empty()) {
    return;
  }
  Graph counting;
  torch::jit::parseIR(kCountIteration, &counting);
  Value* iterations = nullptr;
  Value* most = nullptr;
  {
    const torch::jit::WithInsertPoint begin(*graph.block()->nodes().begin());
    Value* zero = graph.insertConstant(0);
    iterations = graph.insertNode(graph.createList(c10::IntType::get(), {zero}))->output();
    most = graph.insertConstant(kMostLoopIterations);
  }
  for (Node* loop : loops) {
    Block* body = loop->blocks().at(0);
    const torch::jit::WithInsertPoint begin(*body->nodes().begin());
    torch::jit::insertGraph(graph, counting, {iterations, most});
  }
}

/// The arguments behind the image. Throws CheckpointError for a forward that needs more than it.
std::vector<c10::IValue> defaults_of(const c10::FunctionSchema& schema) {
  const std::vector<c10::Argument>& arguments = schema.arguments();
  const bool one_result = schema.returns().size() == 1 &&
                          schema.returns()[0].type()->isSubtypeOf(*c10::TensorType::get());
  if (arguments.size() < 2 || !arguments[1].type()->isSubtypeOf(*c10::TensorType::get()) ||
      !one_result) {
    throw CheckpointError(
        fmt::format("its forward is {}, not a function of an image batch that returns one",
                    first_line(c10::str(schema))));
  }
  std::vector<c10::IValue> values;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    if (!arguments[i].default_value()) {
      throw CheckpointError(fmt::format("its forward needs {} beside an image batch",
                                        quote_name(arguments[i].name())));
    }
    values.push_back(*arguments[i].default_value());
  }
  return values;
}

/// Two parameters in the same memory would be trained twice.
void require_apart(const torch::jit::Module& module) {
  std::map<const void*, std::string> owners;
  for (const auto& [name, tensor] : module.named_parameters(/*recurse=*/true)) {
    const auto [owner, first] = owners.emplace(tensor.const_data_ptr(), name);
    if (!first && tensor.numel() > 0) {
      throw CheckpointError(
          fmt::format("its parameters {} and {} share their memory, so they would be trained twice",
                      quote_name(owner->second), quote_name(name)));
    }
  }
}

/// float32, with memory of its own; the module's slot goes on holding the same tensor.
void own_memory(const at::Tensor& tensor) {
  const at::NoGradGuard no_grad;
  const at::Tensor plain = tensor.detach();
  at::Tensor(tensor).set_data((tensor.is_floating_point() ? plain.to(at::kFloat) : plain)
                                  .clone(at::MemoryFormat::Contiguous));
}

}  // namespace

ScriptProgram::ScriptProgram(const std::filesystem::path& file) : file_(file.string()) {
  ScriptArchive archive = read_script_archive(file);
  sha256_ = archive.sha256;
  facts_ = std::move(archive.facts);
  const FaultTrap trap(file_);
  with_file_name(file, [&] {
    module_ = reading([&] {
      std::istringstream stream(packed(archive));
      archive.records.clear();
      return torch::jit::load(stream, c10::Device(c10::kCPU), /*load_debug_files=*/false);
    });
    reading([&] {
      check_script_operators(module_);
      take_graph();
    });
    take_tensors();
  });
}

void ScriptProgram::take_graph() {
  const auto forward = module_.find_method("forward");
  if (!forward) {
    throw CheckpointError("has no forward: it is not a network");
  }
  further_arguments_ = defaults_of(forward->function().getSchema());
  graph_ = forward->graph()->copy();
  torch::jit::Inline(*graph_);
  check_script_arguments(*graph_, module_);
  remove_warnings(*graph_);
  torch::jit::EliminateDeadCode(graph_);
  bound_loops(*graph_);
  for (const torch::jit::Module& part : module_.modules()) {
    const auto slot = part.type()->findAttributeSlot("training");
    if (slot && part.type()->getAttribute(*slot)->kind() == c10::TypeKind::BoolType) {
      modes_.emplace_back(part._ivalue(), *slot);
    }
  }
  set_training(true);
  move_constants(c10::Device(c10::kCPU));
}

void ScriptProgram::take_tensors() {
  const std::set<std::string> not_saved(facts_.not_saved.begin(), facts_.not_saved.end());
  require_apart(module_);
  std::set<std::string> taken;
  for (const auto& [name, tensor] : module_.named_parameters(/*recurse=*/true)) {
    own_memory(tensor);
    const bool trained = tensor.requires_grad() && tensor.is_floating_point();
    (trained ? parameters_ : buffers_).push_back({name, tensor});
    taken.insert(name);
  }
  if (parameters_.empty()) {
    throw CheckpointError("has no parameters that could be trained");
  }
  for (const auto& [name, tensor] : module_.named_buffers(/*recurse=*/true)) {
    if (!not_saved.contains(name)) {
      own_memory(tensor);
      buffers_.push_back({name, tensor});
      taken.insert(name);
    }
  }
  for (const auto& [name, value] : module_.named_attributes(/*recurse=*/true)) {
    if (value.isTensor() && value.toTensor().defined() && !taken.contains(name)) {
      constants_.push_back({name, value.toTensor()});
    }
  }
}

void ScriptProgram::move_constants(at::Device device) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& constant : constants_) {
    at::Tensor(constant.tensor).set_data(constant.tensor.detach().to(device));
  }
  for_each_node(*graph_->block(), [&](Node& node) {
    if (node.kind() != prim::Constant || !node.hasAttribute(attr::value)) {
      return;
    }
    if (node.kindOf(attr::value) == torch::jit::AttributeKind::t) {
      node.t_(attr::value, node.t(attr::value).to(device));
    } else if (node.output()->type()->kind() == c10::TypeKind::DeviceObjType) {
      node.s_(attr::value, device.str());
    }
  });
  code_ = torch::jit::Code(graph_, "forward");
  device_ = device;
}

void ScriptProgram::set_training(bool on) {
  for (const auto& [object, slot] : modes_) {
    object->setSlot(slot, on);
  }
  training_ = on;
}

namespace {

constexpr std::string_view kLeadOfCause = "RuntimeError: ";

/// The interpreter hides the type of what is thrown in it: most comes out as std::runtime_error. Of
/// running out of memory the type is given back, so that nobody takes that for something the
/// program cannot do.
void throw_if_out_of_memory(std::string_view text) {
  const std::size_t at = text.rfind(kLeadOfCause);
  const std::string_view cause =
      at == std::string::npos ? std::string_view() : text.substr(at + kLeadOfCause.size());
  for (const std::string_view allocator : {"CPU", "CUDA"}) {
    if (cause.starts_with(fmt::format("{} out of memory. Tried to allocate ", allocator))) {
      throw c10::OutOfMemoryError({__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)},
                                  first_line(std::string(cause)));
    }
  }
}

}  // namespace

at::Tensor ScriptProgram::run(const at::Tensor& input, bool training) {
  if (training != training_) {
    set_training(training);
  }
  if (input.device() != device_) {
    move_constants(input.device());
  }
  const at::Tensor own = writes_to_input_ ? input.clone() : input;
  const auto writes = [&] { return input.is_inference() ? 0 : input._version(); };
  const std::int64_t writes_before = writes();
  torch::jit::Stack stack{module_._ivalue(), own};
  stack.insert(stack.end(), further_arguments_.begin(), further_arguments_.end());
  try {
    const FaultTrap trap(file_);
    torch::jit::InterpreterState(code_).run(stack);
  } catch (const c10::Error& error) {
    throw_if_out_of_memory(error.what_without_backtrace());
    throw;
  } catch (const std::exception& error) {
    throw_if_out_of_memory(error.what());
    throw c10::Error({__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, error.what());
  }
  if (writes() != writes_before) {
    if (is_tried_) {
      throw CheckpointError(file_ +
                            ": its forward writes to its input, but did not when it was tried");
    }
    writes_to_input_ = true;
  }
  return std::move(stack.back()).toTensor();
}

NamedTensors ScriptProgram::fixed() const {
  NamedTensors tensors = parameters_;
  tensors.insert(tensors.end(), constants_.begin(), constants_.end());
  for_each_node(*graph_->block(), [&](Node& node) {
    if (node.kind() == prim::Constant && node.hasAttribute(attr::value) &&
        node.kindOf(attr::value) == torch::jit::AttributeKind::t) {
      tensors.push_back({"a constant of its text", node.t(attr::value)});
    }
  });
  return tensors;
}

void ScriptProgram::require_unchanged(const KeptValues& fixed) const {
  if (const std::string name = fixed.changed(); !name.empty()) {
    throw CheckpointError(
        fmt::format("{}: its forward writes to {}, which is no buffer: a step could not undo that",
                    file_, name));
  }
  for (const NamedTensor& parameter : parameters_) {
    if (!parameter.tensor.requires_grad()) {
      throw CheckpointError(fmt::format("{}: its forward ends the training of its parameter {}",
                                        file_, parameter.name));
    }
  }
}

void ScriptProgram::try_training(const at::Tensor& images) {
  const KeptValues kept(buffers_);
  const KeptValues kept_fixed(fixed());
  try {
    const torch::AutoGradMode recording(true);
    const at::Tensor output = run(images, /*training=*/true);
    if (!output.requires_grad()) {
      throw CheckpointError(file_ + ": its output does not depend on its parameters");
    }
    output.sum().backward();
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error& error) {
    throw CheckpointError(fmt::format("{}: cannot be trained: {}", file_, script_problem(error)));
  }
  for (const NamedTensor& parameter : parameters_) {
    at::Tensor(parameter.tensor).mutable_grad().reset();
  }
  require_unchanged(kept_fixed);
  if (const std::string name = kept.reshaped(); !name.empty()) {
    throw CheckpointError(
        fmt::format("{}: its forward gives its buffer {} another shape", file_, name));
  }
  kept.restore();
  is_tried_ = true;
}

std::string script_problem(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string text =
      torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  const std::size_t at = text.rfind(kLeadOfCause);
  return first_line(at == std::string::npos ? text : text.substr(at + kLeadOfCause.size()));
}

}  // namespace sr
