#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/range.h"

// One description per options struct, beside its owner: the struct has
//
//   template <class Visitor>
//   static void describe(Visitor& v) {
//     v.number("num_feat", &O::num_feat, between(1, 4096), "Features.").alias("nf");
//     v.flag("norm", &O::norm, "Subtracts the mean.");
//     v.choice("upsampler", &O::upsampler, upsampler_names(), "How pixels are made.");
//     v.numbers("blocks", &O::blocks, at_least(1), "Blocks per stage.");
//     v.lists("windows", &O::windows, at_least(1), "Lists of them: [[8, 32], [32, 8]].");
//     v.length("T_max", &O::t_max, at_least(0), "In units of train.schedule_by.");
//     v.lengths("periods", &O::periods, more_than(0), "Several of them.");
//     v.text("sha256", &O::sha256, "Of the file.");
//     v.list("betas", &O::betas, below(0, 1), "Two numbers, std::array.");
//     v.automatic("padding", &O::padding, between(1, 2), "std::optional, empty = auto.");
//     v.one_of("input_size", &O::input_size, {128, 256}, "Side, pixels.");
//     v.interval("jpeg_range", &O::jpeg_range, between(1, 100), "[low, high].");
//     v.choices("kernel_list", &O::kernels, kernel_shapes(), "Several of them.");
//     v.preset_flag("antialias", &O::antialias, "auto: false", "auto keeps what is there.");
//     v.group("2", &O::second, "`{}` of the second stage.");  // options of a struct, with a suffix
//     v.path("weights", &O::weights, "File of weights.");
//     v.factors("layers", &O::layers, &layer_problem, "Layers and their factors.");
//   }
//
// which says name, member, legal values and help once, in the order of the file. The YAML reader
// and writer, docs/configuration.md (config/option_fields.h) and the metadata of weight files
// (arch/arguments.h) are visitors. Every call returns something with `.alias(name)`, another
// trainer's name of the same option, and `.require()`, which only the YAML reader keeps.

namespace sr {

/// The words of a choice and what they stand for; lower case.
template <typename E>
using Names = std::vector<std::pair<std::string, E>>;

/// "pad, error"
template <typename E>
std::string listed(const Names<E>& names) {
  std::string list;
  for (const auto& entry : names) {
    list += (list.empty() ? "" : ", ") + entry.first;
  }
  return list;
}

/// What is wrong with a name, or nothing.
using NameProblem = std::optional<std::string>(const std::string& name);

/// What visitors without aliases return.
struct NoAlias {
  NoAlias& alias(const char*) { return *this; }
  NoAlias& require() { return *this; }
};

}  // namespace sr
