#include "train/resume_difference.h"

#include "support/catch.h"

using Catch::Matchers::Contains;
using sr::resume_difference;
using sr::TrainedWith;

namespace {

TrainedWith adam() {
  return {{"exp_avg.body.0.weight", "exp_avg_sq.body.0.weight", "step", "skipped_in_a_row"},
          "AdamW",
          ""};
}

TrainedWith with(TrainedWith trained, const std::set<std::string>& tensors) {
  trained.tensors.insert(tensors.begin(), tensors.end());
  return trained;
}

}  // namespace

TEST_CASE("what is trained alike can be gone on with", "[train]") {
  TrainedWith other_betas = adam();
  other_betas.optimizer = "Adam";
  CHECK(resume_difference(adam(), adam()).empty());
  CHECK(resume_difference(adam(), other_betas).empty());  // of the same tensors: the edit wins
}

TEST_CASE("the setting that was changed is named, and what to do", "[train]") {
  const TrainedWith averaged = with(adam(), {"ema.updates"});
  CHECK_THAT(resume_difference(averaged, adam()),
             Contains("saved with an average of the weights, which the configuration switches off "
                      "(train.ema_decay") &&
                 Contains("To go on, set it as it was") && Contains("path.pretrain_network_g"));
  CHECK_THAT(resume_difference(adam(), averaged),
             Contains("saved without an average of the weights, which the configuration switches "
                      "on (train.ema_decay"));
  CHECK_THAT(resume_difference(with(adam(), {"loss_scaler.scale"}), adam()), Contains("use_amp"));
  TrainedWith schedule_free{
      {"z.body.0.weight", "exp_avg_sq.body.0.weight", "step", "skipped_in_a_row"},
      "AdamWScheduleFree",
      ""};
  CHECK_THAT(resume_difference(adam(), schedule_free),
             Contains("saved with the optimizer AdamW, the configuration has train.optim_g "
                      "AdamWScheduleFree"));
  CHECK_THAT(resume_difference(averaged, schedule_free), Contains("AdamWScheduleFree"));
  TrainedWith old = adam();
  old.optimizer.clear();
  CHECK_THAT(resume_difference(old, schedule_free), Contains("saved with another optimizer"));
}

TEST_CASE("the discriminator's settings are told from the generator's", "[train]") {
  const TrainedWith gan = with(adam(), {"net_d.exp_avg.conv.weight", "net_d.step"});
  CHECK(resume_difference(gan, gan).empty());
  CHECK_THAT(resume_difference(with(gan, {"net_d.ema.updates"}), gan), Contains("ema_decay_d"));
  TrainedWith other = with(adam(), {"net_d.z.conv.weight"});
  other.optimizer_d = "AdamWScheduleFree";
  CHECK_THAT(resume_difference(gan, other), Contains("train.optim_d AdamWScheduleFree"));
  CHECK_THAT(resume_difference(gan, adam()), Contains("with a discriminator"));
}
