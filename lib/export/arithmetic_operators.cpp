#include <cmath>
#include <numbers>

#include "export/operator_groups.h"

namespace sr {
namespace {

using Names = std::vector<std::string>;

/// Argument `i`, a tensor or a number.
std::string operand(const OperatorCall& call, std::size_t i) {
  return call[i].is_tensor() ? call[i].tensor() : call[i].scalar();
}

/// `name` times argument `i`, a number that is 1 where it is left out.
std::string scaled(const OperatorCall& call, const std::string& name, std::size_t i) {
  if (call[i].is_none() || call[i].real() == 1) {
    return name;
  }
  return call.graph().add("Mul", {name, call[i].scalar()}, call.result_type());
}

void add(const OperatorCall& call) {
  call.give_node("Add", {operand(call, 0), scaled(call, operand(call, 1), 2)});
}

void sub(const OperatorCall& call) {
  call.give_node("Sub", {operand(call, 0), scaled(call, operand(call, 1), 2)});
}

void rsub(const OperatorCall& call) {
  call.give_node("Sub", {operand(call, 1), scaled(call, operand(call, 0), 2)});
}

void mul(const OperatorCall& call) {
  call.give_node("Mul", {operand(call, 0), operand(call, 1)});
}

void div(const OperatorCall& call) {
  if (!call[2].is_none()) {
    call.refuse("it rounds");
  }
  call.give_node("Div", {operand(call, 0), operand(call, 1)});
}

void addcmul(const OperatorCall& call) {
  const std::string product =
      call.graph().add("Mul", {call[1].tensor(), call[2].tensor()}, call.result_type());
  call.give_node("Add", {call[0].tensor(), scaled(call, product, 3)});
}

void power(const OperatorCall& call) {
  const std::string base = operand(call, 0);
  if (!call[1].is_tensor() && call[1].real() == 2) {
    call.give_node("Mul", {base, base});
  } else {
    call.give_node("Pow", {base, operand(call, 1)});
  }
}

/// In the type of the first argument.
template <const char* kOp>
void compare(const OperatorCall& call) {
  Lowering& graph = call.graph();
  const std::string first = call[0].tensor_as_it_is();
  const at::ScalarType type = graph.type_of(first);
  const std::string second =
      call[1].is_tensor() ? graph.cast(call[1].tensor_as_it_is(), type) : call[1].scalar(type);
  call.give_node(kOp, {first, second});
}

constexpr char kEqual[] = "Equal";
constexpr char kGreater[] = "Greater";
constexpr char kGreaterOrEqual[] = "GreaterOrEqual";
constexpr char kLess[] = "Less";
constexpr char kLessOrEqual[] = "LessOrEqual";

void not_equal(const OperatorCall& call) {
  compare<kEqual>(call);
  call.give_node("Not", {call.graph().name_of(call.result())});
}

void square(const OperatorCall& call) {
  call.give_node("Mul", {call[0].tensor(), call[0].tensor()});
}

/// Of the same meaning in ONNX, without attributes.
template <const char* kOp>
void plain(const OperatorCall& call) {
  call.give_node(kOp, {call[0].tensor()});
}

constexpr char kRelu[] = "Relu";
constexpr char kSigmoid[] = "Sigmoid";
constexpr char kTanh[] = "Tanh";
constexpr char kSoftplus[] = "Softplus";
constexpr char kErf[] = "Erf";
constexpr char kExp[] = "Exp";
constexpr char kSqrt[] = "Sqrt";
constexpr char kAbs[] = "Abs";
constexpr char kNeg[] = "Neg";
constexpr char kReciprocal[] = "Reciprocal";

void rsqrt(const OperatorCall& call) {
  call.give_node("Reciprocal", {call.graph().add("Sqrt", {call[0].tensor()}, call.result_type())});
}

void leaky_relu(const OperatorCall& call) {
  call.give_node("LeakyRelu", {call[0].tensor()}, {{"alpha", call[1].real()}});
}

void elu(const OperatorCall& call) {
  if (call[2].real() != 1 || call[3].real() != 1) {
    call.refuse("it is scaled");
  }
  call.give_node("Elu", {call[0].tensor()}, {{"alpha", call[1].real()}});
}

/// A slope for each channel, as [C, 1, 1]: ONNX aligns shapes at their ends.
void prelu(const OperatorCall& call) {
  const at::Tensor slope = call[1].constant().flatten();
  const at::Tensor shaped =
      slope.numel() == 1 ? slope : slope.view(std::vector<std::int64_t>{slope.numel(), 1, 1});
  call.give_node("PRelu", {call[0].tensor(), call.graph().add_initializer(shaped)});
}

void silu(const OperatorCall& call) {
  const std::string x = call[0].tensor();
  call.give_node("Mul", {x, call.graph().add("Sigmoid", {x}, call.result_type())});
}

void mish(const OperatorCall& call) {
  const std::string x = call[0].tensor();
  const std::string soft = call.graph().add("Softplus", {x}, call.result_type());
  call.give_node("Mul", {x, call.graph().add("Tanh", {soft}, call.result_type())});
}

/// x / 2 * (1 + erf(x / sqrt 2)), or by tanh (Hendrycks and Gimpel, 2016).
void gelu(const OperatorCall& call) {
  const at::ScalarType type = call.result_type();
  Lowering& graph = call.graph();
  const std::string x = call[0].tensor();
  const auto node = [&](const char* op, const Names& inputs) {
    return graph.add(op, inputs, type);
  };
  const auto number = [&](double value) { return graph.number(value, type); };
  std::string gate;
  if (!call[1].is_none() && call[1].text() == "tanh") {
    constexpr double kCubic = 0.044715;
    const std::string cube = node("Mul", {node("Mul", {x, x}), x});
    const std::string inside = node("Add", {x, node("Mul", {cube, number(kCubic)})});
    gate = node("Tanh", {node("Mul", {inside, number(std::sqrt(2 / std::numbers::pi))})});
  } else {
    gate = node("Erf", {node("Mul", {x, number(1 / std::numbers::sqrt2)})});
  }
  const std::string half = node("Mul", {x, number(0.5)});
  call.give_node("Mul", {half, node("Add", {gate, number(1)})});
}

void clamp(const OperatorCall& call) {
  std::string x = call[0].tensor();
  if (!call[1].is_none()) {
    x = call.graph().add("Max", {x, call[1].scalar()}, call.result_type());
  }
  if (!call[2].is_none()) {
    x = call.graph().add("Min", {x, call[2].scalar()}, call.result_type());
  }
  call.give(x);
}

void clamp_min(const OperatorCall& call) {
  call.give_node("Max", {call[0].tensor(), call[1].scalar()});
}

/// Axes of argument `i`, from the front; all where it is left out.
std::vector<std::int64_t> axes_of(const OperatorCall& call, std::size_t i) {
  std::vector<std::int64_t> axes;
  if (!call[i].is_none()) {
    axes = call[i].integers();
  }
  for (std::int64_t axis = 0; axes.empty() && axis < call[0].rank(); ++axis) {
    axes.push_back(axis);
  }
  for (std::int64_t& axis : axes) {
    axis += axis < 0 ? call[0].rank() : 0;
  }
  return axes;
}

void mean(const OperatorCall& call) {
  call.give(reduced(call.graph(),
                    {"ReduceMean", call[0].tensor(), axes_of(call, 1), call[2].flag()},
                    call.result_type()));
}

void sum(const OperatorCall& call) {
  call.give(reduced(call.graph(), {"ReduceSum", call[0].tensor(), axes_of(call, 1), call[2].flag()},
                    call.result_type()));
}

void amax(const OperatorCall& call) {
  call.give(reduced(call.graph(), {"ReduceMax", call[0].tensor(), axes_of(call, 1), call[2].flag()},
                    call.result_type()));
}

/// In single precision: a sum of squares leaves float16's range.
void norm(const OperatorCall& call) {
  if (!call[1].is_none() && call[1].real() != 2) {
    call.refuse("only the Euclidean norm can be expressed");
  }
  Lowering& graph = call.graph();
  const std::string x = graph.cast(call[0].tensor(), at::kFloat);
  const std::string squares = graph.add("Mul", {x, x}, at::kFloat);
  const std::string sums =
      reduced(graph, {"ReduceSum", squares, axes_of(call, 2), call[3].flag()}, at::kFloat);
  call.give(graph.cast(graph.add("Sqrt", {sums}, at::kFloat), call.result_type()));
}

/// The integers from 0 (or a first one) to below a number that may depend on the size.
void arange(const OperatorCall& call) {
  if (call.overload() != "") {
    call.refuse("only arange(end) can be expressed");
  }
  Lowering& graph = call.graph();
  const SizeTerm end = call[0].length();
  const std::string last =
      graph.add("Squeeze", {graph.size_value(end), graph.integers({0})}, at::kLong);
  const std::string range =
      graph.add("Range", {graph.number(0, at::kLong), last, graph.number(1, at::kLong)}, at::kLong);
  call.give(graph.cast(range, call.result_type()));
}

}  // namespace

std::string reduced(Lowering& graph, const Reduction& reduction, at::ScalarType type) {
  std::map<std::string, Attribute> attributes{
      {"keepdims", std::int64_t{reduction.keeps_axes ? 1 : 0}}};
  Names inputs{reduction.input};
  constexpr int kAxesAreAnInput = 18;  // from this opset on; of sums from 13
  if (reduction.op == "ReduceSum" || graph.opset() >= kAxesAreAnInput) {
    inputs.push_back(graph.integers(reduction.axes));
  } else {
    attributes["axes"] = reduction.axes;
  }
  return graph.add(reduction.op, inputs, type, attributes);
}

OperatorTable arithmetic_operators() {
  return {{"add", add},
          {"sub", sub},
          {"rsub", rsub},
          {"mul", mul},
          {"div", div},
          {"addcmul", addcmul},
          {"pow", power},
          {"square", square},
          {"eq", compare<kEqual>},
          {"ne", not_equal},
          {"gt", compare<kGreater>},
          {"ge", compare<kGreaterOrEqual>},
          {"lt", compare<kLess>},
          {"le", compare<kLessOrEqual>},
          {"relu", plain<kRelu>},
          {"sigmoid", plain<kSigmoid>},
          {"tanh", plain<kTanh>},
          {"softplus", plain<kSoftplus>},
          {"erf", plain<kErf>},
          {"exp", plain<kExp>},
          {"sqrt", plain<kSqrt>},
          {"abs", plain<kAbs>},
          {"neg", plain<kNeg>},
          {"reciprocal", plain<kReciprocal>},
          {"rsqrt", rsqrt},
          {"leaky_relu", leaky_relu},
          {"elu", elu},
          {"prelu", prelu},
          {"silu", silu},
          {"mish", mish},
          {"gelu", gelu},
          {"clamp", clamp},
          {"clamp_min", clamp_min},
          {"mean", mean},
          {"sum", sum},
          {"amax", amax},
          {"norm", norm},
          {"linalg_vector_norm", norm},
          {"arange", arange}};
}

}  // namespace sr
