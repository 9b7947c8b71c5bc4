#include "config/network_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "arch/catalogue.h"
#include "config/impossible.h"
#include "dialect/vocabulary.h"
#include "fields/option_fields.h"
#include "fields/section_fields.h"
#include "yaml/write_yaml.h"

namespace sr::settings {
namespace {

using arch::Architecture;

/// Calls `visit` with a default-constructed options struct of each family.
template <typename Visit, std::size_t... Is>
void each_family(Visit visit, std::index_sequence<Is...>) {
  (visit(std::variant_alternative_t<Is, arch::Families>{}, Is), ...);
}
template <typename Visit>
void each_family(Visit visit) {
  each_family(visit, std::make_index_sequence<std::variant_size_v<arch::Families>>{});
}

FieldText type_text() {
  std::string list;
  for (const Architecture& row : arch::architectures()) {
    list += (list.empty() ? "" : ", ") + std::string(row.type);
  }
  FieldText text{"type", "one of", list, "Architecture; the scale is the top-level one."};
  text.required = true;
  return text;
}

std::vector<const Architecture*> rows_of(std::size_t family) {
  std::vector<const Architecture*> rows;
  for (const Architecture& row : arch::architectures()) {
    if (row.defaults.index() == family) {
      rows.push_back(&row);
    }
  }
  return rows;
}

std::string types_of(std::size_t family) {
  std::string list;
  for (const Architecture* row : rows_of(family)) {
    list += (list.empty() ? "" : ", ") + std::string(row->type);
  }
  return list;
}

/// The types that have an option of this name; empty when none has.
std::string types_with(const std::string& key) {
  std::string list;
  each_family([&]<typename O>(const O&, std::size_t family) {
    const Fields<O>& fields = option_fields<O>();
    if (std::any_of(fields.begin(), fields.end(),
                    [&](const FieldText& field) { return field.is_named(key); })) {
      list += (list.empty() ? "" : ", ") + types_of(family);
    }
  });
  return list;
}

/// Arguments of the authors' class that it takes and does not use, separated by spaces.
template <typename O>
constexpr std::string_view kUnread = "";
template <>
constexpr std::string_view kUnread<arch::DrctOptions> =
    "compress_ratio squeeze_factor conv_scale overlap_ratio";

/// The options of `map` without `type`; those of other families are problems.
template <typename O>
Node own_options(const Node& map, const Fields<O>& fields, const Site& site) {
  Node own = map_node();
  own.line = map.line;
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    const std::string& key = map.keys[i];
    const bool known = std::any_of(fields.begin(), fields.end(),
                                   [&](const FieldText& field) { return field.is_named(key); });
    const std::string types = known ? "" : types_with(key);
    if (std::ranges::count(words(kUnread<O>), key) != 0) {
      site.findings().no_effect(site.full(key), "nothing reads it in the authors' code either");
    } else if (!types.empty()) {
      site.problem(map.children[i].line, key, "only with type " + types);
    } else if (key != "type") {
      own.add(key, map.children[i]);
    }
  }
  return own;
}

/// The row that `type` names; null, with a problem, when there is none.
const Architecture* read_row(const Node& map, const Site& site) {
  const Node* type = map.find("type");
  if (type == nullptr || type->is_null()) {
    site.problem(type != nullptr ? type->line : map.line, "type",
                 fmt::format("required ({})", type_text().wanted()));
    return nullptr;
  }
  const auto [name, problem] = read_type(TypeKind::kNetwork, *type);
  if (problem) {
    site.problem(type->line, "type", *problem);
    return nullptr;
  }
  return arch::find_architecture(name);
}

void check_upscale(const Node& map, int scale, const Site& site) {
  const std::vector<std::string> names{"upscale", "scale", "upscaling_factor"};
  const Node* upscale = pick(map, names, site);
  if (scale != 0 && upscale != nullptr && !upscale->is_null() && upscale->integer() != scale) {
    const auto name = std::ranges::find_if(
        names, [&](const std::string& key) { return map.find(key) == upscale; });
    site.problem(
        upscale->line, *name,
        fmt::format("must equal the top-level scale ({}), got {}", scale, upscale->shown()));
  }
}

/// train.recompute and use_checkpoint of the network are one choice.
void settle_recompute(Config& config, const Node& root, Findings& findings) {
  constexpr const char* kKey = "train.recompute";
  Recompute& wanted = config.train.recompute;
  arch::Options own = config.network_g.options;
  std::visit(
      [&]<typename O>(O& options) {
        if constexpr (requires { options.use_checkpoint; }) {
          options.use_checkpoint = options.use_checkpoint || wanted == Recompute::kOn;
          wanted = options.use_checkpoint && wanted == Recompute::kAuto ? Recompute::kOn : wanted;
        } else {
          const std::string why =
              fmt::format("{} has no blocks that are computed twice", config.network_g.type);
          if (wanted == Recompute::kOn) {
            findings.problem(line_of(root, kKey), kKey,
                             fmt::format("{}; these have: {}", why, types_with("use_checkpoint")));
          } else if (wanted == Recompute::kAuto && is_given(root, kKey)) {
            findings.no_effect(kKey, why);
          }
          wanted = Recompute::kOff;
        }
      },
      own);
  config.network_g.options = own;
}

void check_possible(const Node& map, const NetworkConfig& network, int scale, const Site& site) {
  if (scale != 0) {  // else it is not known, which has been told
    report_impossible(map, arch::impossible(network.options, scale), site);
  }
}

struct ReadNetwork {
  const Architecture* row;
  NetworkConfig network;
};

/// Nothing, with a problem, when the type is not ours.
std::optional<ReadNetwork> read_map(const Node& map, int scale, const Site& site) {
  if (!expect_section(map, site)) {
    return std::nullopt;
  }
  const Architecture* row = read_row(map, site);
  if (row == nullptr) {
    return std::nullopt;
  }
  arch::Options own = row->defaults;
  std::visit(
      [&]<typename O>(O& options) {
        read_section(option_fields<O>(), own_options(map, option_fields<O>(), site), options, site);
      },
      own);
  check_upscale(map, scale, site);
  return ReadNetwork{row, {std::string(row->type), own}};
}

/// "64; superultracompact 24": a default and the rows of the family that have another one.
template <typename O>
std::string default_text(const Field<O>& field, std::size_t family) {
  std::string text;
  std::string plain;
  for (const Architecture* row : rows_of(family)) {
    const std::string value = to_flow(field.write(std::get<O>(row->defaults)));
    if (text.empty()) {
      plain = text = value;
    } else if (value != plain) {
      text += fmt::format("{} {} {}", text == plain ? ";" : ",", row->type, value);
    }
  }
  return text == plain ? "" : text;
}

template <typename O>
SectionText family_section(std::size_t family) {
  static const Fields<O> kFields = [family] {
    Fields<O> fields = option_fields<O>();
    for (Field<O>& field : fields) {
      field.default_text = default_text(field, family);
    }
    return fields;
  }();
  SectionText section =
      section_text("network_g", "", kFields, std::get<O>(rows_of(family).front()->defaults));
  section.title = "network_g of type " + types_of(family);
  return section;
}

}  // namespace

void read_network(const Node& root, Config& config, Findings& findings) {
  const Node* found = root.find("network_g");
  Node map = found != nullptr ? *found : map_node();
  map.line = found != nullptr ? map.line : root.line;
  const Site site(findings, "network_g", "network_g");
  const auto read = read_map(map, config.scale, site);
  if (!read) {
    return;
  }
  config.network_g = read->network;
  settle_recompute(config, root, findings);
  check_possible(map, config.network_g, config.scale, site);
  if (config.use_amp && !config.amp_bf16 && !read->row->allows_fp16) {
    config.amp_bf16 = true;
    findings.notice(
        fmt::format("amp_bf16: true, because the activations of {} leave the range of float16",
                    config.network_g.type));
  }
}

void read_teacher(const Node& root, Config& config, Findings& findings) {
  const Node* map = root.find("network_g_teacher");
  if (map == nullptr || is_off(*map)) {
    return;
  }
  const Site site(findings, "network_g_teacher", "network_g");
  if (const auto read = read_map(*map, config.scale, site)) {
    config.network_g_teacher = read->network;
    check_possible(*map, *config.network_g_teacher, config.scale, site);
  }
}

std::optional<NestedNetwork> read_nested_network(const Node& map, int scale, const Site& site) {
  const auto read = read_map(map, scale, site);
  if (!read) {
    return std::nullopt;
  }
  check_possible(map, read->network, scale, site);
  if (arch::input_channels(read->network.options) != arch::kRgb) {
    site.problem(map.line, "type", "must take images of 3 channels");
  }
  return NestedNetwork{read->network};
}

Node write_network(const NetworkConfig& network) {
  Node map = map_node();
  map.add("type", plain_node(network.type));
  map.add_all(
      std::visit([]<typename O>(const O& own) { return write_section(option_fields<O>(), own); },
                 network.options.get()));
  return map;
}

std::vector<TypeText> network_types() {
  std::vector<TypeText> families;
  each_family([&]<typename O>(const O&, std::size_t family) {
    TypeText& text = families.emplace_back();
    for (const Architecture* row : rows_of(family)) {
      text.types.emplace_back(row->type);
    }
    text.fields = texts_of(option_fields<O>());
  });
  return families;
}

std::vector<SectionText> network_sections() {
  static const FieldText kType = type_text();
  SectionText head{"network_g",
                   "The network, with the parameter names of the other trainers. What each is good "
                   "for is in [networks](networks.md).",
                   {&kType},
                   map_node()};
  std::vector<SectionText> sections{std::move(head)};
  each_family([&]<typename O>(const O&, std::size_t family) {
    sections.push_back(family_section<O>(family));
  });
  return sections;
}

}  // namespace sr::settings
