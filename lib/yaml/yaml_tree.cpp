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

#include "yaml/yaml_mistake.h"

namespace sr::settings {
namespace {

using YAML::anchor_t;
using YAML::Mark;

[[noreturn]] void refuse(const Mark& mark, const std::string& what) {
  throw YAML::Exception(mark, what);
}

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
    last_quoted_ = quoted ? mark : Mark::null_mark();
    leaf(quoted ? text_node(value) : plain_node(value), mark, anchor);
  }

  /// yaml-cpp takes the end of the text for the end of quotes.
  void require_closed_quotes() const {
    const auto begin = static_cast<std::size_t>(std::max(last_quoted_.pos, 0));
    if (last_quoted_.is_null() || begin >= text_.size() ||
        (text_[begin] != '"' && text_[begin] != '\'')) {
      return;
    }
    const char quote = text_[begin];
    for (std::size_t i = begin + 1; i < text_.size(); ++i) {
      const bool doubled = quote == '\'' && text_.compare(i, 2, "''") == 0;
      if (doubled || (quote == '"' && text_[i] == '\\')) {
        ++i;  // stands for a quote, or with what follows it for something else
      } else if (text_[i] == quote) {
        return;
      }
    }
    refuse(last_quoted_, "quotes that begin here are not closed");
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
  Mark last_quoted_ = Mark::null_mark();  ///< of the last value, where it is in quotes
};

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
    builder.require_closed_quotes();
  } catch (const YAML::Exception& error) {
    throw explained(error, text);
  }
  return builder.take_root();
}

}  // namespace sr::settings
