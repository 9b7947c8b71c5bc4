#include <cmath>
#include <numbers>

#include "export/operator_groups.h"

namespace sr {
namespace {

using Names = std::vector<std::string>;

/// Argument `i`, a tensor or a number.
std::string operand(const OperatorCall& call, std::size_t i) {
  return call.has_tensor(i) ? call.tensor(i) : call.scalar(i);
}

/// `name` times argument `i`, a number that is 1 where it is left out.
std::string scaled(const OperatorCall& call, const std::string& name, std::size_t i) {
  if (i >= call.arguments() || call.is_none(i) || call.real(i) == 1) {
    return name;
  }
  return call.graph().add("Mul", {name, call.scalar(i)}, call.result_type());
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
  if (call.arguments() > 2 && !call.is_none(2)) {
    call.refuse("it rounds");
  }
  call.give_node("Div", {operand(call, 0), operand(call, 1)});
}

void addcmul(const OperatorCall& call) {
  const std::string product =
      call.graph().add("Mul", {call.tensor(1), call.tensor(2)}, call.result_type());
  call.give_node("Add", {call.tensor(0), scaled(call, product, 3)});
}

void power(const OperatorCall& call) {
  const std::string base = operand(call, 0);
  if (!call.has_tensor(1) && call.real(1) == 2) {
    call.give_node("Mul", {base, base});
  } else {
    call.give_node("Pow", {base, operand(call, 1)});
  }
}

/// In the type of the first argument.
template <const char* kOp>
void compare(const OperatorCall& call) {
  Lowering& graph = call.graph();
  const std::string first = call.tensor_as_it_is(0);
  const at::ScalarType type = graph.type_of(first);
  const std::string second =
      call.has_tensor(1) ? graph.cast(call.tensor_as_it_is(1), type) : call.scalar(1, type);
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
  call.give_node("Mul", {call.tensor(0), call.tensor(0)});
}

/// Of the same meaning in ONNX, without attributes.
template <const char* kOp>
void plain(const OperatorCall& call) {
  call.give_node(kOp, {call.tensor(0)});
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
  call.give_node("Reciprocal", {call.graph().add("Sqrt", {call.tensor(0)}, call.result_type())});
}

void leaky_relu(const OperatorCall& call) {
  call.give_node("LeakyRelu", {call.tensor(0)}, {{"alpha", call.real(1)}});
}

void elu(const OperatorCall& call) {
  if (call.real(2) != 1 || call.real(3) != 1) {
    call.refuse("it is scaled");
  }
  call.give_node("Elu", {call.tensor(0)}, {{"alpha", call.real(1)}});
}

/// A slope for each channel, as [C, 1, 1]: ONNX aligns shapes at their ends.
void prelu(const OperatorCall& call) {
  const at::Tensor slope = call.constant(1).flatten();
  const at::Tensor shaped =
      slope.numel() == 1 ? slope : slope.view(std::vector<std::int64_t>{slope.numel(), 1, 1});
  call.give_node("PRelu", {call.tensor(0), call.graph().add_initializer(shaped)});
}

void silu(const OperatorCall& call) {
  const std::string x = call.tensor(0);
  call.give_node("Mul", {x, call.graph().add("Sigmoid", {x}, call.result_type())});
}

void mish(const OperatorCall& call) {
  const std::string x = call.tensor(0);
  const std::string soft = call.graph().add("Softplus", {x}, call.result_type());
  call.give_node("Mul", {x, call.graph().add("Tanh", {soft}, call.result_type())});
}

/// x / 2 * (1 + erf(x / sqrt 2)), or by tanh (Hendrycks and Gimpel, 2016).
void gelu(const OperatorCall& call) {
  const at::ScalarType type = call.result_type();
  Lowering& graph = call.graph();
  const std::string x = call.tensor(0);
  const auto node = [&](const char* op, const Names& inputs) {
    return graph.add(op, inputs, type);
  };
  const auto number = [&](double value) { return graph.number(value, type); };
  const bool by_tanh = call.arguments() > 1;
  std::string gate;
  if (by_tanh && call.text(1) == "tanh") {
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
  std::string x = call.tensor(0);
  if (call.arguments() > 1 && !call.is_none(1)) {
    x = call.graph().add("Max", {x, call.scalar(1)}, call.result_type());
  }
  if (call.arguments() > 2 && !call.is_none(2)) {
    x = call.graph().add("Min", {x, call.scalar(2)}, call.result_type());
  }
  call.give(x);
}

void clamp_min(const OperatorCall& call) {
  call.give_node("Max", {call.tensor(0), call.scalar(1)});
}

/// Axes of argument `i`, from the front; all where it is left out.
std::vector<std::int64_t> axes_of(const OperatorCall& call, std::size_t i) {
  std::vector<std::int64_t> axes;
  if (!call.is_none(i)) {
    axes = call.integers(i);
  }
  for (std::int64_t axis = 0; axes.empty() && axis < call.rank(0); ++axis) {
    axes.push_back(axis);
  }
  for (std::int64_t& axis : axes) {
    axis += axis < 0 ? call.rank(0) : 0;
  }
  return axes;
}

void mean(const OperatorCall& call) {
  call.give(reduced(call.graph(), {"ReduceMean", call.tensor(0), axes_of(call, 1), call.flag(2)},
                    call.result_type()));
}

void sum(const OperatorCall& call) {
  call.give(reduced(call.graph(), {"ReduceSum", call.tensor(0), axes_of(call, 1), call.flag(2)},
                    call.result_type()));
}

void amax(const OperatorCall& call) {
  call.give(reduced(call.graph(), {"ReduceMax", call.tensor(0), axes_of(call, 1), call.flag(2)},
                    call.result_type()));
}

/// In single precision: a sum of squares leaves float16's range.
void norm(const OperatorCall& call) {
  if (call.is_none(1) ? false : call.real(1) != 2) {
    call.refuse("only the Euclidean norm can be expressed");
  }
  Lowering& graph = call.graph();
  const std::string x = graph.cast(call.tensor(0), at::kFloat);
  const std::string squares = graph.add("Mul", {x, x}, at::kFloat);
  const std::string sums =
      reduced(graph, {"ReduceSum", squares, axes_of(call, 2), call.flag(3)}, at::kFloat);
  call.give(graph.cast(graph.add("Sqrt", {sums}, at::kFloat), call.result_type()));
}

/// The integers from 0 (or a first one) to below a number that may depend on the size.
void arange(const OperatorCall& call) {
  if (call.overload() != "") {
    call.refuse("only arange(end) can be expressed");
  }
  Lowering& graph = call.graph();
  const SizeTerm end = call.length_term(0);
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
