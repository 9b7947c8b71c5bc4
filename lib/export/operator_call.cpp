#include <algorithm>

#include <fmt/format.h>

#include "export/lowering.h"

namespace sr {

std::string OperatorCall::title() const {
  return "aten::" + first_.name + (first_.overload.empty() ? "" : "." + first_.overload);
}

void OperatorCall::refuse(std::string_view reason) const {
  throw NotExportable(fmt::format("{}: {}", title(), reason));
}

bool OperatorCall::is_none(std::size_t i) const {
  return i >= arguments() || (first_.arguments[i].values.empty() && !first_.arguments[i].is_list &&
                              first_.arguments[i].other.isNone());
}

std::string OperatorCall::tensor_as_it_is(std::size_t i, std::size_t k) const {
  return lowering_.name_of(value(i, k));
}

std::string OperatorCall::tensor(std::size_t i, std::size_t k) const {
  return lowering_.cast(tensor_as_it_is(i, k), result_type());
}

at::Tensor OperatorCall::constant(std::size_t i) const {
  if (lowering_.is_dynamic(value(i))) {
    refuse(fmt::format("its argument {} depends on the image", i + 1));
  }
  return lowering_.first(value(i)).constant;
}

const std::vector<std::int64_t>& OperatorCall::sizes(std::size_t i) const {
  return lowering_.first(value(i)).sizes;
}

std::int64_t OperatorCall::rank(std::size_t i) const {
  return static_cast<std::int64_t>(sizes(i).size());
}

namespace {

std::vector<std::int64_t> list_of(const c10::IValue& value) {
  return value.isInt() ? std::vector<std::int64_t>{value.toInt()} : value.toIntVector();
}

bool is_integers(const c10::IValue& value) {
  return value.isInt() || value.isIntList();
}

}  // namespace

std::vector<std::int64_t> OperatorCall::integers(std::size_t i) const {
  const c10::IValue& one = first_.arguments.at(i).other;
  const c10::IValue& other = second_.arguments.at(i).other;
  if (!is_integers(one) || !is_integers(other)) {
    refuse(fmt::format("its argument {} is no list of integers", i + 1));
  }
  std::vector<std::int64_t> list = list_of(one);
  if (list != list_of(other)) {
    refuse(fmt::format("its argument {} depends on the size of the image", i + 1));
  }
  return list;
}

std::vector<std::int64_t> OperatorCall::pair(std::size_t i) const {
  std::vector<std::int64_t> list = integers(i);
  if (list.size() == 1) {
    list.push_back(list[0]);
  }
  return list;
}

std::int64_t OperatorCall::integer(std::size_t i, std::int64_t if_none) const {
  return is_none(i) ? if_none : integers(i).at(0);
}

std::int64_t OperatorCall::axis(std::size_t i) const {
  const std::int64_t axis = integer(i);
  return axis < 0 ? axis + rank(0) : axis;
}

SizeTerm OperatorCall::term(const c10::IValue& first, const c10::IValue& second) const {
  if (!first.isScalar() || !second.isScalar()) {
    refuse("takes something else than a number");
  }
  const RecordedPasses& passes = lowering_.passes();
  const auto found = size_term(first.toScalar().toDouble(), second.toScalar().toDouble(),
                               passes.first_size, passes.second_size);
  if (!found) {
    refuse("a number depends on the size of the image in a way that is not known");
  }
  return *found;
}

double OperatorCall::real(std::size_t i) const {
  const SizeTerm found = term(first_.arguments.at(i).other, second_.arguments.at(i).other);
  if (!found.is_constant()) {
    refuse(fmt::format("its argument {} depends on the size of the image", i + 1));
  }
  return found.coefficient;
}

bool OperatorCall::flag(std::size_t i) const {
  return !is_none(i) && first_.arguments.at(i).other.toBool();
}

std::string OperatorCall::text(std::size_t i) const {
  return first_.arguments.at(i).other.toStringRef();
}

SizeTerm OperatorCall::length_term(std::size_t i) const {
  return term(first_.arguments.at(i).other, second_.arguments.at(i).other);
}

std::string OperatorCall::scalar(std::size_t i, at::ScalarType type) const {
  const SizeTerm found = term(first_.arguments.at(i).other, second_.arguments.at(i).other);
  if (found.is_constant()) {
    return lowering_.number(found.coefficient, type);
  }
  if (at::isIntegralType(type, /*includeBool=*/false)) {
    return lowering_.size_value(found);
  }
  SizeTerm above{1, {}};
  SizeTerm below{1, {}};
  for (std::size_t axis = 0; axis < found.powers.size(); ++axis) {
    above.powers[axis] = std::max(found.powers[axis], 0);
    below.powers[axis] = std::max(-found.powers[axis], 0);
  }
  std::string value = lowering_.number(found.coefficient, type);
  if (!above.is_constant()) {
    value = lowering_.add("Mul", {value, lowering_.cast(lowering_.size_value(above), type)}, type);
  }
  if (!below.is_constant()) {
    value = lowering_.add("Div", {value, lowering_.cast(lowering_.size_value(below), type)}, type);
  }
  return value;
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
