#include "config/read_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "core/error.h"

namespace sr::settings {
namespace {

// A configuration is small; more than this is a bomb made of aliases, or an alias inside its own
// anchor.
constexpr int kMostNodes = 100'000;
constexpr int kDeepest = 64;

/// Copies yaml-cpp's nodes, with the lines of their keys, into a Node tree.
class Builder {
 public:
  /// `first_line` is added to yaml-cpp's 0-based lines; kCommandLine gives every node that line.
  Builder(int first_line, Findings* findings) : first_line_(first_line), findings_(findings) {}

  Node build(const YAML::Node& yaml, int line, const std::string& path, int depth) {
    if (++nodes_ > kMostNodes || depth > kDeepest) {
      throw YAML::Exception(yaml.Mark(), "aliases nested too deeply");
    }
    Node node;
    node.line = line;
    if (yaml.IsMap()) {
      node.kind = Node::Kind::kMap;
      for (const auto& entry : yaml) {
        add_entry(node, entry, path, depth);
      }
    } else if (yaml.IsSequence()) {
      node.kind = Node::Kind::kList;
      for (const YAML::Node& item : yaml) {
        const std::string item_path = fmt::format("{}.{}", path, node.children.size());
        node.children.push_back(build(item, line_number(item), item_path, depth + 1));
      }
    } else if (yaml.IsScalar()) {
      node.kind = Node::Kind::kScalar;
      node.text = yaml.Scalar();
      node.quoted = yaml.Tag() == "!" || yaml.Tag() == "tag:yaml.org,2002:str";
    }
    return node;
  }

 private:
  int line_number(const YAML::Node& yaml) const {
    return first_line_ == kCommandLine ? kCommandLine : yaml.Mark().line + first_line_;
  }

  template <typename Entry>
  void add_entry(Node& map, const Entry& entry, const std::string& path, int depth) {
    if (!entry.first.IsScalar()) {
      throw YAML::Exception(entry.first.Mark(), "a key must be a word");
    }
    const std::string& key = entry.first.Scalar();
    const int line = line_number(entry.first);
    const std::string full = path.empty() ? key : path + "." + key;
    if (const Node* earlier = map.find(key); earlier != nullptr && findings_ != nullptr) {
      findings_->problem(line, full, fmt::format("given twice, first in line {}", earlier->line));
      return;
    }
    map.add(key, build(entry.second, line, full, depth + 1));
  }

  int first_line_;
  Findings* findings_;
  int nodes_ = 0;
};

std::string read_text(const std::filesystem::path& file) {
  errno = 0;
  const std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  if (std::filesystem::is_directory(file)) {
    errno = EISDIR;
  } else if (stream) {
    text << stream.rdbuf();
    return text.str();
  }
  throw ConfigError(errno_message("cannot read configuration", file.string(), errno));
}

}  // namespace

Node read_yaml_file(const std::filesystem::path& file, Findings& findings) {
  const std::string text = read_text(file);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      throw ConfigError(fmt::format("{}:{}: a second document; a configuration is one",
                                    file.string(), documents[1].Mark().line + 1));
    }
    Node root = map_node();
    root.line = 1;
    if (documents.empty() || documents[0].IsNull()) {
      return root;
    }
    if (!documents[0].IsMap()) {
      throw ConfigError(fmt::format("{}:1: expected settings as 'key: value'", file.string()));
    }
    return Builder(1, &findings).build(documents[0], 1, "", 0);
  } catch (const YAML::Exception& error) {
    throw ConfigError(
        fmt::format("{}:{}: not valid YAML: {}", file.string(), error.mark.line + 1, error.msg));
  }
}

Node read_yaml_value(const std::string& key, const std::string& text) {
  try {
    return Builder(kCommandLine, nullptr).build(YAML::Load(text), kCommandLine, key, 0);
  } catch (const YAML::Exception& error) {
    throw ConfigError(fmt::format("not valid YAML: {}", error.msg));
  }
}

}  // namespace sr::settings
