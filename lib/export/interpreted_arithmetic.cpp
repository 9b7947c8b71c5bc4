#include <torch/torch.h>

#include "export/interpreted_node.h"
#include "export/onnx_types.h"

namespace sr {
namespace {

using Integers = std::vector<std::int64_t>;

at::Tensor add(const InterpretedNode& node) {
  return at::add(node.input(0), node.input(1));
}

at::Tensor subtract(const InterpretedNode& node) {
  return at::sub(node.input(0), node.input(1));
}

at::Tensor multiply(const InterpretedNode& node) {
  return at::mul(node.input(0), node.input(1));
}

at::Tensor divide(const InterpretedNode& node) {
  return at::isIntegralType(node.input(0).scalar_type(), false)
             ? at::div(node.input(0), node.input(1), "trunc")
             : at::div(node.input(0), node.input(1));
}

template <at::Tensor (*kFunction)(const at::Tensor&, const at::Tensor&)>
at::Tensor binary(const InterpretedNode& node) {
  return kFunction(node.input(0), node.input(1));
}

template <at::Tensor (*kFunction)(const at::Tensor&)>
at::Tensor unary(const InterpretedNode& node) {
  return kFunction(node.input(0));
}

at::Tensor softplus(const InterpretedNode& node) {
  return at::softplus(node.input(0));
}

at::Tensor leaky_relu(const InterpretedNode& node) {
  constexpr double kDefault = 0.01;
  return at::leaky_relu(node.input(0), node.real("alpha", kDefault));
}

at::Tensor elu(const InterpretedNode& node) {
  return at::elu(node.input(0), node.real("alpha", 1));
}

at::Tensor prelu(const InterpretedNode& node) {
  const at::Tensor x = node.input(0);
  return at::where(x > 0, x, x * node.input(1));
}

at::Tensor cast(const InterpretedNode& node) {
  const at::ScalarType type = type_of_onnx(node.integer("to", 0));
  if (type == at::ScalarType::Undefined) {
    node.refuse("to an unknown type");
  }
  return node.input(0).to(type);
}

Integers axes_of(const InterpretedNode& node) {
  return node.input(1).defined() ? node.numbers(1) : node.integers("axes", {});
}

bool keeps_axes(const InterpretedNode& node) {
  return node.integer("keepdims", 1) != 0;
}

at::Tensor mean(const InterpretedNode& node) {
  return at::mean(node.input(0), axes_of(node), keeps_axes(node));
}

at::Tensor sum(const InterpretedNode& node) {
  return at::sum(node.input(0), axes_of(node), keeps_axes(node));
}

at::Tensor largest(const InterpretedNode& node) {
  return at::amax(node.input(0), axes_of(node), keeps_axes(node));
}

at::Tensor range(const InterpretedNode& node) {
  return at::arange(node.input(0).item(), node.input(1).item(), node.input(2).item(),
                    node.input(0).options());
}

at::Tensor identity(const InterpretedNode& node) {
  return node.input(0);
}

}  // namespace

OperationTable interpreted_arithmetic() {
  return {{"Add", add},
          {"Sub", subtract},
          {"Mul", multiply},
          {"Div", divide},
          {"Pow", binary<at::pow>},
          {"Max", binary<at::maximum>},
          {"Min", binary<at::minimum>},
          {"Equal", binary<at::eq>},
          {"Greater", binary<at::gt>},
          {"GreaterOrEqual", binary<at::ge>},
          {"Less", binary<at::lt>},
          {"LessOrEqual", binary<at::le>},
          {"Not", unary<at::logical_not>},
          {"Relu", unary<at::relu>},
          {"Sigmoid", unary<at::sigmoid>},
          {"Tanh", unary<at::tanh>},
          {"Erf", unary<at::erf>},
          {"Exp", unary<at::exp>},
          {"Sqrt", unary<at::sqrt>},
          {"Abs", unary<at::abs>},
          {"Neg", unary<at::neg>},
          {"Reciprocal", unary<at::reciprocal>},
          {"Softplus", softplus},
          {"LeakyRelu", leaky_relu},
          {"Elu", elu},
          {"PRelu", prelu},
          {"Cast", cast},
          {"ReduceMean", mean},
          {"ReduceSum", sum},
          {"ReduceMax", largest},
          {"Range", range},
          {"Identity", identity}};
}

}  // namespace sr
