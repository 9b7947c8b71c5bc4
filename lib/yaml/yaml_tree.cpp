#include "yaml/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/lines.h"

namespace sr::settings {
namespace {

using YAML::anchor_t;
using YAML::Mark;

[[noreturn]] void refuse(const Mark& mark, const std::string& what) {
  throw YAML::Exception(mark, what);
}

constexpr const char* kSecondDocument = "a second document; a configuration is one";

/// How much of the limits a value takes, with all that is in it.
struct Weight {
  std::size_t nodes = 1;
  std::size_t text = 0;
  int height = 0;  ///< levels below it

  void add(const Weight& inner) {
    nodes += inner.nodes;
    text += inner.text;
    height = std::max(height, inner.height + 1);
  }
};

/// Builds a tree of what yaml-cpp's parser reports, value by value, so that limits hold before
/// memory is taken. (Its own tree takes 75 times the text, and multiplies aliases without end.)
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& text, Findings* findings) : text_(text), findings_(findings) {}

  Node take_root() {
    for (std::size_t i = 0; i < root_.keys.size(); ++i) {
      root_.children[i].referred = referred_.contains(root_.keys[i]);
    }
    return std::move(root_);
  }

  void OnDocumentStart(const Mark& mark) override {
    if (!first_document_) {
      const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
      // The parser reports what it cannot use as one more document, without end.
      const bool stray =
          at < text_.size() && std::string_view(",]}").find(text_[at]) != std::string_view::npos;
      refuse(mark,
             stray ? fmt::format("'{}' belongs to nothing before it", text_[at]) : kSecondDocument);
    }
    first_document_ = false;
  }
  void OnDocumentEnd() override {}

  void OnNull(const Mark& mark, anchor_t anchor) override { leaf({}, mark, anchor); }

  void OnScalar(const Mark& mark, const std::string& tag, anchor_t anchor,
                const std::string& value) override {
    if (value.find('\0') != std::string::npos) {
      refuse(mark, "a value with a NUL character");
    }
    const bool quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    leaf(quoted ? text_node(value) : plain_node(value), mark, anchor);
  }

  void OnAlias(const Mark& mark, anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      refuse(mark, "an alias within its own anchor");
    }
    const Anchored& source = known->second;
    check_depth(mark, source.weight.height);
    charge(mark, source.weight);
    if (!frames_.empty() && frames_.front().key != source.section) {
      referred_.insert(source.section);
    }
    complete(source.node, source.weight, mark, 0);
  }

  void OnSequenceStart(const Mark& mark, const std::string& /*tag*/, anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(list_node({}), mark, anchor);
  }
  void OnMapStart(const Mark& mark, const std::string& /*tag*/, anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(map_node(), mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    merge(frames_.back());
    close();
  }

 private:
  /// A list or a map whose end has not come yet.
  struct Frame {
    Node node;
    Weight weight{};
    Mark mark{};
    anchor_t anchor = 0;
    bool has_key = false;   ///< a map: the next value belongs to `key`
    bool merges = false;    ///< and `key` is a merge key
    bool repeated = false;  ///< and `key` was there before
    std::string key{};
    Mark key_mark{};
    std::unordered_map<std::string, int> lines{};  ///< a map: of its keys
    std::vector<Node> merged{};                    ///< a map: what its merge keys name
  };
  struct Anchored {
    Node node;
    Weight weight;
    std::string section;  ///< the key at the top that it stands below
  };

  int line_of(const Mark& mark) const {
    return findings_ == nullptr ? kCommandLine : mark.line + 1;
  }

  void charge(const Mark& mark, const Weight& weight) {
    total_.nodes += weight.nodes;
    total_.text += weight.text;
    if (total_.nodes > kMostYamlNodes) {
      refuse(mark,
             fmt::format("more than {} values, those that aliases repeat counted", kMostYamlNodes));
    }
    if (total_.text > kMostYamlText) {
      refuse(mark,
             fmt::format("more than {} bytes of text, what aliases repeat counted", kMostYamlText));
    }
  }

  void check_depth(const Mark& mark, int height) const {
    if (static_cast<int>(frames_.size()) + height > kDeepestYaml) {
      refuse(mark, fmt::format("nested more than {} deep", kDeepestYaml));
    }
  }

  void leaf(Node node, const Mark& mark, anchor_t anchor) {
    const Weight weight{.text = node.text.size()};
    charge(mark, weight);
    complete(std::move(node), weight, mark, anchor);
  }

  void open(Node node, const Mark& mark, anchor_t anchor) {
    if (!frames_.empty() && frames_.back().node.is_map() && !frames_.back().has_key) {
      refuse(mark, "a key must be a word");
    }
    charge(mark, {});
    frames_.push_back({.node = std::move(node), .mark = mark, .anchor = anchor});
    check_depth(mark, 0);
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    complete(std::move(frame.node), frame.weight, frame.mark, frame.anchor);
  }

  /// A value is whole: it goes where it belongs.
  void complete(Node node, const Weight& weight, const Mark& mark, anchor_t anchor) {
    node.line = line_of(mark);
    if (anchor != 0) {
      charge(mark, weight);  // what is kept for its aliases
      anchors_[anchor] = {node, weight, frames_.empty() ? std::string() : frames_.front().key};
    }
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.is_map() && !frame.has_key) {
      start_entry(frame, std::move(node), mark);
      return;
    }
    frame.weight.add(weight);
    if (frame.node.is_list()) {
      frame.node.children.push_back(std::move(node));
    } else {
      add_entry(frame, std::move(node), mark);
    }
  }

  void start_entry(Frame& frame, Node key, const Mark& mark) {
    if (!key.is_scalar()) {
      refuse(mark, "a key must be a word");
    }
    frame.has_key = true;
    frame.merges = key.text == "<<" && !key.quoted;
    frame.key = std::move(key.text);
    frame.key_mark = mark;
    frame.weight.text += frame.key.size();
    if (frame.merges) {
      return;
    }
    if (frame.lines.size() == kMostYamlKeys) {
      refuse(mark, fmt::format("more than {} keys in one section", kMostYamlKeys));
    }
    const auto [known, is_new] = frame.lines.emplace(frame.key, line_of(mark));
    frame.repeated = !is_new;
    if (frame.repeated && findings_ == nullptr) {
      refuse(mark, fmt::format("'{}' is given twice", frame.key));
    }
    if (frame.repeated) {
      findings_->problem(line_of(mark), path(),
                         fmt::format("given twice, first in line {}", known->second));
    }
  }

  void add_entry(Frame& frame, Node value, const Mark& mark) {
    frame.has_key = false;
    if (frame.merges) {
      add_merged(frame, std::move(value), mark);
    } else if (!frame.repeated) {
      value.line = line_of(frame.key_mark);
      frame.node.add(frame.key, std::move(value));
    }
  }

  static void add_merged(Frame& frame, Node value, const Mark& mark) {
    std::vector<Node> sources;
    if (value.is_list()) {
      sources = std::move(value.children);
    } else if (!value.is_null()) {
      sources.push_back(std::move(value));
    }
    for (Node& source : sources) {
      if (!source.is_map()) {
        refuse(mark, "'<<' takes a section or a list of sections");
      }
      frame.merged.push_back(std::move(source));
    }
  }

  /// Adds what the merge keys of a map name and the map itself does not have.
  static void merge(Frame& frame) {
    for (Node& source : frame.merged) {
      for (std::size_t i = 0; i < source.keys.size(); ++i) {
        if (frame.lines.emplace(source.keys[i], source.children[i].line).second) {
          frame.node.add(std::move(source.keys[i]), std::move(source.children[i]));
        }
      }
    }
  }

  /// The full name of the entry that is being read: "train.losses.0.type".
  std::string path() const {
    std::string path;
    for (const Frame& frame : frames_) {
      path += (path.empty() ? "" : ".") +
              (frame.node.is_list() ? std::to_string(frame.node.children.size()) : frame.key);
    }
    return path;
  }

  const std::string& text_;
  Findings* findings_;
  Node root_;
  Weight total_{.nodes = 0};
  std::vector<Frame> frames_;  ///< from the outermost in
  std::map<anchor_t, Anchored> anchors_;
  std::set<std::string> referred_;  ///< keys at the top that aliases elsewhere repeat (a part of)
  bool first_document_ = true;
};

std::string_view line_at(std::string_view text, int line) {
  for (int i = 0; i < line; ++i) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = std::min(line.find_first_not_of(kBlanks), line.size());
  return line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
}

/// The ends of keys: colons that a blank or the end of the line follows.
std::size_t count_of_keys(std::string_view line) {
  std::size_t count = 0;
  for (std::size_t i = line.find(':'); i != std::string_view::npos; i = line.find(':', i + 1)) {
    count += i + 1 == line.size() || line[i + 1] == ' ' || line[i + 1] == '\t' ? 1 : 0;
  }
  return count;
}

/// U+00A0 or U+3000, which YAML takes for letters.
bool holds_odd_space(std::string_view line) {
  return line.find("\xC2\xA0") != std::string_view::npos ||
         line.find("\xE3\x80\x80") != std::string_view::npos;
}

/// What a line that should be 'key: value' has instead.
std::string instead_of_key(std::string_view line) {
  const auto holds = [&](std::string_view part) {
    return line.find(part) != std::string_view::npos;
  };
  if (holds_odd_space(line)) {
    return "a no-break or wide space, which looks like a space (copied from a page?)";
  }
  if (holds("\xEF\xBC\x9A")) {
    return "a wide colon";
  }
  if (holds(":")) {
    return "no space after the colon";
  }
  return holds("=") ? "'=' instead of ':'" : "no colon";
}

/// A line without a key where there must be one: yaml-cpp complains of the next line with a key,
/// because the text seems to go on there.
bool is_no_setting(std::string_view line) {
  if (line.empty() || holds_odd_space(line)) {
    return !line.empty();
  }
  const bool goes_on = std::string_view("-[]{}\"'").find(line[0]) != std::string_view::npos;
  return count_of_keys(line) == 0 &&
         (!goes_on || line.find_first_of(":=") != std::string_view::npos);
}

/// The line before `line` that is neither blank nor a comment, counted from 0; -1: none.
int line_of_text_before(std::string_view text, int line) {
  do {
    --line;
  } while (line >= 0 &&
           (trimmed(line_at(text, line)).empty() || trimmed(line_at(text, line)).starts_with('#')));
  return line;
}

YamlError no_setting(int line, std::string_view text) {
  constexpr std::size_t kShown = 60;
  return {line + 1, fmt::format("not valid YAML: expected 'key: value', got {} in '{}'",
                                instead_of_key(text), shortened(text, kShown))};
}

/// Of a document that begins at `line`, after another one: most are none that was meant.
YamlError second_document(std::string_view text, int line) {
  const int before = line_of_text_before(text, line);
  const std::string_view above = before < 0 ? "" : trimmed(line_at(text, before));
  if (line_at(text, line).starts_with("---") || above.starts_with("---") || before < 0) {
    return {line + 1, fmt::format("not valid YAML: {}", kSecondDocument)};
  }
  if (above.starts_with("...")) {
    return {line + 1, "not valid YAML: text behind '...', which ends the configuration"};
  }
  if (is_no_setting(above)) {
    return no_setting(before, above);
  }
  return {line + 1,
          "not valid YAML: what stands above is complete without this; settings are lines of "
          "'key: value'"};
}

/// yaml-cpp's words for a mistake and where it met it, or better ones where the cause is known.
YamlError explained(const YAML::Exception& error, const std::string& text) {
  if (text.empty() || error.mark.is_null()) {
    return {1, fmt::format("not valid YAML: {}", error.msg)};
  }
  const int here = error.mark.line;
  const std::string_view line = line_at(text, here);
  if (error.msg == kSecondDocument) {
    return second_document(text, here);
  }
  if (line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos) {
    return {here + 1, "not valid YAML: indented with a tab; YAML wants spaces"};
  }
  if (const std::size_t hole = line.find(": {}");
      hole != std::string_view::npos && line.find_first_not_of(" \t\r", hole + 4) == hole + 4) {
    return {here + 1,
            fmt::format("not valid YAML: text that begins with {{}} must be in quotes: '{}'",
                        line.substr(hole + 2))};
  }
  const auto column = static_cast<std::size_t>(std::max(error.mark.column, 0));
  if (error.msg == YAML::ErrorMsg::UNKNOWN_TOKEN && column < line.size() &&
      std::string_view("@`%").find(line[column]) != std::string_view::npos) {
    return {here + 1, "not valid YAML: text that begins with @, ` or % must be in quotes"};
  }
  if (error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW ||
      error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) {
    return {here + 1, "not valid YAML: a { or [ above is not closed"};
  }
  if (error.msg == YAML::ErrorMsg::MAP_VALUE && count_of_keys(trimmed(line)) > 1) {
    return {here + 1, "not valid YAML: a second ': '; a value that holds one must be in quotes"};
  }
  if (error.msg == YAML::ErrorMsg::MAP_VALUE || error.msg == YAML::ErrorMsg::END_OF_MAP) {
    const int before = line_of_text_before(text, here);
    if (before >= 0 && is_no_setting(trimmed(line_at(text, before)))) {
      return no_setting(before, trimmed(line_at(text, before)));
    }
  }
  if (error.msg == YAML::ErrorMsg::END_OF_MAP) {
    return {here + 1,
            "not valid YAML: the line is no key of the section above; a key is indented as its "
            "neighbours are"};
  }
  if (error.msg == YAML::ErrorMsg::MAP_VALUE) {
    return {here + 1,
            "not valid YAML: a key where none can stand; a key is indented as its neighbours are"};
  }
  return {here + 1, fmt::format("not valid YAML: {}", error.msg)};
}

/// The text with a line feed for each carriage return that stands alone: YAML takes both for the
/// end of a line, but yaml-cpp counts its lines, and ends its keys, by line feeds.
std::string with_line_feeds(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) {
      text[i] = '\n';
    }
  }
  return text;
}

}  // namespace

Node yaml_tree(const std::string& as_written, Findings* findings) {
  const std::string text = with_line_feeds(as_written);
  TreeBuilder builder(text, findings);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    throw explained(error, text);
  }
  return builder.take_root();
}

}  // namespace sr::settings
