#include "export/operator_call.h"

#include <algorithm>

#include <fmt/format.h>

namespace sr {

const RecordedArgument& CallArgument::recorded() const {
  return call_.first_.arguments.at(index_);
}

void CallArgument::refuse(std::string_view what) const {
  call_.refuse(fmt::format("its argument {} {}", index_ + 1, what));
}

bool CallArgument::is_none() const {
  return index_ >= call_.first_.arguments.size() ||
         (recorded().values.empty() && !recorded().is_list && recorded().other.isNone());
}

bool CallArgument::is_tensor() const {
  return index_ < call_.first_.arguments.size() && !recorded().values.empty() && value() >= 0;
}

std::string CallArgument::tensor_as_it_is(std::size_t k) const {
  return call_.graph().name_of(value(k));
}

std::string CallArgument::tensor(std::size_t k) const {
  return call_.graph().cast(tensor_as_it_is(k), call_.result_type());
}

at::Tensor CallArgument::constant() const {
  if (call_.graph().is_dynamic(value())) {
    refuse("depends on the image");
  }
  return call_.graph().first(value()).constant;
}

const std::vector<std::int64_t>& CallArgument::sizes() const {
  return call_.graph().first(value()).sizes;
}

const std::vector<std::int64_t>& CallArgument::second_sizes() const {
  return call_.graph().second(value()).sizes;
}

std::int64_t CallArgument::rank() const {
  return static_cast<std::int64_t>(sizes().size());
}

namespace {

std::vector<std::int64_t> list_of(const c10::IValue& value) {
  return value.isInt() ? std::vector<std::int64_t>{value.toInt()} : value.toIntVector();
}

bool is_integers(const c10::IValue& value) {
  return value.isInt() || value.isIntList();
}

}  // namespace

std::vector<std::int64_t> CallArgument::integers() const {
  const c10::IValue& one = recorded().other;
  const c10::IValue& other = call_.second_.arguments.at(index_).other;
  if (!is_integers(one) || !is_integers(other)) {
    refuse("is no list of integers");
  }
  std::vector<std::int64_t> list = list_of(one);
  if (list != list_of(other)) {
    refuse("depends on the size of the image");
  }
  return list;
}

std::vector<std::int64_t> CallArgument::pair() const {
  std::vector<std::int64_t> list = integers();
  if (list.size() == 1) {
    list.push_back(list[0]);
  }
  return list;
}

std::int64_t CallArgument::integer(std::int64_t if_none) const {
  return is_none() ? if_none : integers().at(0);
}

std::int64_t CallArgument::axis() const {
  const std::int64_t axis = integer();
  return axis < 0 ? axis + call_[0].rank() : axis;
}

double CallArgument::real() const {
  const SizeTerm found = length();
  if (!found.is_constant()) {
    refuse("depends on the size of the image");
  }
  return found.coefficient;
}

bool CallArgument::flag() const {
  return !is_none() && recorded().other.toBool();
}

std::string CallArgument::text() const {
  return recorded().other.toStringRef();
}

SizeTerm CallArgument::length() const {
  const c10::IValue& first = recorded().other;
  const c10::IValue& second = call_.second_.arguments.at(index_).other;
  if (!first.isScalar() || !second.isScalar()) {
    call_.refuse("takes something else than a number");
  }
  const RecordedPasses& passes = call_.graph().passes();
  const auto found = size_term(first.toScalar().toDouble(), second.toScalar().toDouble(),
                               passes.first_size, passes.second_size);
  if (!found) {
    call_.refuse("a number depends on the size of the image in a way that is not known");
  }
  return *found;
}

std::string CallArgument::scalar() const {
  return scalar(call_.result_type());
}

std::string CallArgument::scalar(at::ScalarType type) const {
  Lowering& graph = call_.graph();
  const SizeTerm found = length();
  if (found.is_constant()) {
    return graph.number(found.coefficient, type);
  }
  if (at::isIntegralType(type, /*includeBool=*/false)) {
    return graph.size_value(found);
  }
  SizeTerm above{1, {}};
  SizeTerm below{1, {}};
  for (std::size_t axis = 0; axis < found.powers.size(); ++axis) {
    above.powers[axis] = std::max(found.powers[axis], 0);
    below.powers[axis] = std::max(-found.powers[axis], 0);
  }
  std::string value = graph.number(found.coefficient, type);
  if (!above.is_constant()) {
    value = graph.add("Mul", {value, graph.cast(graph.size_value(above), type)}, type);
  }
  if (!below.is_constant()) {
    value = graph.add("Div", {value, graph.cast(graph.size_value(below), type)}, type);
  }
  return value;
}

std::string OperatorCall::title() const {
  return "aten::" + first_.name + (first_.overload.empty() ? "" : "." + first_.overload);
}

void OperatorCall::refuse(std::string_view reason) const {
  throw NotExportable(fmt::format("{}: {}", title(), reason));
}

at::ScalarType OperatorCall::result_type(std::size_t k) const {
  return lowering_.first(result(k)).type;
}

const std::vector<std::int64_t>& OperatorCall::result_sizes(std::size_t k) const {
  return lowering_.first(result(k)).sizes;
}

const std::vector<std::int64_t>& OperatorCall::second_result_sizes(std::size_t k) const {
  return lowering_.second(result(k)).sizes;
}

void OperatorCall::give(const std::string& name, std::size_t k) const {
  lowering_.set_name(result(k), name);
}

void OperatorCall::give_node(const std::string& op, const std::vector<std::string>& inputs,
                             const std::map<std::string, Attribute>& attributes) const {
  give(lowering_.add(op, inputs, result_type(), attributes));
}

}  // namespace sr
