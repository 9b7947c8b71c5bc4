#include "dialect/vocabulary.h"

#include <algorithm>
#include <array>

#include "core/lower_case.h"

namespace sr::settings {
namespace {

using enum Support;

constexpr std::string_view kLaunchers =
    "torchrun, srun or mpirun say how many processes train; --device chooses the device of one";
constexpr std::string_view kOtherProgram = "the other program's own bookkeeping";
constexpr std::string_view kDegradation = "a setting of datasets.train, read here as well";
constexpr std::string_view kOtherSteps =
    "a degradation step that does not exist here; refused with realesrgandataset when it is on";

// One row a reason. A new key of a peer is one word in here.
constexpr std::array kForeignKeys = std::to_array<ForeignKeys>({
    // The top level.
    {"", "use_compile compile_mode", kNoEffect, "", "LibTorch has no torch.compile"},
    {"", "num_gpu", kWorks, "",
     "2 or more need a launcher, which then says how many processes train (docs/many_gpus.md)"},
    {"", "gpu_ids dist_params launcher rank world_size find_unused_parameters", kNoEffect, "",
     kLaunchers},
    {"", "dist", kWorks, "", "the section above; true or false have no effect"},
    {"", "model_type", kWorks, "",
     "ESRGANModel makes ganloss relativistic; with any, ldl_opt is as in BasicSR"},
    {"", "auto_resume", kNoEffect, "", "resuming is asked for on the command line: --auto-resume"},
    {"", "is_train print_network root_path watch start_iter switch_iter_per_epoch contents onnx",
     kNoEffect, "", kOtherProgram},
    {"", "detect_anomaly", kNoEffect, "", "a loss that is not finite is always noticed"},
    {"", "auto_vram_management", kNoEffect, "",
     "nothing reads it in the fork either; sizes follow memory with training_automations: "
     "DynamicBatchSizeOptimizer"},
    {"", "network_ae", kNotAvailable, "", "autoencoders; train network_g alone"},
    {"", "input_pixel_format output_pixel_format", kNotAvailable, "rgb",
     "images are read as RGB, whatever their file holds"},
    {"", "high_order_degradation", kWorks, "",
     "true goes with datasets.train.type realesrgandataset alone"},
    {"", "l1_gt_usm percep_gt_usm gan_gt_usm", kWorks, "",
     "Real-ESRGAN's switches for gt_usm of each loss"},
    {"", "gt_size", kWorks, "", "with realesrgandataset: as in datasets.train"},
    {"", "queue_size", kNoEffect, "",
     "every sample has parameters of its own, so no pool of pairs is needed to mix them"},
    {"", "high_order_degradations_debug high_order_degradations_debug_limit", kNoEffect, "",
     "a run saves no LQ images; sr-train check --preview writes some"},
    {"",
     "dataroot_lq_prob thicklines_prob gt_usm lq_usm lq_usm_radius_range resize_antialias "
     "blur_prob kernel_list kernel_prob "
     "kernel_range sinc_prob "
     "blur_sigma betag_range betap_range resize_prob resize_range resize_mode_list "
     "resize_mode_prob gaussian_noise_prob noise_range poisson_scale_range gray_noise_prob "
     "jpeg_prob jpeg_range",
     kWorks, "", kDegradation},
    {"",
     "second_blur_prob blur_prob2 kernel_list2 kernel_prob2 kernel_range2 sinc_prob2 blur_sigma2 "
     "betag_range2 betap_range2 resize_prob2 resize_range2 resize_mode_list2 resize_mode_prob2 "
     "gaussian_noise_prob2 noise_range2 poisson_scale_range2 gray_noise_prob2 jpeg_prob2 "
     "jpeg_range2",
     kWorks, "", kDegradation},
    {"", "final_sinc_prob final_kernel_range resize_mode_list3 resize_mode_prob3", kWorks, "",
     kDegradation},
    {"", "p_clean", kNoEffect, "", kOtherSteps},
    {"",
     "compress_algorithms compress_algorithm_probs compress_webp_range compress_h264_range "
     "compress_hevc_range compress_mpeg2_range compress_mpeg4_range compress_vp9_range "
     "compress_video_sampling compress_algorithms2 compress_algorithm_probs2 "
     "compress_webp_range2 compress_h264_range2 compress_hevc_range2 compress_mpeg2_range2 "
     "compress_mpeg4_range2 compress_vp9_range2 compress_video_sampling2 "
     "otf_shared_hf_noise_normalize otf_shared_hf_noise_prob otf_shared_hf_noise_alpha_range "
     "otf_shared_hf_noise_beta_shape_range otf_shared_hf_noise_beta_offset_range "
     "otf_shared_hf_noise_gray_prob dithering_prob dithering_types dithering_quantize_range "
     "dithering_map_size dithering_history_range dithering_ratio_range shift_prob shift_types "
     "shift_percent shift_rgb_r shift_rgb_g shift_rgb_b shift_yuv_y shift_yuv_u shift_yuv_v "
     "shift_cmyk_c shift_cmyk_m shift_cmyk_y shift_cmyk_k subsampling_prob "
     "subsampling_down_algorithms subsampling_up_algorithms subsampling_formats "
     "subsampling_blur_range subsampling_ycbcr_type",
     kNoEffect, "", kOtherSteps},
    {"",
     "webp_prob webp_range avif_prob avif_range heif_prob heif_range oversharpen_prob "
     "oversharpen_strength chromatic_aberration_prob demosaic_prob aliasing_prob "
     "aliasing_scale_range motion_blur_prob motion_blur_kernel_size motion_blur_angle_range "
     "lens_distort_prob lens_distort_strength_range exposure_prob exposure_factor_range "
     "color_temp_prob color_temp_shift_range sensor_noise_prob sensor_noise_std_range "
     "rolling_shutter_prob rolling_shutter_strength_range enable_sequences sequence_probability "
     "predefined_sequences",
     kNoEffect, "", kOtherSteps},

    // Data sets.
    {"datasets", "gt_size", kWorks, "", "lq_size x scale; give one of the two"},
    {"datasets", "io_backend", kNotAvailable, "disk", "images are read from folders; unpack them"},
    {"datasets", "prefetch_mode prefetch_factor num_prefetch_queue pin_memory persistent_workers",
     kNoEffect, "", "num_worker_per_gpu threads always decode ahead into one queue"},
    {"datasets", "use_shuffle", kNoEffect, "",
     "training takes every image once a pass, in an order drawn from manual_seed"},
    {"datasets", "phase scale task", kNoEffect, "", kOtherProgram},
    {"datasets", "mean std", kNotAvailable, "", "pixels are used as they are, from 0 to 1"},
    {"datasets", "color", kNotAvailable, "", "networks see RGB; metrics have test_y_channel"},
    {"datasets", "augmentation aug_prob", kWorks, "",
     "neosr's names of train.moa_augs and train.moa_probs, with use_moa"},
    {"datasets", "target_dataroot_gt paired_dataroot_gt", kNotAvailable, "",
     "use dataroot_gt and dataroot_lq"},
    {"datasets", "blur_kernel_size blur_kernel_size2", kNoEffect, "",
     "kernel_range is the size of kernels, also in the other trainers"},
    {"datasets", "crop_pad_size", kNoEffect, "",
     "what is degraded is the crop with a margin around it, whatever its size"},

    // Networks and paths.
    {"network_g", "upscale scale upscaling_factor", kWorks, "", "must equal the top-level scale"},
    {"network_g", "num_group", kNotAvailable, "",
     "a word of BasicSR's RCAN, with type RCAN: num_group, num_block, num_feat, squeeze_factor "
     "and img_range are n_resgroups, n_resblocks, n_feats, reduction and rgb_range here"},
    {"network_d", "use_sigmoid", kNotAvailable, "", "the losses take logits"},
    {"network_d", "heads ffn_expansion_factor LayerNorm_type", kNoEffect, "",
     "docres_discriminator has neither attention nor norms, also in traiNNer-redux"},
    {"network_d", "encoder_weights", kNotAvailable, "",
     "nothing is downloaded: the encoder begins with random weights, or with those of "
     "path.pretrain_network_d"},
    {"network_d", "activation", kNotAvailable, "identity", "the losses take logits"},
    {"network_d", "n_class", kNoEffect, "",
     "metagan2 has as many logits a place as its last stage has features, also in traiNNer-redux"},
    {"path", "models resume_models training_states log visualization results_root", kNoEffect, "",
     "the folders below experiments_root/name are fixed"},
    {"path",
     "pretrain_network_ae pretrain_network_ae_ema pretrain_network_ae_path "
     "pretrain_network_ae_decoder pretrain_network_ae_decoder_ema",
     kNotAvailable, "", "autoencoders; train network_g alone"},
    {"path", "pretrain_network_g_ema pretrain_network_g_path", kNotAvailable, "",
     "use pretrain_network_g, which takes EMA weights as well"},
    {"path", "ignore_resume_networks", kNotAvailable, "",
     "start a new run with path.pretrain_network_g"},

    // Training.
    {"train",
     "pixel_opt mssim_opt ms_ssim_l1_opt perceptual_opt contextual_opt dists_opt "
     "hr_inversion_opt dinov2_opt topiq_opt pd_opt fd_opt ldl_opt hsluv_opt gan_opt color_opt "
     "luma_opt avg_opt bicubic_opt",
     kWorks, "", "one loss each, read like an entry of losses"},
    {"train", "training_automations", kWorks, "",
     "the same section as at the top level; only one of the two"},
    {"train", "optim_ae", kNotAvailable, "", "autoencoders; train network_g alone"},
    {"train", "tsa_iter dcn_lr_mul fix_flow flow_lr_mul lr_flow", kNoEffect, "",
     "for parts of video networks that are not here; optim_g.lr is every parameter's"},
    {"train", "path_reg_weight path_batch_shrink mixing_prob net_g_reg_every", kNotAvailable, "",
     "regularisation of StyleGAN2, which makes faces of nothing"},
    {"train", "r1_reg_weight net_d_reg_every", kWorks, "",
     "settings of the ganloss, where BasicSR has them"},
    {"train", "feature_matching_opt", kNotAvailable, "", "nearest: perceptual_opt"},
    {"train", "moa_debug moa_debug_limit", kNoEffect, "",
     "a run saves no mixed images; sr-train check --preview writes some"},
    {"train", "dynamic_loss_scheduling", kNotAvailable, "", "set loss_weight of each loss"},
    {"train", "optim_include_params_g optim_exclude_params_g", kNotAvailable, "",
     "every parameter is trained"},
    {"train", "restart_scheduler", kNoEffect, "",
     "the learning rate follows from the step and this file, also after a resume"},
    {"train.optim_g", "amsgrad maximize", kNotAvailable, "", "the optimizers are the plain ones"},
    {"train.optim_g", "merge_dims precondition_1d normalize_gradient", kNotAvailable, "false",
     "SOAP has a basis for each dimension of a weight"},
    {"train.optim_g", "data_format", kNoEffect, "", "it only says how dimensions are merged"},
    {"train.optim_g", "ns_coeffs", kNotAvailable, "original", "the iteration is Muon's own"},
    {"train.optim_g", "use_adjusted_lr", kNotAvailable, "false",
     "the factor is sqrt(max(1, rows / columns)); change lr"},
    {"train.optim_g", "max_grad_norm", kNotAvailable, "",
     "use train.grad_clip and train.grad_clip_max_norm"},
    {"train.optim_g", "foreach fused capturable differentiable", kNoEffect, "",
     "there is one implementation, which is fused"},
    {"train.scheduler", "cycle_momentum", kNotAvailable, "",
     "the momentum stays as optim_g says; set it to false"},
    {"train.scheduler", "base_momentum max_momentum", kNoEffect, "", "cycle_momentum is off"},
    {"train.scheduler", "epochs steps_per_epoch", kNotAvailable, "", "use total_steps"},
    {"train.scheduler", "verbose last_epoch", kNoEffect, "",
     "the learning rate is a function of the step and is in every progress line"},
    {"train.losses", "reduction", kNotAvailable, "mean", "losses are means"},
    {"train.losses", "vgg_type", kNotAvailable, "vgg19", "the features are those of vgg19"},
    {"train.losses", "verbose_logging", kNoEffect, "", "the mean of every loss is reported"},
    {"train.losses", "net", kNotAvailable, "vgg19", "the features are those of vgg19"},
    {"train.losses", "as_loss load_weights", kNoEffect, "",
     "DISTS has its own weights and a gradient here"},
    {"train.losses", "texture_k texture_t", kNoEffect, "",
     "nothing reads them in traiNNer-redux either"},
    {"train.losses", "debug", kNoEffect, "", "lines are compared and not written as pictures"},
    {"train.losses", "resize_input", kNoEffect, "", "nothing reads it in traiNNer-redux either"},
    {"train.losses", "channels", kNotAvailable, "3", "images have three channels"},
    {"train.losses", "downsample", kNotAvailable, "", "MS-SSIM compares five scales as it is"},
    {"train.losses", "crop_border", kNotAvailable, "", "images are compared to their edges"},
    {"train.losses", "cuda_dev", kNoEffect, "", "losses are computed where the network is"},
    {"train.losses", "gaussian_sigmas data_range k", kNotAvailable, "",
     "the widths and constants of msssiml1loss are those of its source"},
    {"train.losses", "is_prod", kNotAvailable, "true", "MS-SSIM is the product of its scales"},

    // Validation and logging.
    {"val", "metrics_enabled", kWorks, "", "false = no metrics"},
    {"val", "suffix pbar", kNoEffect, "", "saved images are called <image>_<step>.png"},
    {"val.metrics", "input_order num_thread", kNoEffect, "", kOtherProgram},
    {"logger", "wandb", kNoEffect, "", "events.jsonl and TensorBoard files are written"},

    // Automations of the fork.
    {"training_automations",
     "DynamicBatchSizeOptimizer dynamic_batch_size_optimizer DynamicBatchAndPatchSizeOptimizer "
     "dynamic_batch_and_patch_size_optimizer",
     kWorks, "", "four names of one automation; only one of them"},
    {"training_automations", "IntelligentLearningRateScheduler intelligent_learning_rate_scheduler",
     kWorks, "", "two names of one automation; only one of them"},
    {"training_automations", "AdaptiveGradientClipping adaptive_gradient_clipping", kWorks, "",
     "two names of one automation; only one of them"},
    {"training_automations", "IntelligentEarlyStopping intelligent_early_stopping early_stopping",
     kWorks, "", "three names of one automation; only one of them"},
    {"training_automations.DynamicBatchSizeOptimizer", "fallback", kNoEffect, "",
     "out of memory is answered with smaller sizes for the same samples"},
    {"training_automations.IntelligentLearningRateScheduler",
     "strategy adaptation_threshold adaptation_rate adaptation_frequency patience "
     "architecture_hints fallback max_adjustments cooldown_iterations",
     kNoEffect, "",
     "changes are judged by the loss's own noise; min_lr_factor and max_lr_factor bound them"},
    {"training_automations.IntelligentLearningRateScheduler", "lr_log_frequency detailed_logging",
     kNoEffect, "", "every change is an event in events.jsonl"},
    {"training_automations.AdaptiveGradientClipping",
     "initial_threshold adjustment_factor monitoring_frequency fallback max_adjustments "
     "detailed_logging",
     kNoEffect, "", "the limit is a percentile of the norms of the last steps, renewed each step"},
    {"training_automations.IntelligentEarlyStopping",
     "convergence_log_frequency min_sustained_convergence_for_log detailed_logging", kNoEffect, "",
     "every validation reports its decision in events.jsonl"},
    {"training_automations.IntelligentEarlyStopping",
     "min_epochs max_no_improvement improvement_threshold fallback max_adjustments", kNoEffect, "",
     "the run ends by patience, min_improvement and min_iterations"},
    {"training_automations.IntelligentEarlyStopping", "save_best", kNoEffect, "",
     "the best weights are always kept, as net_g_best"},
});

}  // namespace

std::span<const ForeignKeys> foreign_keys() {
  return kForeignKeys;
}

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> result;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end > 0) {
      result.emplace_back(list.substr(0, end));
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return result;
}

const ForeignKeys* find_foreign_key(std::string_view section, std::string_view key) {
  for (const ForeignKeys& row : kForeignKeys) {
    const std::vector<std::string> keys = words(row.keys);
    if (row.section == section && std::find(keys.begin(), keys.end(), key) != keys.end()) {
      return &row;
    }
  }
  return nullptr;
}

bool is_off(const Node& value) {
  switch (value.kind) {
    case Node::Kind::kNull:
      return true;
    case Node::Kind::kScalar:
      return value.text.empty() || value.boolean() == false || value.number() == 0.0;
    case Node::Kind::kList:
      return std::all_of(value.children.begin(), value.children.end(), is_off);
    case Node::Kind::kMap:
      break;
  }
  const auto off = [&](std::string_view key) {
    const Node* child = value.find(key);
    return child != nullptr && !child->is_null() && is_off(*child);
  };
  return value.children.empty() || off("enabled") || off("loss_weight");
}

bool is_inert(const Node& value, std::string_view inert) {
  const Node* type = value.is_map() ? value.find("type") : &value;
  return !inert.empty() && type != nullptr && type->is_scalar() && lower(type->text) == inert;
}

}  // namespace sr::settings
