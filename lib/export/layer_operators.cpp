#include <algorithm>
#include <cmath>

#include "export/operator_groups.h"

namespace sr {
namespace {

using Integers = std::vector<std::int64_t>;
using Names = std::vector<std::string>;
using Attributes = std::map<std::string, Attribute>;

/// ONNX's pads: all beginnings, then all ends.
Integers both_ends(const Integers& padding) {
  return {padding[0], padding[1], padding[0], padding[1]};
}

Names with_bias(const OperatorCall& call, Names inputs, std::size_t bias) {
  if (call.has_tensor(bias)) {
    inputs.push_back(call.tensor(bias));
  }
  return inputs;
}

Integers padding_of(const OperatorCall& call, const Integers& kernel, const Integers& dilation) {
  if (call.overload() != "padding" && call.title() != "aten::_convolution_mode") {
    return both_ends(call.pair(4));
  }
  if (call.text(4) == "valid") {
    return {0, 0, 0, 0};
  }
  const std::int64_t rows = dilation[0] * (kernel[0] - 1);
  const std::int64_t columns = dilation[1] * (kernel[1] - 1);
  return {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

/// Whether unshuffled pixels go into this convolution as one with larger steps.
bool takes_unshuffled(const OperatorCall& call, const Integers& kernel, const Integers& pads,
                      std::int64_t groups) {
  const auto is_one = [](std::int64_t value) { return value == 1; };
  return std::ranges::all_of(call.pair(3), is_one) && std::ranges::all_of(call.pair(5), is_one) &&
         groups == 1 && pads == both_ends({kernel[0] / 2, kernel[1] / 2}) && kernel[0] % 2 == 1 &&
         kernel[1] % 2 == 1 && !call.graph().is_dynamic(call.value(1));
}

/// Input, weight, bias, stride, padding, dilation.
void convolved(const OperatorCall& call, std::int64_t groups) {
  if (call.rank(0) != 4) {
    call.refuse("of something else than images [N, C, H, W]");
  }
  const Integers kernel{call.sizes(1)[2], call.sizes(1)[3]};
  const Integers dilation = call.pair(5);
  const Integers pads = padding_of(call, kernel, dilation);
  Lowering& graph = call.graph();
  const auto pending = graph.unshuffles.find(call.value(0));
  if (pending != graph.unshuffles.end() && takes_unshuffled(call, kernel, pads, groups)) {
    const std::int64_t r = pending->second.factor;
    const std::string weight =
        graph.add_initializer(at::pixel_shuffle(call.constant(1).to(at::kDouble), r));
    call.give_node("Conv", with_bias(call, {pending->second.input, weight}, 2),
                   {{"kernel_shape", Integers{kernel[0] * r, kernel[1] * r}},
                    {"strides", Integers{r, r}},
                    {"pads", both_ends({kernel[0] / 2 * r, kernel[1] / 2 * r})}});
    return;
  }
  Attributes attributes{{"kernel_shape", kernel},
                        {"strides", call.pair(3)},
                        {"pads", pads},
                        {"dilations", dilation},
                        {"group", groups}};
  call.give_node("Conv", with_bias(call, {call.tensor(0), call.tensor(1)}, 2), attributes);
}

void conv2d(const OperatorCall& call) {
  convolved(call, call.integer(6));
}

/// Numbers of the arguments behind input, weight, bias, stride and padding.
struct TransposedArguments {
  std::size_t output_padding, groups, dilation;
};

void transposed_convolved(const OperatorCall& call, TransposedArguments at) {
  call.give_node("ConvTranspose", with_bias(call, {call.tensor(0), call.tensor(1)}, 2),
                 {{"kernel_shape", Integers{call.sizes(1)[2], call.sizes(1)[3]}},
                  {"strides", call.pair(3)},
                  {"pads", both_ends(call.pair(4))},
                  {"output_padding", call.pair(at.output_padding)},
                  {"group", call.integer(at.groups)},
                  {"dilations", call.pair(at.dilation)}});
}

void conv_transpose2d(const OperatorCall& call) {
  transposed_convolved(call, {.output_padding = 5, .groups = 6, .dilation = 7});
}

/// As traced graphs have both kinds: input, weight, bias, stride, padding, dilation, transposed,
/// output padding, groups.
void any_convolution(const OperatorCall& call) {
  if (call.flag(6)) {
    transposed_convolved(call, {.output_padding = 7, .groups = 8, .dilation = 5});
  } else {
    convolved(call, call.integer(8));
  }
}

/// (x - mean) / sqrt(variance + eps) over `axes` of a float value.
std::string normalised(Lowering& graph, const std::string& x, const Integers& axes, double eps) {
  const auto node = [&](const char* op, const Names& inputs) {
    return graph.add(op, inputs, at::kFloat);
  };
  const std::string mean = reduced(graph, {"ReduceMean", x, axes, true}, at::kFloat);
  const std::string centred = node("Sub", {x, mean});
  const std::string variance =
      reduced(graph, {"ReduceMean", node("Mul", {centred, centred}), axes, true}, at::kFloat);
  return node("Div",
              {centred, node("Sqrt", {node("Add", {variance, graph.number(eps, at::kFloat)})})});
}

/// Of native_layer_norm and layer_norm alike: input, shape, weight, bias, eps.
void layer_norm(const OperatorCall& call) {
  constexpr int kHasLayerNormalization = 17;
  Lowering& graph = call.graph();
  const auto axes = static_cast<std::int64_t>(call.integers(1).size());
  const double eps = call.real(4);
  if (graph.opset() >= kHasLayerNormalization && call.has_tensor(2)) {
    call.give_node("LayerNormalization", with_bias(call, {call.tensor(0), call.tensor(2)}, 3),
                   {{"axis", -axes}, {"epsilon", eps}});
    return;
  }
  Integers over;
  for (std::int64_t axis = call.rank(0) - axes; axis < call.rank(0); ++axis) {
    over.push_back(axis);
  }
  const at::ScalarType type = call.result_type();
  std::string x =
      graph.cast(normalised(graph, graph.cast(call.tensor(0), at::kFloat), over, eps), type);
  if (call.has_tensor(2)) {
    x = graph.add("Mul", {x, call.tensor(2)}, type);
  }
  call.give(call.has_tensor(3) ? graph.add("Add", {x, call.tensor(3)}, type) : x);
}

std::string per_channel(const OperatorCall& call, const at::Tensor& values) {
  return call.graph().add_initializer(values.to(call.result_type()).view({1, -1, 1, 1}));
}

/// Means over a group's channels are a product with a matrix: shapes stay known that way.
void group_norm(const OperatorCall& call) {
  if (call.rank(0) != 4) {
    call.refuse("of something else than images [N, C, H, W]");
  }
  Lowering& graph = call.graph();
  const std::int64_t channels = call.sizes(0)[1];
  const std::int64_t groups = call.integer(1);
  const at::Tensor group = torch::arange(channels).div(channels / groups, "floor");
  const at::Tensor same = group.unsqueeze(1).eq(group.unsqueeze(0)).to(at::kFloat);
  const std::string averages =
      graph.add_initializer((same * (static_cast<double>(groups) / static_cast<double>(channels)))
                                .view({channels, channels, 1, 1}));
  const auto node = [&](const char* op, const Names& inputs) {
    return graph.add(op, inputs, at::kFloat);
  };
  const auto mean = [&](const std::string& values) {
    return node("Conv",
                {reduced(graph, {"ReduceMean", values, {2, 3}, true}, at::kFloat), averages});
  };
  const std::string x = graph.cast(call.tensor(0), at::kFloat);
  const std::string centred = node("Sub", {x, mean(x)});
  const std::string variance = mean(node("Mul", {centred, centred}));
  const std::string eps = graph.number(call.real(4), at::kFloat);
  const std::string unit = node("Div", {centred, node("Sqrt", {node("Add", {variance, eps})})});
  const at::ScalarType type = call.result_type();
  std::string result = graph.cast(unit, type);
  if (call.has_tensor(2)) {
    result = graph.add("Mul", {result, per_channel(call, call.constant(2))}, type);
  }
  if (call.has_tensor(3)) {
    result = graph.add("Add", {result, per_channel(call, call.constant(3))}, type);
  }
  call.give(result);
}

/// With running statistics: a factor and a summand for each channel.
void batch_norm(const OperatorCall& call) {
  if (call.flag(5)) {
    call.refuse("it normalises by the statistics of its batch");
  }
  at::Tensor factor = (call.constant(4).to(at::kDouble) + call.real(7)).rsqrt();
  if (call.has_tensor(1)) {
    factor = factor * call.constant(1);
  }
  at::Tensor summand = -call.constant(3).to(at::kDouble) * factor;
  if (call.has_tensor(2)) {
    summand = summand + call.constant(2);
  }
  const std::string scaled =
      call.graph().add("Mul", {call.tensor(0), per_channel(call, factor)}, call.result_type());
  call.give_node("Add", {scaled, per_channel(call, summand)});
}

void linear(const OperatorCall& call) {
  const std::string weight = call.graph().add_initializer(call.constant(1).t().contiguous());
  const std::string product =
      call.graph().add("MatMul", {call.tensor(0), call.graph().cast(weight, call.result_type())},
                       call.result_type());
  call.give(call.has_tensor(2)
                ? call.graph().add("Add", {product, call.tensor(2)}, call.result_type())
                : product);
}

void matmul(const OperatorCall& call) {
  call.give_node("MatMul", {call.tensor(0), call.tensor(1)});
}

void softmax(const OperatorCall& call) {
  call.give_node("Softmax", {call.tensor(0)}, {{"axis", call.integer(1)}});
}

/// query, key, value, mask, dropout, is_causal, scale.
void attention(const OperatorCall& call) {
  if (call.flag(5)) {
    call.refuse("a causal mask");
  }
  Lowering& graph = call.graph();
  const at::ScalarType type = call.result_type();
  const std::int64_t rank = call.rank(1);
  Integers order;
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    order.push_back(axis);
  }
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  const double scale =
      call.is_none(6) ? 1 / std::sqrt(static_cast<double>(call.sizes(0).back())) : call.real(6);
  const std::string query = graph.add("Mul", {call.tensor(0), graph.number(scale, type)}, type);
  const std::string key = graph.add("Transpose", {call.tensor(1)}, type, {{"perm", order}});
  std::string scores = graph.add("MatMul", {query, key}, type);
  if (call.has_tensor(3)) {
    if (graph.first(call.value(3)).type == at::kBool) {
      call.refuse("a mask of truth values");
    }
    scores = graph.add("Add", {scores, call.tensor(3)}, type);
  }
  const std::string weights = graph.add("Softmax", {scores}, type, {{"axis", std::int64_t{-1}}});
  call.give_node("MatMul", {weights, call.tensor(2)});
}

void max_pool(const OperatorCall& call) {
  Integers strides = call.pair(2);
  if (call.flag(5)) {
    call.refuse("rounded upwards");
  }
  if (strides.empty()) {
    strides = call.pair(1);
  }
  call.give_node("MaxPool", {call.tensor(0)},
                 {{"kernel_shape", call.pair(1)},
                  {"strides", strides},
                  {"pads", both_ends(call.pair(3))},
                  {"dilations", call.pair(4)}});
}

/// Of windows that all are of one size, whatever the image's.
void adaptive_max_pool(const OperatorCall& call) {
  if (call.rank(0) != 4) {
    call.refuse("of something else than images [N, C, H, W]");
  }
  const Integers& second = call.graph().second(call.value(0)).sizes;
  Integers window;
  for (const std::size_t axis : {std::size_t{2}, std::size_t{3}}) {
    const std::int64_t side = call.sizes(0)[axis] / call.result_sizes()[axis];
    if (side * call.result_sizes()[axis] != call.sizes(0)[axis] ||
        side * call.second_result_sizes()[axis] != second[axis]) {
      call.refuse("its windows depend on the size of the image");
    }
    window.push_back(side);
  }
  call.give_node("MaxPool", {call.tensor(0)}, {{"kernel_shape", window}, {"strides", window}});
}

void adaptive_avg_pool(const OperatorCall& call) {
  if (call.pair(1) != Integers{1, 1} || call.rank(0) != 4) {
    call.refuse("to another size than one pixel");
  }
  call.give(
      reduced(call.graph(), {"ReduceMean", call.tensor(0), {2, 3}, true}, call.result_type()));
}

/// Bilinear samples, the border's pixels beyond it.
void grid_sampler(const OperatorCall& call) {
  constexpr int kHasGridSample = 16;
  constexpr int kIsCalledLinear = 20;
  Lowering& graph = call.graph();
  if (graph.opset() < kHasGridSample) {
    call.refuse("needs opset 16");
  }
  if (call.integer(2) != 0 || call.integer(3) > 1) {
    call.refuse("only bilinear samples beside borders or zeros can be expressed");
  }
  call.give_node("GridSample", {call.tensor(0), call.tensor(1)},
                 {{"mode", graph.opset() >= kIsCalledLinear ? "linear" : "bilinear"},
                  {"padding_mode", call.integer(3) == 1 ? "border" : "zeros"},
                  {"align_corners", std::int64_t{call.flag(4) ? 1 : 0}}});
}

}  // namespace

OperatorTable layer_operators() {
  return {{"conv2d", conv2d},
          {"_convolution_mode", conv2d},
          {"_convolution", any_convolution},
          {"conv_transpose2d", conv_transpose2d},
          {"layer_norm", layer_norm},
          {"native_layer_norm", layer_norm},
          {"group_norm", group_norm},
          {"batch_norm", batch_norm},
          {"linear", linear},
          {"matmul", matmul},
          {"bmm", matmul},
          {"softmax", softmax},
          {"scaled_dot_product_attention", attention},
          {"max_pool2d", max_pool},
          {"adaptive_max_pool2d", adaptive_max_pool},
          {"adaptive_avg_pool2d", adaptive_avg_pool},
          {"grid_sampler_2d", grid_sampler},
          {"grid_sampler", grid_sampler}};
}

}  // namespace sr
