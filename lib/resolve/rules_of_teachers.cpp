#include <fmt/format.h>

#include <string_view>

#include "arch/catalogue.h"
#include "resolve/rules.h"

namespace sr::settings {
namespace {

class TeacherCheck {
 public:
  TeacherCheck(const Config& config, const Node& root, Findings& findings)
      : config_(config), root_(root), findings_(findings) {}

  void run() {
    const bool asked = is_given(root_, "network_g_teacher");
    if (config_.network_g_teacher) {
      check_weights();
      check_channels();
    } else if (config_.path.pretrain_network_g_teacher && !asked) {
      findings_.no_effect("path.pretrain_network_g_teacher", "there is no network_g_teacher");
    }
    if (config_.train.eco.enabled) {
      check_eco();
    } else if (config_.train.eco != EcoConfig{}) {  // a resolved file has the usual settings
      findings_.no_effect("train.eco", "eco.enabled is false");
    }
  }

 private:
  void problem(std::string_view key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  void check_weights() {
    if (!config_.path.pretrain_network_g_teacher) {
      problem("path.pretrain_network_g_teacher",
              "required by network_g_teacher: the file of a trained network");
    }
  }

  void check_channels() {
    const int theirs = arch::input_channels(config_.network_g_teacher->options);
    const int ours = arch::input_channels(config_.network_g.options);
    if (theirs != ours) {
      problem("network_g_teacher.type",
              fmt::format("it sees images of {} channels and network_g of {}; both see the same",
                          theirs, ours));
    }
  }

  void check_eco() {
    constexpr std::string_view kEnabled = "train.eco.enabled";
    if (!config_.network_g_teacher && !is_given(root_, "network_g_teacher")) {
      problem(kEnabled,
              "mixes with the images of a teacher: give network_g_teacher and "
              "path.pretrain_network_g_teacher");
    }
    if (config_.scale < 2) {
      problem(kEnabled, fmt::format("needs a scale of 2 or more, got {}", config_.scale));
    }
    if (config_.train.total_iter == 0) {
      problem(kEnabled, "end_ratio is a share of total_iter, which is not given");
    }
    if (config_.train.eco.mode == EcoMode::kFull && config_.train_set.clip_size > 1) {
      problem("train.eco.mode",
              "full makes LQ of the teacher's one frame, which is no clip; use hr_only");
    }
  }

  const Config& config_;
  const Node& root_;
  Findings& findings_;
};

}  // namespace

void check_teacher(const Config& config, const Node& root, Findings& findings) {
  TeacherCheck(config, root, findings).run();
}

}  // namespace sr::settings
