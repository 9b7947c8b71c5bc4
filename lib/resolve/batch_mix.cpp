#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "fields/option_fields.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

constexpr const char* kSet = "datasets.train";

/// neosr has the two lists in the data set and no switch: they are one.
class NeosrNames {
 public:
  NeosrNames(const Node& root, Findings& findings) : findings_(findings) {
    const Node* set = find_path(root, kSet);
    set_ = set != nullptr && set->is_map() ? set : nullptr;
  }

  bool given() const { return set_ != nullptr && is_given(*set_, "augmentation"); }

  void read(const Node& root, BatchMixOptions& options) const {
    for (const char* key : {"train.use_moa", "train.moa_augs", "train.moa_probs"}) {
      if (is_given(root, key)) {
        findings_.problem(line_of(root, key), key,
                          fmt::format("given as well as {}.augmentation; give one of them", kSet));
      }
    }
    const Site site(findings_, kSet, "datasets");
    for (Field<BatchMixOptions> field : option_fields<BatchMixOptions>()) {
      const auto name =
          std::ranges::find(kNames, field.key, &std::pair<const char*, const char*>::first);
      if (name != kNames.end()) {
        field.key = name->second;
        read_field(field, *set_, options, site);
      }
    }
    options.use_moa = true;
  }

  static constexpr std::array kNames{std::pair{"moa_augs", "augmentation"},
                                     std::pair{"moa_probs", "aug_prob"}};

 private:
  Findings& findings_;
  const Node* set_ = nullptr;
};

class Rules {
 public:
  Rules(const Config& config, const Node& root, bool neosr, Findings& findings)
      : config_(config), options_(config.train.batch_mix), root_(root), findings_(findings) {
    augs_ = neosr ? "datasets.train.augmentation" : "train.moa_augs";
    probs_ = neosr ? "datasets.train.aug_prob" : "train.moa_probs";
  }

  void check() {
    check_weights();
    check_clips();
    warn_of_single_samples();
  }

 private:
  void problem(const std::string& key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  void check_weights() {
    const std::vector<double>& weights = options_.moa_probs;
    if (options_.moa_augs.empty()) {
      problem(augs_, "expected at least one of " + listed(batch_mixes()));
    } else if (weights.size() != options_.moa_augs.size()) {
      problem(probs_, fmt::format("expected {} numbers, one for each of {}, got {}",
                                  options_.moa_augs.size(), augs_, weights.size()));
    } else if (std::ranges::all_of(weights, [](double weight) { return weight == 0; })) {
      problem(probs_, "expected a weight above 0");
    }
  }

  bool may_be(BatchMix kind) const {
    for (std::size_t i = 0; i < std::min(options_.moa_augs.size(), options_.moa_probs.size());
         ++i) {
      if (options_.moa_augs[i] == kind && options_.moa_probs[i] > 0) {
        return true;
      }
    }
    return false;
  }

  void check_clips() {
    if (config_.train_set.clip_size > 1 && may_be(BatchMix::kCutblur)) {
      problem(augs_,
              "cutblur puts GT into LQ, and clips have GT of their middle frame alone; leave it "
              "out, or give it the weight 0");
    }
  }

  void warn_of_single_samples() {
    const bool mixes = may_be(BatchMix::kMixup) || may_be(BatchMix::kCutmix);
    if (config_.train_set.batch_size_per_gpu == 1 && mixes) {
      findings_.warning(
          "train.use_moa: batch_size_per_gpu is 1: a sample is mixed with others of its batch, so "
          "mixup and cutmix change nothing");
    }
  }

  const Config& config_;
  const BatchMixOptions& options_;
  const Node& root_;
  Findings& findings_;
  std::string augs_, probs_;
};

}  // namespace

void read_batch_mix(const Node& root, Config& config, Findings& findings) {
  const NeosrNames neosr(root, findings);
  if (neosr.given()) {
    neosr.read(root, config.train.batch_mix);
  }
  if (config.train.batch_mix.use_moa) {
    Rules(config, root, neosr.given(), findings).check();
  }
}

}  // namespace sr::settings
