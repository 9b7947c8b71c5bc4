#include <string_view>

#include "resolve/rules.h"

namespace sr::settings {
namespace {

/// A setting that differs from its default and is of something that is off.
struct Idle {
  std::string_view key;
  bool idle;
  std::string_view why;
};

}  // namespace

void tell_what_is_off(const Config& config, const Node& root, Findings& findings) {
  const Config usual;
  const TrainConfig& train = config.train;
  const bool averages = train.ema_decay > 0;
  const bool pretrained = config.path.pretrain_network_g.has_value();
  const bool mixes = train.batch_mix.use_moa;
  const Idle settings[] = {
      {"amp_bf16", config.amp_bf16 && !config.use_amp, "use_amp is off"},
      {"train.grad_clip_max_norm",
       // The automation begins with it as the limit.
       train.grad_clip_max_norm != usual.train.grad_clip_max_norm && !train.grad_clip &&
           !config.gradient_clipping,
       "train.grad_clip is off"},
      {"train.ema_power", train.ema_power != usual.train.ema_power && !averages,
       "train.ema_decay is 0"},
      {"train.ema_update_after", train.ema_update_after != 0 && !averages, "train.ema_decay is 0"},
      {"train.ema_switch_iter", train.ema_switch_iter != 0 && !averages, "train.ema_decay is 0"},
      {"train.moa_augs", train.batch_mix.moa_augs != usual.train.batch_mix.moa_augs && !mixes,
       "train.use_moa is off"},
      {"train.moa_probs", train.batch_mix.moa_probs != usual.train.batch_mix.moa_probs && !mixes,
       "train.use_moa is off"},
      {"val.keep_images", config.val.keep_images != 0 && !config.val.save_img,
       "val.save_img is off"},
      {"path.param_key_g", config.path.param_key_g.has_value() && !pretrained,
       "there is no path.pretrain_network_g"},
      {"path.strict_load_g", !config.path.strict_load_g && !pretrained,
       "there is no path.pretrain_network_g"},
      {"datasets.train.filename_tmpl",
       config.train_set.filename_tmpl != "{}" && config.train_set.dataroot_lq.empty(),
       "LQ is made from GT"},
  };
  for (const auto& [key, idle, why] : settings) {
    // What automations and other settings change by themselves was not asked for.
    if (idle && is_given(root, key)) {
      findings.no_effect(key, why);
    }
  }
}

}  // namespace sr::settings
