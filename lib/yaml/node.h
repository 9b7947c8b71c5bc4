#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A YAML document as a plain tree that knows on which line every value stands. The reader builds
// one from a file and the command line, the writer builds one from a Config: field tables only ever
// see this.

namespace sr::settings {

/// Line number of values that came from --set.
inline constexpr int kCommandLine = 0;

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  int line = kCommandLine;  ///< of the key that holds it; 1-based, or kCommandLine
  std::string text;         ///< kScalar
  bool quoted = false;      ///< kScalar: text in quotes is never a number, a truth value or null
  bool referred = false;    ///< at the top of a file: aliases elsewhere repeat it, or a part of it
  std::vector<std::string> keys;  ///< kMap: in file order, one for each child
  std::vector<Node> children;     ///< kMap and kList

  bool is_null() const { return kind == Kind::kNull; }
  bool is_map() const { return kind == Kind::kMap; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_scalar() const { return kind == Kind::kScalar; }

  /// The child of a map, null when there is none (or this is no map).
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  void add(std::string key, Node value);
  /// Adds the children of another map.
  void add_all(Node other);

  /// true/false/yes/no/on/off as in YAML 1.1.
  std::optional<bool> boolean() const;
  /// 100, 5e3, 100_000; nothing when the value is not a whole number that fits.
  std::optional<std::int64_t> integer() const;
  /// Finite numbers only.
  std::optional<double> number() const;

  /// For messages: 'abc', a list, a section, nothing.
  std::string shown() const;
};

Node null_node();
Node text_node(std::string text);   ///< a string, whatever it looks like
Node plain_node(std::string text);  ///< a word, number or truth value
Node node_of(bool value);
Node node_of(std::int64_t value);
Node node_of(double value);
Node list_node(std::vector<Node> items);
Node map_node();

/// A section with those of its keys that `wanted` holds for.
template <typename Predicate>
Node filtered(const Node& map, Predicate wanted) {
  Node part;
  part.kind = map.kind;
  part.line = map.line;
  part.text = map.text;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (wanted(map.keys[i])) {
      part.add(map.keys[i], map.children[i]);
    }
  }
  return part;
}

/// The node at a path such as "train.losses.0.type", null when it is not there.
const Node* find_path(const Node& root, std::string_view path);

/// True when there is one and it is not null.
bool is_given(const Node& root, std::string_view path);

/// The line of that node or, when it is not there, of its nearest parent.
int line_of(const Node& root, std::string_view path);

}  // namespace sr::settings
