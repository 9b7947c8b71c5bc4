#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <torch/torch.h>

#include "export/graph.h"
#include "export/recording.h"
#include "export/size_term.h"

// From what a pass did to a graph that does the same at every size.

namespace sr {

/// Why a network cannot be expressed: names the operator.
struct NotExportable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// There is no translation of it for any size.
struct UnknownOperator : NotExportable {
  using NotExportable::NotExportable;
};

/// Two passes over inputs of different sizes; or one, of the only size that the graph is for,
/// twice.
struct RecordedPasses {
  const Recording& first;
  const Recording& second;
  ImageSize first_size;
  ImageSize second_size;
};

/// Builds the graph of recorded passes. Values that are the same in both do not depend on the input
/// and become initializers; all others come from nodes, which the functions of operators() add.
class Lowering {
 public:
  /// `names`: what initializers are called.
  Lowering(const RecordedPasses& passes, int opset,
           std::map<const c10::TensorImpl*, std::string> names);

  /// Throws NotExportable.
  Graph run();

  int opset() const { return graph_.opset; }
  const RecordedPasses& passes() const { return passes_; }

  /// Adds a node with one output of `type` and returns that.
  std::string add(const std::string& op, const std::vector<std::string>& inputs,
                  at::ScalarType type, const std::map<std::string, Attribute>& attributes = {});
  std::string add_initializer(const at::Tensor& values, const std::string& name = "");
  std::string number(double value, at::ScalarType type);
  std::string integers(const std::vector<std::int64_t>& values);
  std::string cast(const std::string& name, at::ScalarType type);
  at::ScalarType type_of(const std::string& name) const;
  /// One dimension that depends on the input's size, as an integer [1].
  std::string size_value(const SizeTerm& term);

  /// Whether a recorded value is another one for another input.
  bool is_dynamic(int value);
  /// The name in the graph of a recorded value.
  std::string name_of(int value);
  void set_name(int value, const std::string& name) { names_[std::size_t(value)] = name; }
  const RecordedValue& first(int value) const { return passes_.first.values[std::size_t(value)]; }
  const RecordedValue& second(int value) const { return passes_.second.values[std::size_t(value)]; }

  /// A pixel unshuffle that becomes a part of the convolution behind it.
  struct Unshuffle {
    std::string input;
    std::int64_t factor = 1;
    std::int64_t channels = 0;  ///< of the input
  };
  std::map<int, Unshuffle> unshuffles;  ///< by their outputs

 private:
  void require_same_calls() const;
  std::vector<bool> needed_values();
  std::string add_unshuffle(const Unshuffle& unshuffle, at::ScalarType type);
  std::string name_constant(int value);
  void finish();

  const RecordedPasses& passes_;
  Graph graph_;
  std::vector<std::string> names_;            ///< of values; empty = not yet
  std::vector<std::optional<bool>> dynamic_;  ///< of values that do not follow from the input
  std::map<const c10::TensorImpl*, std::string> given_names_;
  std::map<std::string, std::string> known_numbers_;
  int next_ = 0;
};

/// One call in both passes, as the functions that translate it see it.
class OperatorCall {
 public:
  OperatorCall(Lowering& lowering, const RecordedCall& first, const RecordedCall& second)
      : lowering_(lowering), first_(first), second_(second) {}

  Lowering& graph() const { return lowering_; }
  std::size_t arguments() const { return first_.arguments.size(); }
  /// "aten::conv2d.padding".
  std::string title() const;
  const std::string& overload() const { return first_.overload; }
  [[noreturn]] void refuse(std::string_view reason) const;

  /// The recorded value of tensor argument `i`, or of element `k` of a list; -1 = undefined.
  int value(std::size_t i, std::size_t k = 0) const { return first_.arguments.at(i).values.at(k); }
  std::size_t count(std::size_t i) const { return first_.arguments.at(i).values.size(); }
  bool has_tensor(std::size_t i) const {
    return i < arguments() && !first_.arguments[i].values.empty() && value(i) >= 0;
  }
  bool is_none(std::size_t i) const;
  /// Its name in the graph, cast to the type of the result unless `as_it_is`.
  std::string tensor(std::size_t i, std::size_t k = 0) const;
  std::string tensor_as_it_is(std::size_t i, std::size_t k = 0) const;
  /// Its values; refuses one that depends on the input.
  at::Tensor constant(std::size_t i) const;
  std::int64_t rank(std::size_t i) const;
  const std::vector<std::int64_t>& sizes(std::size_t i) const;

  // Arguments that must not depend on the size.
  std::vector<std::int64_t> integers(std::size_t i) const;
  /// As many as the two axes of an image have.
  std::vector<std::int64_t> pair(std::size_t i) const;
  std::int64_t integer(std::size_t i, std::int64_t if_none = 0) const;
  /// An axis of argument 0, counted from the first.
  std::int64_t axis(std::size_t i) const;
  double real(std::size_t i) const;
  bool flag(std::size_t i) const;
  std::string text(std::size_t i) const;
  /// A number of pixels, perhaps one that depends on the size.
  SizeTerm length_term(std::size_t i) const;
  /// A number, perhaps one that depends on the size, as a value of a type.
  std::string scalar(std::size_t i, at::ScalarType type) const;
  std::string scalar(std::size_t i) const { return scalar(i, result_type()); }

  at::ScalarType result_type(std::size_t k = 0) const;
  const std::vector<std::int64_t>& result_sizes(std::size_t k = 0) const;
  const std::vector<std::int64_t>& second_result_sizes(std::size_t k = 0) const;
  std::size_t results() const { return first_.outputs.size(); }
  void give(const std::string& name, std::size_t k = 0) const;
  int result(std::size_t k = 0) const { return first_.outputs.at(k); }
  /// Adds a node whose output is the result.
  void give_node(const std::string& op, const std::vector<std::string>& inputs,
                 const std::map<std::string, Attribute>& attributes = {}) const;

 private:
  SizeTerm term(const c10::IValue& first, const c10::IValue& second) const;

  Lowering& lowering_;
  const RecordedCall& first_;
  const RecordedCall& second_;
};

using OperatorFunction = void (*)(const OperatorCall& call);

/// By name, of all operators that can be expressed.
const std::map<std::string_view, OperatorFunction>& operators();

}  // namespace sr
