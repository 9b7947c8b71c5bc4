#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "export/lowering.h"

// One call in both passes, as the functions that translate it see it.

namespace sr {

class OperatorCall;

/// One argument. What is read as numbers must not depend on the size of the image, unless the
/// function says otherwise; each refuses the call where that does not hold.
class CallArgument {
 public:
  /// Also of one that the call does not have.
  bool is_none() const;
  bool is_tensor() const;

  /// The recorded value of a tensor, or of element `k` of a list; -1 = undefined.
  int value(std::size_t k = 0) const { return recorded().values.at(k); }
  std::size_t count() const { return recorded().values.size(); }
  /// Its name in the graph: cast to the type of the result, or as it is.
  std::string tensor(std::size_t k = 0) const;
  std::string tensor_as_it_is(std::size_t k = 0) const;
  /// Its values; refuses one that depends on the input.
  at::Tensor constant() const;
  std::int64_t rank() const;
  const std::vector<std::int64_t>& sizes() const;
  const std::vector<std::int64_t>& second_sizes() const;  ///< in the second pass

  std::vector<std::int64_t> integers() const;
  /// As many as the two axes of an image have.
  std::vector<std::int64_t> pair() const;
  std::int64_t integer(std::int64_t if_none = 0) const;
  /// An axis of argument 0, counted from the first.
  std::int64_t axis() const;
  double real() const;
  bool flag() const;
  std::string text() const;
  /// A number of pixels, perhaps one that depends on the size.
  SizeTerm length() const;
  /// A number, perhaps one that depends on the size, as a value of a type.
  std::string scalar(at::ScalarType type) const;
  std::string scalar() const;  ///< of the result's

 private:
  friend OperatorCall;
  CallArgument(const OperatorCall& call, std::size_t index) : call_(call), index_(index) {}

  const RecordedArgument& recorded() const;
  [[noreturn]] void refuse(std::string_view what) const;

  const OperatorCall& call_;
  std::size_t index_;
};

class OperatorCall {
 public:
  OperatorCall(Lowering& lowering, const RecordedCall& first, const RecordedCall& second)
      : lowering_(lowering), first_(first), second_(second) {}

  Lowering& graph() const { return lowering_; }
  CallArgument operator[](std::size_t i) const { return {*this, i}; }
  /// "aten::conv2d.padding".
  std::string title() const;
  const std::string& overload() const { return first_.overload; }
  [[noreturn]] void refuse(std::string_view reason) const;

  std::size_t results() const { return first_.outputs.size(); }
  int result(std::size_t k = 0) const { return first_.outputs.at(k); }
  at::ScalarType result_type(std::size_t k = 0) const;
  const std::vector<std::int64_t>& result_sizes(std::size_t k = 0) const;
  const std::vector<std::int64_t>& second_result_sizes(std::size_t k = 0) const;
  void give(const std::string& name, std::size_t k = 0) const;
  /// Adds a node whose output is the result.
  void give_node(const std::string& op, const std::vector<std::string>& inputs,
                 const std::map<std::string, Attribute>& attributes = {}) const;

 private:
  friend CallArgument;

  Lowering& lowering_;
  const RecordedCall& first_;
  const RecordedCall& second_;
};

using OperatorFunction = void (*)(const OperatorCall& call);

/// By name, of all operators that can be expressed.
const std::map<std::string_view, OperatorFunction>& operators();

}  // namespace sr
