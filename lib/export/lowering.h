#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
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

}  // namespace sr
