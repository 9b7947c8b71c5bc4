#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arch/catalogue.h"
#include "arch/discriminators.h"
#include "config/config.h"

namespace sr::test {

/// A network by its type; `arguments` beat its defaults, those that it does not have are passed
/// over.
inline NetworkConfig network_of(const std::string& type, const arch::Arguments& arguments = {}) {
  return {type, arch::options_from(*arch::find_architecture(type), arguments)};
}

/// The smallest useful network of a type: tests of what every network must do call it for each row
/// of arch::architectures().
inline NetworkConfig tiny_network(const std::string& type) {
  return network_of(type, {{"num_feat", "8"},
                           {"num_conv", "1"},
                           {"num_block", "1"},
                           {"num_grow_ch", "4"},
                           {"feature_channels", "8"},
                           {"num_blocks", "1"},
                           {"blocks", "0"},
                           {"n_feats", "8"},
                           {"n_resgroups", "1"},
                           {"n_resblocks", "1"},
                           {"reduction", "4"},
                           {"dim", "8"},
                           {"n_block", "1"},
                           {"n_blocks", "1"},
                           {"mid_dim", "4"},
                           {"img_size", "8"},
                           {"embed_dim", "8"},
                           {"depths", "2"},
                           {"num_heads", "2"},
                           {"window_size", "4"},
                           {"compress_ratio", "2"},
                           {"squeeze_factor", "2"},
                           {"gc", "4"},
                           {"res_num", "1"},
                           {"filters", "8"},
                           {"num_features", "8"}});
}

inline DiscriminatorConfig discriminator_named(std::string_view type) {
  return {std::string(type), default_options(arch::kDiscriminators, type)};
}

/// A discriminator of these options.
template <typename O>
DiscriminatorConfig discriminator_of(O options, int num_feat) {
  options.num_feat = num_feat;
  return {std::string(std::get<Row<O>>(arch::kDiscriminators).type), std::move(options)};
}

/// One of so many features, by its name.
inline DiscriminatorConfig small_discriminator(std::string_view type, int num_feat = 4) {
  DiscriminatorConfig config = discriminator_named(type);
  for_each_row(arch::kDiscriminators, [&]<typename O>(const Row<O>&) {
    if (O* options = config.options.get_if<O>()) {
      options->num_feat = num_feat;
    }
  });
  return config;
}

inline std::vector<std::string> discriminator_types() {
  std::vector<std::string> types;
  for_each_row(arch::kDiscriminators, [&](const auto& row) { types.emplace_back(row.type); });
  return types;
}

}  // namespace sr::test
