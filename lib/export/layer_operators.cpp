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
  if (call[bias].is_tensor()) {
    inputs.push_back(call[bias].tensor());
  }
  return inputs;
}

Integers padding_of(const OperatorCall& call, const Integers& kernel, const Integers& dilation) {
  if (call.overload() != "padding" && call.title() != "aten::_convolution_mode") {
    return both_ends(call[4].pair());
  }
  if (call[4].text() == "valid") {
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
  return std::ranges::all_of(call[3].pair(), is_one) &&
         std::ranges::all_of(call[5].pair(), is_one) && groups == 1 &&
         pads == both_ends({kernel[0] / 2, kernel[1] / 2}) && kernel[0] % 2 == 1 &&
         kernel[1] % 2 == 1 && !call.graph().is_dynamic(call[1].value());
}

/// Input, weight, bias, stride, padding, dilation.
void convolved(const OperatorCall& call, std::int64_t groups) {
  if (call[0].rank() != 4) {
    call.refuse("of something else than images [N, C, H, W]");
  }
  const Integers kernel{call[1].sizes()[2], call[1].sizes()[3]};
  const Integers dilation = call[5].pair();
  const Integers pads = padding_of(call, kernel, dilation);
  Lowering& graph = call.graph();
  const auto pending = graph.unshuffles.find(call[0].value());
  if (pending != graph.unshuffles.end() && takes_unshuffled(call, kernel, pads, groups)) {
    const std::int64_t r = pending->second.factor;
    const std::string weight =
        graph.add_initializer(at::pixel_shuffle(call[1].constant().to(at::kDouble), r));
    call.give_node("Conv", with_bias(call, {pending->second.input, weight}, 2),
                   {{"kernel_shape", Integers{kernel[0] * r, kernel[1] * r}},
                    {"strides", Integers{r, r}},
                    {"pads", both_ends({kernel[0] / 2 * r, kernel[1] / 2 * r})}});
    return;
  }
  Attributes attributes{{"kernel_shape", kernel},
                        {"strides", call[3].pair()},
                        {"pads", pads},
                        {"dilations", dilation},
                        {"group", groups}};
  call.give_node("Conv", with_bias(call, {call[0].tensor(), call[1].tensor()}, 2), attributes);
}

void conv2d(const OperatorCall& call) {
  convolved(call, call[6].integer());
}

/// Numbers of the arguments behind input, weight, bias, stride and padding.
struct TransposedArguments {
  std::size_t output_padding, groups, dilation;
};

void transposed_convolved(const OperatorCall& call, TransposedArguments at) {
  call.give_node("ConvTranspose", with_bias(call, {call[0].tensor(), call[1].tensor()}, 2),
                 {{"kernel_shape", Integers{call[1].sizes()[2], call[1].sizes()[3]}},
                  {"strides", call[3].pair()},
                  {"pads", both_ends(call[4].pair())},
                  {"output_padding", call[at.output_padding].pair()},
                  {"group", call[at.groups].integer()},
                  {"dilations", call[at.dilation].pair()}});
}

void conv_transpose2d(const OperatorCall& call) {
  transposed_convolved(call, {.output_padding = 5, .groups = 6, .dilation = 7});
}

/// As traced graphs have both kinds: input, weight, bias, stride, padding, dilation, transposed,
/// output padding, groups.
void any_convolution(const OperatorCall& call) {
  if (call[6].flag()) {
    transposed_convolved(call, {.output_padding = 7, .groups = 8, .dilation = 5});
  } else {
    convolved(call, call[8].integer());
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
  const auto axes = static_cast<std::int64_t>(call[1].integers().size());
  const double eps = call[4].real();
  if (graph.opset() >= kHasLayerNormalization && call[2].is_tensor()) {
    call.give_node("LayerNormalization", with_bias(call, {call[0].tensor(), call[2].tensor()}, 3),
                   {{"axis", -axes}, {"epsilon", eps}});
    return;
  }
  Integers over;
  for (std::int64_t axis = call[0].rank() - axes; axis < call[0].rank(); ++axis) {
    over.push_back(axis);
  }
  const at::ScalarType type = call.result_type();
  std::string x =
      graph.cast(normalised(graph, graph.cast(call[0].tensor(), at::kFloat), over, eps), type);
  if (call[2].is_tensor()) {
    x = graph.add("Mul", {x, call[2].tensor()}, type);
  }
  call.give(call[3].is_tensor() ? graph.add("Add", {x, call[3].tensor()}, type) : x);
}

std::string per_channel(const OperatorCall& call, const at::Tensor& values) {
  return call.graph().add_initializer(values.to(call.result_type()).view({1, -1, 1, 1}));
}

/// Means over a group's channels are a product with a matrix: shapes stay known that way.
void group_norm(const OperatorCall& call) {
  if (call[0].rank() != 4) {
    call.refuse("of something else than images [N, C, H, W]");
  }
  Lowering& graph = call.graph();
  const std::int64_t channels = call[0].sizes()[1];
  const std::int64_t groups = call[1].integer();
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
  const std::string x = graph.cast(call[0].tensor(), at::kFloat);
  const std::string centred = node("Sub", {x, mean(x)});
  const std::string variance = mean(node("Mul", {centred, centred}));
  const std::string eps = graph.number(call[4].real(), at::kFloat);
  const std::string unit = node("Div", {centred, node("Sqrt", {node("Add", {variance, eps})})});
  const at::ScalarType type = call.result_type();
  std::string result = graph.cast(unit, type);
  if (call[2].is_tensor()) {
    result = graph.add("Mul", {result, per_channel(call, call[2].constant())}, type);
  }
  if (call[3].is_tensor()) {
    result = graph.add("Add", {result, per_channel(call, call[3].constant())}, type);
  }
  call.give(result);
}

/// With running statistics: a factor and a summand for each channel.
void batch_norm(const OperatorCall& call) {
  if (call[5].flag()) {
    call.refuse("it normalises by the statistics of its batch");
  }
  at::Tensor factor = (call[4].constant().to(at::kDouble) + call[7].real()).rsqrt();
  if (call[1].is_tensor()) {
    factor = factor * call[1].constant();
  }
  at::Tensor summand = -call[3].constant().to(at::kDouble) * factor;
  if (call[2].is_tensor()) {
    summand = summand + call[2].constant();
  }
  const std::string scaled =
      call.graph().add("Mul", {call[0].tensor(), per_channel(call, factor)}, call.result_type());
  call.give_node("Add", {scaled, per_channel(call, summand)});
}

void linear(const OperatorCall& call) {
  const std::string weight = call.graph().add_initializer(call[1].constant().t().contiguous());
  const std::string product =
      call.graph().add("MatMul", {call[0].tensor(), call.graph().cast(weight, call.result_type())},
                       call.result_type());
  call.give(call[2].is_tensor()
                ? call.graph().add("Add", {product, call[2].tensor()}, call.result_type())
                : product);
}

void matmul(const OperatorCall& call) {
  call.give_node("MatMul", {call[0].tensor(), call[1].tensor()});
}

void softmax(const OperatorCall& call) {
  call.give_node("Softmax", {call[0].tensor()}, {{"axis", call[1].integer()}});
}

/// query, key, value, mask, dropout, is_causal, scale.
void attention(const OperatorCall& call) {
  if (call[5].flag()) {
    call.refuse("a causal mask");
  }
  Lowering& graph = call.graph();
  const at::ScalarType type = call.result_type();
  const std::int64_t rank = call[1].rank();
  Integers order;
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    order.push_back(axis);
  }
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  const double scale = call[6].is_none()
                           ? 1 / std::sqrt(static_cast<double>(call[0].sizes().back()))
                           : call[6].real();
  const std::string query = graph.add("Mul", {call[0].tensor(), graph.number(scale, type)}, type);
  const std::string key = graph.add("Transpose", {call[1].tensor()}, type, {{"perm", order}});
  std::string scores = graph.add("MatMul", {query, key}, type);
  if (call[3].is_tensor()) {
    if (graph.first(call[3].value()).type == at::kBool) {
      call.refuse("a mask of truth values");
    }
    scores = graph.add("Add", {scores, call[3].tensor()}, type);
  }
  const std::string weights = graph.add("Softmax", {scores}, type, {{"axis", std::int64_t{-1}}});
  call.give_node("MatMul", {weights, call[2].tensor()});
}

void max_pool(const OperatorCall& call) {
  Integers strides = call[2].pair();
  if (call[5].flag()) {
    call.refuse("rounded upwards");
  }
  if (strides.empty()) {
    strides = call[1].pair();
  }
  call.give_node("MaxPool", {call[0].tensor()},
                 {{"kernel_shape", call[1].pair()},
                  {"strides", strides},
                  {"pads", both_ends(call[3].pair())},
                  {"dilations", call[4].pair()}});
}

/// Of windows that all are of one size, whatever the image's.
void adaptive_max_pool(const OperatorCall& call) {
  if (call[0].rank() != 4) {
    call.refuse("of something else than images [N, C, H, W]");
  }
  const Integers& second = call[0].second_sizes();
  Integers window;
  for (const std::size_t axis : {std::size_t{2}, std::size_t{3}}) {
    const std::int64_t side = call[0].sizes()[axis] / call.result_sizes()[axis];
    if (side * call.result_sizes()[axis] != call[0].sizes()[axis] ||
        side * call.second_result_sizes()[axis] != second[axis]) {
      call.refuse("its windows depend on the size of the image");
    }
    window.push_back(side);
  }
  call.give_node("MaxPool", {call[0].tensor()}, {{"kernel_shape", window}, {"strides", window}});
}

void adaptive_avg_pool(const OperatorCall& call) {
  if (call[1].pair() != Integers{1, 1} || call[0].rank() != 4) {
    call.refuse("to another size than one pixel");
  }
  call.give(
      reduced(call.graph(), {"ReduceMean", call[0].tensor(), {2, 3}, true}, call.result_type()));
}

/// Bilinear samples, the border's pixels beyond it.
void grid_sampler(const OperatorCall& call) {
  constexpr int kHasGridSample = 16;
  constexpr int kIsCalledLinear = 20;
  Lowering& graph = call.graph();
  if (graph.opset() < kHasGridSample) {
    call.refuse("needs opset 16");
  }
  if (call[2].integer() != 0 || call[3].integer() > 1) {
    call.refuse("only bilinear samples beside borders or zeros can be expressed");
  }
  call.give_node("GridSample", {call[0].tensor(), call[1].tensor()},
                 {{"mode", graph.opset() >= kIsCalledLinear ? "linear" : "bilinear"},
                  {"padding_mode", call[3].integer() == 1 ? "border" : "zeros"},
                  {"align_corners", std::int64_t{call[4].flag() ? 1 : 0}}});
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
