#include "resolve/degradation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "config/tables.h"
#include "core/lower_case.h"
#include "dialect/vocabulary.h"
#include "fields/option_fields.h"
#include "resolve/peer_defaults.h"

namespace sr::settings {
namespace {

constexpr const char* kDegraded = "realesrgandataset";
constexpr const char* kMixed = "realesrganpaireddataset";
constexpr const char* kOff = "a parameter of degradation on the fly, which is off";
constexpr const char* kSharpenFiles =
    "not available: it is a part of realesrgandataset; gt_usm of a loss sharpens the GT that the "
    "loss sees";

/// What turns on a step that is not done here; each is a key of the top level.
constexpr std::string_view kOtherSteps =
    "p_clean otf_shared_hf_noise_prob dithering_prob shift_prob "
    "subsampling_prob webp_prob avif_prob heif_prob oversharpen_prob chromatic_aberration_prob "
    "demosaic_prob aliasing_prob motion_blur_prob lens_distort_prob exposure_prob color_temp_prob "
    "sensor_noise_prob rolling_shutter_prob enable_sequences compress_algorithms "
    "compress_algorithms2";

bool given(const Node* node) {
  return node != nullptr && !node->is_null();
}

/// True for a step that is switched off, and for a list of compressions that names only JPEG.
bool asks_for_nothing(const Node& value) {
  const auto is_jpeg = [](const Node& item) { return is_inert(item, "jpeg"); };
  return is_off(value) ||
         (value.is_list() && std::all_of(value.children.begin(), value.children.end(), is_jpeg));
}

class Reader {
 public:
  Reader(const Node& root, const Node& set, Config& config, Findings& findings)
      : root_(root),
        set_(set),
        config_(config),
        degradation_(config.train_set.degradation),
        findings_(findings),
        top_(findings, "", ""),
        inside_(findings, "datasets.train", "datasets") {}

  void run() {
    check_switch();
    const Node above = filtered(root_, is_degradation_key);
    const Node below = filtered(set_, is_degradation_key);
    if (!config_.train_set.is_degraded()) {
      refuse_sharpening();
      say_no_effect(above, top_);
      say_no_effect(below, inside_);
      return;
    }
    const bool redux = writer_of(root_) == Writer::kRedux;
    if (redux) {
      degradation_ = redux_degradation();
    }
    read(above, below);
    tell_rule(redux);
    check_sharpening();
    check_files();
    check_stage(degradation_.first, "");
    check_stage(degradation_.second, "2");
    check_odd("final_kernel_range", degradation_.final_kernel_range);
    check_weights({"resize_mode_list3", degradation_.resize_mode_list3.size()}, "resize_mode_prob3",
                  degradation_.resize_mode_prob3);
    check_other_steps();
  }

 private:
  /// Where a setting was given, for messages.
  void problem(const std::string& key, std::string_view what) {
    const bool above = given(root_.find(key));
    const Node* node = above ? root_.find(key) : set_.find(key);
    (above ? top_ : inside_).problem(node != nullptr ? node->line : set_.line, key, what);
  }

  void check_switch() {
    const Node* node = root_.find("high_order_degradation");
    if (!given(node)) {
      return;
    }
    const std::optional<bool> on = node->boolean();
    if (!on) {
      problem("high_order_degradation", "expected true or false, got " + node->shown());
    } else if (*on != config_.train_set.is_degraded()) {
      problem(
          "high_order_degradation",
          *on ? fmt::format("needs datasets.train.type {} (or {}, with LQ files besides), got {}",
                            kDegraded, kMixed, config_.train_set.type)
              : fmt::format("is the purpose of datasets.train.type {}: leave it out, or use "
                            "singlegtdataset (bicubic) or pairedimagedataset",
                            kDegraded));
    }
  }

  void tell_rule(bool redux) {
    const auto is_auto = [](const Node* node) {
      return !given(node) || lower(node->text) == "auto";
    };
    if (!is_auto(root_.find("resize_antialias")) || !is_auto(set_.find("resize_antialias"))) {
      return;
    }
    findings_.notice(
        redux ? "resize_antialias: true, as in traiNNer-redux, whose keys this file has; settings "
                "of degradation that it leaves out have that trainer's values"
              : "resize_antialias: false, as in Real-ESRGAN: bilinear and bicubic do not smooth "
                "what they shrink");
  }

  void refuse_sharpening() {
    for (const std::string& key : words("gt_usm lq_usm")) {
      for (const auto& [map, site] : {std::pair{&root_, &top_}, std::pair{&set_, &inside_}}) {
        const Node* node = map->find(key);
        if (given(node) && !is_off(*node)) {
          site->problem(node->line, key, kSharpenFiles);
        }
      }
    }
  }

  void say_no_effect(const Node& part, const Site& site) {
    for (std::size_t i = 0; i < part.keys.size(); ++i) {
      if (!part.children[i].is_null() && !part.keys[i].ends_with("usm")) {
        findings_.no_effect(site.full(part.keys[i]), kOff);
      }
    }
  }

  /// What is given in both places counts where it was typed on the command line.
  void read(Node above, Node below) {
    for (std::size_t i = 0; i < above.keys.size(); ++i) {
      const auto at = std::find(below.keys.begin(), below.keys.end(), above.keys[i]);
      if (at == below.keys.end()) {
        continue;
      }
      Node& inside = below.children[static_cast<std::size_t>(at - below.keys.begin())];
      Node& top = above.children[i];
      if (top.is_null() || inside.is_null()) {
        continue;
      }
      const bool top_typed = top.line == kCommandLine;
      if (top_typed == (inside.line == kCommandLine)) {
        top_.problem(top.line, above.keys[i], "given in datasets.train as well; give one of them");
      }
      (top_typed ? inside : top) = Node{};
    }
    read_section(degradation_fields(), above, degradation_, top_);
    read_section(degradation_fields(), below, degradation_, inside_);
  }

  void check_sharpening() {
    if (degradation_.gt_usm && degradation_.lq_usm) {
      problem("lq_usm", "gt_usm sharpens what LQ is made from already; give one of them");
    }
  }

  /// Whose LQ is a file's; a set without files has none to take.
  void check_files() {
    if (config_.train_set.degrades_pairs()) {
      findings_.notice(
          fmt::format("datasets.train.type: {} takes the LQ of its file for {} of 100 samples "
                      "(dataroot_lq_prob) and makes it for the others, as in traiNNer-redux",
                      kMixed, 100 * degradation_.dataroot_lq_prob));
    } else if (degradation_.dataroot_lq_prob > 0) {
      problem("dataroot_lq_prob",
              fmt::format("needs LQ files: datasets.train.type {} with dataroot_lq, got {}", kMixed,
                          config_.train_set.type));
    }
  }

  void check_stage(const DegradationStage& stage, const std::string& number) {
    check_odd("kernel_range" + number, stage.kernel_range);
    for (const auto& [key, range] :
         {std::pair{"betag_range", stage.betag_range}, std::pair{"betap_range", stage.betap_range},
          std::pair{"resize_range", stage.resize_range}}) {
      if (range.low > 1 || range.high < 1) {
        problem(key + number,
                fmt::format("expected low <= 1 <= high, got [{}, {}]", range.low, range.high));
      }
    }
    check_weights({"kernel_list" + number, stage.kernel_list.size()}, "kernel_prob" + number,
                  stage.kernel_prob);
    check_weights({"resize_mode_list" + number, stage.resize_mode_list.size()},
                  "resize_mode_prob" + number, stage.resize_mode_prob);
    check_weights({"up, down, keep", 3}, "resize_prob" + number, stage.resize_prob);
  }

  void check_odd(const std::string& key, Interval range) {
    if (std::fmod(range.low, 2) != 1 || std::fmod(range.high, 2) != 1) {
      problem(key, fmt::format("expected odd numbers, got [{}, {}]", range.low, range.high));
    }
  }

  struct Weighed {
    std::string what;
    std::size_t count;
  };
  void check_weights(const Weighed& weighed, const std::string& key,
                     const std::vector<double>& weights) {
    if (weights.size() != weighed.count) {
      problem(key, fmt::format("expected {} numbers, one for each of {}, got {}", weighed.count,
                               weighed.what, weights.size()));
    } else if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; })) {
      problem(key, "expected a weight above 0");
    }
  }

  void check_other_steps() {
    for (const std::string& key : words(kOtherSteps)) {
      const Node* node = root_.find(key);
      if (given(node) && !asks_for_nothing(*node)) {
        problem(key,
                "not available: a degradation step beyond blur, resize, noise, JPEG and sinc; "
                "switch it off");
      }
    }
  }

  const Node& root_;
  const Node& set_;
  Config& config_;
  DegradationConfig& degradation_;
  Findings& findings_;
  Site top_, inside_;
};

}  // namespace

void settle_paired_type(const Node& root, const Node& set, DatasetConfig& config,
                        Findings& findings) {
  if (!config.degrades_pairs()) {
    return;
  }
  const Node* high_order = root.find("high_order_degradation");
  const bool said = given(high_order);
  const bool wanted = said
                          ? high_order->boolean() == true
                          : is_given(root, "dataroot_lq_prob") || is_given(set, "dataroot_lq_prob");
  if (config.key != "train" || !wanted) {
    config.type = "pairedimagedataset";
    if (config.key == "train") {
      findings.notice(
          fmt::format("datasets.train.type: {} is pairedimagedataset here, as in Real-ESRGAN; with "
                      "dataroot_lq_prob it mixes pairs and degradation, as in traiNNer-redux",
                      kMixed));
    }
  }
}

void read_degradation(const Node& root, const Node& training_set, Config& config,
                      Findings& findings) {
  if (!config.train_set.type.empty()) {
    Reader(root, training_set, config, findings).run();
  }
}

}  // namespace sr::settings
