#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sr::settings {

/// What is wrong with a value, or nothing.
using Problem = std::optional<std::string>;

/// Where a key belongs that is not known where it stands, for messages; nothing when that is not
/// known either.
using PlaceOfKey = std::optional<std::string>(const std::string& key);

/// Collects what there is to say about a configuration, so that the user hears all of it at once.
/// Whatever keys and values hold, it comes out as printable text of bounded length.
class Findings {
 public:
  /// `file` is shown in front of line numbers, as the user wrote it.
  explicit Findings(const std::string& file, PlaceOfKey* place_of_key = nullptr);

  /// Something that must be changed. `line` as in Node, `key` is the full path: "train.optim_g.lr".
  void problem(int line, std::string_view key, std::string_view what);
  /// A key without effect; keys that share a reason are told in one line.
  void no_effect(std::string_view key, std::string_view reason);
  void notice(std::string_view text);
  void warning(std::string_view text);

  std::optional<std::string> place_of(const std::string& key) const {
    return place_of_key_ != nullptr ? place_of_key_(key) : std::nullopt;
  }

  /// Throws ConfigError with every problem (the first hundred), in the order of the file, the
  /// command line last.
  void throw_problems() const;

  std::vector<std::string> notices() const;
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Told {
    int line;
    std::string text;
  };
  struct Group {
    std::string reason;
    std::vector<std::string> keys;
  };
  std::string file_;
  PlaceOfKey* place_of_key_;
  std::vector<Told> problems_;
  std::unordered_set<std::string> told_;  ///< texts of problems_
  std::vector<Group> without_effect_;
  std::vector<std::string> notices_;
  std::vector<std::string> warnings_;
};

}  // namespace sr::settings
