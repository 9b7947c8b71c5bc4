#include "dialect/other_names.h"

#include <algorithm>
#include <array>

#include "dialect/vocabulary.h"

namespace sr::settings {
namespace {

struct OtherNames {
  std::string_view section;
  std::string_view names;  ///< separated by spaces
  std::string_view here;
};

constexpr std::array kOtherNames = std::to_array<OtherNames>({
    {"", "seed random_seed", "manual_seed"},
    {"", "upscale upscale_factor sf factor", "scale"},
    {"", "model network net netG net_g generator", "network_g"},
    {"", "discriminator netD net_d", "network_d"},
    {"", "amp fp16 half mixed_precision", "use_amp"},
    {"", "bf16", "use_amp with amp_bf16"},
    {"", "dataset data", "datasets"},
    {"", "batch_size batch_size_per_gpu", "datasets.train.batch_size_per_gpu"},
    {"", "lq_size patch_size crop_size", "datasets.train.lq_size"},
    {"", "device gpu gpus cuda", "--device on the command line"},
    {"", "resume resume_state", "--auto-resume or --resume on the command line"},
    {"", "iterations iters total_iter max_iter max_steps steps", "train.total_iter"},
    {"", "epochs num_epochs max_epochs", "train.total_iter, in steps"},
    {"", "lr learning_rate", "train.optim_g.lr"},
    {"", "optimizer optim", "train.optim_g"},
    {"datasets", "batch_size batchsize batch bs train_batch_size", "batch_size_per_gpu"},
    {"datasets", "patch_size crop_size lr_size LR_size lr_patch_size", "lq_size"},
    {"datasets", "hr_size HR_size gt_patch_size", "gt_size"},
    {"datasets", "num_workers n_workers workers num_worker", "num_worker_per_gpu"},
    {"datasets", "dataroot_hr dataroot_HR dataroot_H dataroot_GT hr gt gt_path hr_path gt_folder",
     "dataroot_gt"},
    {"datasets", "dataroot_lr dataroot_LR dataroot_L dataroot_LQ lr lq lq_path lr_path lq_folder",
     "dataroot_lq"},
    {"datasets", "dataroot root folder path", "dataroot_gt and dataroot_lq"},
    {"datasets", "hflip flip horizontal_flip", "use_hflip"},
    {"datasets", "rot rotate rotation use_rotation", "use_rot"},
    {"datasets", "grad_accum accumulate accumulation_steps gradient_accumulation_steps",
     "accum_iter"},
    {"datasets", "mode", "type"},
    {"train", "iterations iters niter n_iter max_iter max_steps num_steps steps total_iters",
     "total_iter"},
    {"train", "epochs num_epochs max_epochs total_epochs", "total_iter, in steps"},
    {"train", "lr learning_rate lr_G lr_g", "optim_g.lr"},
    {"train", "lr_D lr_d", "optim_d.lr"},
    {"train", "weight_decay weight_decay_G", "optim_g.weight_decay"},
    {"train", "optimizer optim", "optim_g"},
    {"train", "loss criterion", "losses"},
    {"train", "lr_scheduler lr_schedule", "scheduler"},
    {"train", "ema", "ema_decay"},
    {"train", "warmup warmup_steps warmup_iters", "warmup_iter"},
    {"train", "clip_grad max_grad_norm gradient_clipping", "grad_clip and grad_clip_max_norm"},
    {"train", "batch_size batch_size_per_gpu", "datasets.train.batch_size_per_gpu"},
    {"train", "val_freq", "val.val_freq"},
    {"train.optim_g", "learning_rate", "lr"},
    {"train.optim_g", "wd", "weight_decay"},
    {"train.optim_g", "beta1 beta2 beta", "betas"},
    {"val", "val_interval interval freq val_every eval_freq", "val_freq"},
    {"val", "save_images", "save_img"},
    {"logger", "save_freq save_interval checkpoint_freq", "save_checkpoint_freq"},
    {"logger", "log_freq log_interval print_interval", "print_freq"},
    {"logger", "tensorboard tb use_tensorboard", "use_tb_logger"},
    {"path", "pretrain pretrained pretrain_model pretrain_path pretrained_model pretrain_network",
     "pretrain_network_g"},
    {"path", "root output_dir save_dir experiments", "experiments_root"},
});

}  // namespace

std::string_view name_here(std::string_view section, std::string_view key) {
  for (const OtherNames& row : kOtherNames) {
    const auto names = words(row.names);
    if (row.section == section && std::find(names.begin(), names.end(), key) != names.end()) {
      return row.here;
    }
  }
  return {};
}

}  // namespace sr::settings
