#include "export/lowering.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/onnx_types.h"
#include "export/operator_call.h"

namespace sr {
namespace {

bool is_same(const RecordedValue& first, const RecordedValue& second) {
  return first.constant.is_same(second.constant) ||
         (first.sizes == second.sizes && first.type == second.type &&
          at::equal(first.constant, second.constant));
}

at::ScalarType graph_type(at::ScalarType type) {
  return type == at::kInt || type == at::kShort || type == at::kByte ? at::kLong : type;
}

/// The smallest number that makes a whole one, not zero, of a factor.
std::int64_t denominator_of(double factor) {
  constexpr std::int64_t kLargest = 1 << 16;  // of windows of 256 pixels
  constexpr double kRounding = 1e-9;
  for (std::int64_t below = 1; below <= kLargest; ++below) {
    const double above = factor * static_cast<double>(below);
    if (std::abs(above - std::round(above)) < kRounding && std::round(above) != 0) {
      return below;
    }
  }
  throw NotExportable("a number of pixels is a multiple of another by no simple factor");
}

}  // namespace

Lowering::Lowering(const RecordedPasses& passes, int opset,
                   std::map<const c10::TensorImpl*, std::string> names)
    : passes_(passes),
      names_(passes.first.values.size()),
      dynamic_(passes.first.values.size()),
      given_names_(std::move(names)) {
  graph_.opset = opset;
  graph_.input = {"input", at::kDouble, {}};
  graph_.output = {"output", at::kDouble, {}};
  graph_.types["input"] = at::kDouble;
}

std::string Lowering::add(const std::string& op, const std::vector<std::string>& inputs,
                          at::ScalarType type, const std::map<std::string, Attribute>& attributes) {
  const std::string name = fmt::format("v{}", next_++);
  graph_.nodes.push_back({op, inputs, {name}, attributes});
  graph_.types[name] = graph_type(type);
  return name;
}

std::string Lowering::add_initializer(const at::Tensor& values, const std::string& name) {
  const std::string own = name.empty() ? fmt::format("c{}", next_++) : name;
  graph_.initializers[own] = values.to(graph_type(values.scalar_type())).contiguous();
  graph_.types[own] = graph_type(values.scalar_type());
  return own;
}

std::string Lowering::number(double value, at::ScalarType type) {
  std::string& known = known_numbers_[fmt::format("{} {}", value, static_cast<int>(type))];
  if (known.empty()) {
    known = add_initializer(at::scalar_tensor(value, at::kDouble).to(graph_type(type)));
  }
  return known;
}

std::string Lowering::integers(const std::vector<std::int64_t>& values) {
  std::string& known = known_numbers_[fmt::format("[{}]", fmt::join(values, ","))];
  if (known.empty()) {
    known = add_initializer(torch::tensor(at::ArrayRef<std::int64_t>(values), at::kLong));
  }
  return known;
}

std::string Lowering::cast(const std::string& name, at::ScalarType type) {
  return type_of(name) == graph_type(type)
             ? name
             : add("Cast", {name}, type, {{"to", onnx_type(graph_type(type))}});
}

at::ScalarType Lowering::type_of(const std::string& name) const {
  return graph_.types.at(name);
}

std::string Lowering::size_value(const SizeTerm& term) {
  constexpr std::array<std::int64_t, 3> kAxes{0, 2, 3};
  const std::string key = fmt::format("size {} {}", term.coefficient, fmt::join(term.powers, " "));
  if (const auto known = known_numbers_.find(key); known != known_numbers_.end()) {
    return known->second;
  }
  std::string product;
  for (std::size_t i = 0; i < kAxes.size(); ++i) {
    if (term.powers[i] < 0) {
      throw NotExportable("a number of pixels is divided by another");
    }
    if (term.powers[i] == 0) {
      continue;
    }
    const std::string shape = add("Shape", {graph_.input.name}, at::kLong);
    const std::string size =
        add("Gather", {shape, integers({kAxes[i]})}, at::kLong, {{"axis", std::int64_t{0}}});
    product = product.empty() ? size : add("Mul", {product, size}, at::kLong);
  }
  const std::int64_t below = denominator_of(term.coefficient);
  const std::int64_t above = std::llround(term.coefficient * static_cast<double>(below));
  if (product.empty()) {
    product = integers({above / below});
  } else {
    product = above == 1 ? product : add("Mul", {product, integers({above})}, at::kLong);
    product = below == 1 ? product : add("Div", {product, integers({below})}, at::kLong);
  }
  known_numbers_[key] = product;
  return product;
}

bool Lowering::is_dynamic(int value) {
  if (first(value).follows_input) {
    return true;
  }
  std::optional<bool>& known = dynamic_[std::size_t(value)];
  if (!known) {
    known = !is_same(first(value), second(value));
  }
  return *known;
}

std::string Lowering::name_constant(int value) {
  const at::Tensor& values = first(value).constant;
  const auto given = given_names_.find(values.unsafeGetTensorImpl());
  if (given != given_names_.end()) {
    return add_initializer(values, given->second);
  }
  return values.dim() == 0 ? number(values.item<double>(), values.scalar_type())
                           : add_initializer(values);
}

/// As a convolution that takes each pixel of a block into a channel of its own, which is exact in
/// every precision: ONNX's SpaceToDepth has the channels in another order.
std::string Lowering::add_unshuffle(const Unshuffle& unshuffle, at::ScalarType type) {
  const std::int64_t r = unshuffle.factor;
  const std::int64_t channels = unshuffle.channels;
  const at::Tensor kernel = at::pixel_shuffle(
      torch::eye(channels * r * r, at::kDouble).view({-1, channels * r * r, 1, 1}), r);
  return add("Conv", {unshuffle.input, add_initializer(kernel)}, type,
             {{"kernel_shape", std::vector<std::int64_t>{r, r}},
              {"strides", std::vector<std::int64_t>{r, r}}});
}

std::string Lowering::name_of(int value) {
  std::string& name = names_[std::size_t(value)];
  if (first(value).overwritten) {
    throw NotExportable("it writes a part of a tensor that is used as a whole");
  }
  if (!name.empty()) {
    return name;
  }
  if (const auto pending = unshuffles.find(value); pending != unshuffles.end()) {
    name = add_unshuffle(pending->second, first(value).type);
  } else if (is_dynamic(value)) {
    throw NotExportable("it uses a tensor of this size that nothing is known to make");
  } else {
    name = name_constant(value);
  }
  return name;
}

void Lowering::require_same_calls() const {
  const auto& a = passes_.first.calls;
  const auto& b = passes_.second.calls;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const bool same = i < a.size() && i < b.size() && a[i].name == b[i].name &&
                      a[i].overload == b[i].overload && a[i].outputs == b[i].outputs &&
                      std::ranges::equal(a[i].arguments, b[i].arguments, {},
                                         &RecordedArgument::values, &RecordedArgument::values);
    if (!same) {
      throw NotExportable(
          fmt::format("{}: the network takes another way for images of another size",
                      (i < b.size() ? b[i] : a[i]).name));
    }
  }
}

std::vector<bool> Lowering::needed_values() {
  std::vector<bool> needed(passes_.first.values.size());
  needed[std::size_t(passes_.first.output)] = true;
  for (std::size_t i = passes_.first.calls.size(); i-- > 0;) {
    const RecordedCall& call = passes_.first.calls[i];
    const bool wanted = std::ranges::any_of(
        call.outputs, [&](int value) { return needed[std::size_t(value)] && is_dynamic(value); });
    for (std::size_t k = 0; wanted && k < call.arguments.size(); ++k) {
      for (const int value : call.arguments[k].values) {
        if (value >= 0) {
          needed[std::size_t(value)] = true;
        }
      }
    }
  }
  return needed;
}

Graph Lowering::run() {
  require_same_calls();
  const std::vector<bool> needed = needed_values();
  set_name(passes_.first.input, graph_.input.name);
  for (std::size_t i = 0; i < passes_.first.calls.size(); ++i) {
    const RecordedCall& call = passes_.first.calls[i];
    const OperatorCall both(*this, call, passes_.second.calls[i]);
    if (std::ranges::none_of(call.outputs, [&](int value) {
          return needed[std::size_t(value)] && is_dynamic(value);
        })) {
      continue;
    }
    const auto found = operators().find(call.name);
    if (found == operators().end()) {
      throw UnknownOperator(both.title() + ": there is no translation of this operator");
    }
    try {
      found->second(both);
    } catch (const NotExportable& error) {
      const std::string text = error.what();
      throw text.starts_with("aten::") ? error : NotExportable(both.title() + ": " + text);
    }
  }
  finish();
  return std::move(graph_);
}

void Lowering::finish() {
  const std::string last = cast(name_of(passes_.first.output), at::kDouble);
  graph_.nodes.push_back({"Identity", {last}, {graph_.output.name}, {}});
  if (graph_.nodes.size() > 1 && graph_.nodes[graph_.nodes.size() - 2].outputs[0] == last) {
    graph_.nodes.pop_back();
    graph_.nodes.back().outputs[0] = graph_.output.name;
  }
  graph_.types[graph_.output.name] = at::kDouble;
  for (const std::int64_t size : first(passes_.first.output).sizes) {
    graph_.output.dimensions.emplace_back(size);
  }
}

}  // namespace sr
