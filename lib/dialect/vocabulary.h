#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/node.h"

// What traiNNer-redux, its fork with dynamic sizes, BasicSR and Real-ESRGAN understand beyond the
// settings of our field tables: one table of their keys, one of their type names. Whatever is in
// neither is a mistake in the file.

namespace sr::settings {

enum class Support {
  kWorks,         ///< read, though it has no setting of its own
  kNoEffect,      ///< accepted, said once
  kSkipped,       ///< accepted, a warning says what is left out
  kNotAvailable,  ///< refused, with the nearest substitute; accepted when it is switched off
};

/// Keys of the peers in one section.
struct ForeignKeys {
  std::string_view section;  ///< "train.optim_g", "" at the top, "datasets" for every data set
  std::string_view keys;     ///< separated by spaces
  Support support;
  std::string_view inert;  ///< kNotAvailable: a value (or type in a section) that asks for nothing
  std::string_view text;   ///< why, or what to use instead
};
std::span<const ForeignKeys> foreign_keys();
const ForeignKeys* find_foreign_key(std::string_view section, std::string_view key);

/// True when a value of a key that is not available asks for nothing: null, false, 0, empty,
/// `enabled: false`, a loss of weight 0.
bool is_off(const Node& value);
/// True for the one other value that asks for nothing ("io_backend: {type: disk}").
bool is_inert(const Node& value, std::string_view inert);

enum class TypeKind { kNetwork, kDiscriminator, kDataset, kLoss, kOptimizer, kScheduler, kMetric };

/// Names that may stand after `type:`, ours (kWorks) and the peers'.
struct TypeNames {
  TypeKind kind;
  std::string_view names;  ///< separated by spaces, spelled as configurations store them
  Support support;
  std::string_view text;        ///< what it is, or what to use instead; empty for an alias
  std::string_view alias_of{};  ///< the working name that is stored instead
};
std::span<const TypeNames> type_names();

struct FoundType {
  std::string name;  ///< spelled as in the table
  Support support;
  std::string_view text;
};
/// Case-insensitive; nothing for a name in no row.
std::optional<FoundType> find_type(TypeKind kind, std::string_view name);
/// The names of a kind in the rows that `takes` holds for.
std::vector<std::string> names_of_types(TypeKind kind,
                                        const std::function<bool(const TypeNames&)>& takes);
std::vector<std::string> working_types(TypeKind kind);
/// "network", "data set", "loss" ... for messages.
std::string_view kind_name(TypeKind kind);

/// The words of a list separated by spaces.
std::vector<std::string> words(std::string_view list);

}  // namespace sr::settings
