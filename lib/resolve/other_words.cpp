#include "resolve/other_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "dialect/vocabulary.h"
#include "fields/fields.h"

namespace sr::settings {
namespace {

constexpr auto kWordsOfRcan =
    std::to_array<std::pair<std::string_view, std::string_view>>({{"num_in_ch", "n_colors"},
                                                                  {"num_feat", "n_feats"},
                                                                  {"num_group", "n_resgroups"},
                                                                  {"num_block", "n_resblocks"},
                                                                  {"squeeze_factor", "reduction"},
                                                                  {"img_range", "rgb_range"}});
constexpr std::int64_t kBlocksThere = 16;  ///< num_block that is not given; here it is 20

std::string_view word_here(std::string_view key) {
  const auto* const found =
      std::ranges::find(kWordsOfRcan, key, &decltype(kWordsOfRcan)::value_type::first);
  return found == kWordsOfRcan.end() ? std::string_view() : found->second;
}

bool is_rcan(const Node& network) {
  const Node* type = network.find("type");
  const auto found =
      type != nullptr ? find_type(TypeKind::kNetwork, type->text) : std::optional<FoundType>();
  return found && found->name == "rcan";
}

/// The mean colour of DIV2K, which `norm` begins with.
bool is_usual_mean(const Node& value) {
  constexpr std::array<double, 3> kMean{0.4488, 0.4371, 0.4040};
  return value.is_list() &&
         std::ranges::equal(value.children, kMean, [](const Node& own, double usual) {
           return std::abs(own.number().value_or(0) - usual) < 1e-9;
         });
}

void translate(Node& network, const Site& site) {
  Node translated = map_node();
  translated.line = network.line;
  const Node* given = network.find("num_in_ch");
  const std::optional<std::int64_t> inputs = given != nullptr ? given->integer() : 3;
  bool counts_blocks = false;
  for (std::size_t i = 0; i < network.keys.size(); ++i) {
    const std::string& key = network.keys[i];
    Node& value = network.children[i];
    const std::string_view here = word_here(key);
    if (key == "num_out_ch") {
      if (value.integer() != inputs) {
        site.problem(value.line, key, "must equal num_in_ch in RCAN");
      }
    } else if (key == "rgb_mean") {
      if (!is_usual_mean(value)) {
        site.problem(value.line, key, "nothing but [0.4488, 0.4371, 0.4040], the mean of DIV2K");
      }
    } else {
      counts_blocks = counts_blocks || here == "n_resblocks" || key == "n_resblocks";
      translated.add(here.empty() ? key : std::string(here), std::move(value));
    }
  }
  if (translated.find("norm") == nullptr) {
    translated.add("norm", node_of(true));
  }
  if (!counts_blocks) {
    translated.add("n_resblocks", node_of(kBlocksThere));
  }
  network = std::move(translated);
}

}  // namespace

void translate_rcan(Node& root, Findings& findings) {
  for (const char* section : {"network_g", "network_g_teacher"}) {
    Node* network = root.find(section);
    if (network == nullptr || !network->is_map() || !is_rcan(*network) ||
        std::ranges::none_of(network->keys, [](const std::string& key) {
          return !word_here(key).empty() || key == "num_out_ch" || key == "rgb_mean";
        })) {
      continue;
    }
    translate(*network, Site(findings, section, "network_g"));
    findings.notice(fmt::format(
        "{}: BasicSR's words of RCAN are read as n_resgroups, n_resblocks, n_feats, reduction, "
        "rgb_range and norm: true. The mean colour is trained here and fixed there, and "
        "parameters have the names of traiNNer-redux: BasicSR's weight files do not fit",
        section));
  }
}

}  // namespace sr::settings
