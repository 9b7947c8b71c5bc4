#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "arch/arguments.h"
#include "arch/discriminators.h"
#include "config/config.h"
#include "support/default_options.h"

namespace sr::test {

/// A network by its type; `arguments` beat its defaults, those that it does not have are passed
/// over.
NetworkConfig network_of(const std::string& type, const arch::Arguments& arguments = {});

/// The smallest useful network of a type: tests of what every network must do call it for each row
/// of arch::architectures().
NetworkConfig tiny_network(const std::string& type);

/// 2, or what a network of these options has instead: 4, or 1 for restoration.
int scale_of(const NetworkConfig& network);

/// Of the images or clips that it takes.
int channels_of(const NetworkConfig& network);

inline DiscriminatorConfig discriminator_named(std::string_view type) {
  return {std::string(type), default_options(arch::kDiscriminators, type)};
}

/// A discriminator of these options.
template <typename O>
DiscriminatorConfig discriminator_of(O options, int num_feat) {
  options.num_feat = num_feat;
  return {std::string(std::get<Row<O>>(arch::kDiscriminators).type), std::move(options)};
}

/// One of about so many features, by its name.
inline DiscriminatorConfig small_discriminator(std::string_view type, int num_feat = 4) {
  DiscriminatorConfig config = discriminator_named(type);
  for_each_row(arch::kDiscriminators, [&]<typename O>(const Row<O>&) {
    if constexpr (requires(O features) { features.num_feat; }) {
      if (O* options = config.options.get_if<O>()) {
        options->num_feat = num_feat;
      }
    }
  });
  // Layers with branches need eight features.
  if (auto* metagan2 = config.options.get_if<arch::MetaGan2Options>()) {
    *metagan2 = {.dims = {8, 4 + num_feat}, .blocks = {1, 1}, .downs = {4, 2}};
  } else if (auto* docres = config.options.get_if<arch::DocResDiscriminatorOptions>()) {
    docres->dim = num_feat;
    docres->num_blocks = 2;
  } else if (auto* segmentation = config.options.get_if<arch::UnetSegmentationOptions>()) {
    segmentation->encoder_name = arch::UnetSegmentationOptions::Encoder::kResnet18;
  } else if (auto* metagan3 = config.options.get_if<arch::MetaGan3Options>()) {
    *metagan3 = {.dims = {8, 4 + num_feat}, .blocks = {1, 0}};
  }
  return config;
}

/// The built-in ones.
inline std::vector<std::string> discriminator_types() {
  std::vector<std::string> types;
  for_each_row(arch::kDiscriminators, [&]<typename O>(const Row<O>& row) {
    if constexpr (!std::is_same_v<O, arch::ScriptDiscriminatorOptions>) {
      types.emplace_back(row.type);
    }
  });
  return types;
}

}  // namespace sr::test
