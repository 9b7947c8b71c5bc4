#include "train/teacher.h"

#include <torch/torch.h>

#include "loss/bicubic.h"
#include "support/catch.h"
#include "train/rollback.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::HostImages;
using test::take_step;
using test::ToyRun;

Config taught_config(std::optional<EcoConfig> eco = std::nullopt) {
  Config config = test::small_config();
  config.network_g_teacher = test::network_of("compact", {{"num_feat", "6"}, {"num_conv", "1"}});
  if (eco) {
    config.train.eco = *eco;
  }
  return config;
}

EcoConfig eco(EcoMode mode, double end_ratio = 0.5) {
  return {.enabled = true, .end_ratio = end_ratio, .mode = mode};
}

std::unique_ptr<Network> teacher_of(const Config& config) {
  return make_network(*config.network_g_teacher, config.scale, config.manual_seed);
}

/// NHWC on the host, as a batch has them.
std::vector<float> as_pixels(const at::Tensor& images) {
  const at::Tensor pixels = images.permute({0, 2, 3, 1}).contiguous();
  return {pixels.data_ptr<float>(), pixels.data_ptr<float>() + pixels.numel()};
}

bool nearly_equal(const at::Tensor& a, const at::Tensor& b) {
  return torch::allclose(a, b, 1e-6, 1e-6);
}

}  // namespace

TEST_CASE("the part of GT grows with the steps of a run and is all of it behind its end",
          "[train]") {
  Config config = taught_config(eco(EcoMode::kFull, 0.5));  // of 100 steps
  const auto network = teacher_of(config);
  Teacher teacher(config, *network, at::kCPU);
  const auto weight = [&](std::int64_t step) {
    teacher.set_step(step);
    return teacher.weight().item<float>();
  };
  CHECK(weight(0) == Approx(1.0 / 50));
  CHECK(weight(24) == Approx(0.5));
  CHECK(weight(48) == Approx(49.0 / 50));
  CHECK(teacher.is_asked());
  CHECK(weight(49) == 1);
  CHECK_FALSE(teacher.is_asked());
  CHECK(weight(70) == 1);
  CHECK(weight(3) == Approx(4.0 / 50));  // a retry and a resumed run ask again

  config.train.total_iter = 1'000'000;
  Teacher slow(config, *network, at::kCPU);
  slow.set_step(0);
  CHECK(slow.weight().item<float>() == 0);  // below 1e-4
  slow.set_step(499'960);
  CHECK_FALSE(slow.is_asked());
  config.train.total_iter = 1;  // ends before it begins
  Teacher none(config, *network, at::kCPU);
  none.set_step(0);
  CHECK_FALSE(none.is_asked());
}

TEST_CASE("eco mixes GT and LQ with the teacher's clamped images", "[train]") {
  const auto mode = GENERATE(EcoMode::kFull, EcoMode::kHrOnly);
  const Config config = taught_config(eco(mode));
  const auto network = teacher_of(config);
  Teacher teacher(config, *network, at::kCPU);
  const at::Tensor lq = torch::rand({2, 3, 12, 8}) * 3 - 1;  // far enough to be clamped
  const GtImages gt{torch::rand({2, 3, 24, 16}), torch::rand({2, 3, 24, 16})};
  at::Tensor made;
  {
    const at::NoGradGuard no_grad;
    made = network->forward(lq);
  }
  REQUIRE(made.max().item<float>() > 1);
  made = made.clamp(0, 1);
  teacher.set_step(14);  // 0.3
  const Lesson lesson = teacher.lesson(lq, gt);
  CHECK(nearly_equal(lesson.gt.plain, 0.7 * made + 0.3 * gt.plain));
  CHECK(nearly_equal(lesson.gt.sharpened, 0.7 * made + 0.3 * gt.sharpened));
  CHECK(lesson.real.plain.is_same(gt.plain));
  CHECK_FALSE(lesson.gt.plain.requires_grad());
  if (mode == EcoMode::kHrOnly) {
    CHECK(lesson.lq.is_same(lq));
  } else {
    CHECK(nearly_equal(lesson.lq, 0.7 * bicubic_shrunk(made, 2).clamp(0, 1) + 0.3 * lq));
  }
  teacher.set_step(60);
  CHECK(teacher.lesson(lq, gt).lq.is_same(lq));
  CHECK(teacher.lesson(lq, gt).gt.plain.is_same(gt.plain));
}

TEST_CASE("distillation is training on the teacher's images as GT", "[train]") {
  const Config config = taught_config();
  const HostImages images(4, 12, 1);
  ToyRun taught(config);
  take_step(taught, images.batch);

  Config plain = config;
  plain.network_g_teacher.reset();
  ToyRun reference(plain);
  BatchUpload upload(at::kCPU, true);
  upload.begin(images.batch);
  const at::NoGradGuard no_grad;
  const auto made =
      as_pixels(taught.networks.teacher->forward(upload.images(0, images.batch.lq.count).lq));
  Batch batch = images.batch;
  batch.gt = test::host_pixels(made, 4, 24);
  const auto lq = as_pixels(upload.images(0, images.batch.lq.count).lq);
  batch.lq = test::host_pixels(lq, 4, 12);
  {
    const at::AutoGradMode with_grad(true);
    take_step(reference, batch);
  }
  CHECK(test::same_bits(taught.snapshot(), reference.snapshot()));
}

TEST_CASE("behind the end of eco a run is one without a teacher", "[train]") {
  const Config config = taught_config(eco(EcoMode::kFull));
  Config plain = config;
  plain.network_g_teacher.reset();
  plain.train.eco = {};
  ToyRun taught(config);
  ToyRun reference(plain);
  const HostImages images(4, 12, 1);
  take_step(taught, images.batch, {}, 49);
  take_step(reference, images.batch, {}, 49);
  CHECK(test::same_bits(taught.snapshot(), reference.snapshot()));
  ToyRun before(config);
  take_step(before, images.batch, {}, 48);
  CHECK_FALSE(test::same_bits(before.snapshot(), reference.snapshot()));
}

TEST_CASE("the part of GT is reported and pieces of a batch learn the same", "[train]") {
  ToyRun whole(taught_config(eco(EcoMode::kFull)));
  ToyRun pieces(taught_config(eco(EcoMode::kFull)));
  const HostImages images(4, 12, 1);
  take_step(whole, images.batch, {}, 9);
  take_step(pieces, images.batch, {.micro_batch = 3}, 9);
  const NamedValues means = pieces.step->take_mean_losses();
  REQUIRE(means.back().first == "eco_alpha");
  CHECK(means.back().second == Approx(0.2));
  const auto expected = whole.snapshot();
  const auto found = pieces.snapshot();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(found[i] == Approx(expected[i]).margin(5e-3));
  }
}

TEST_CASE("with eco the discriminator is shown GT as real, without it the teacher's images",
          "[train]") {
  const auto real_logit = [](Config config) {
    config.train.losses.push_back(test::loss_of(recipe::GanOptions{}, 0.1));
    config.network_d = test::small_discriminator("unetdiscriminatorsn");
    config.train.optim_d.emplace();
    ToyRun run(config);
    const HostImages images(4, 12, 1);
    take_step(run, images.batch);
    for (const auto& [name, mean] : run.step->take_mean_losses()) {
      if (name == "out_d_real") {
        return mean;
      }
    }
    return 0.0;
  };
  const double of_gt = real_logit(test::small_config());
  CHECK(real_logit(taught_config(eco(EcoMode::kHrOnly))) == of_gt);
  CHECK(real_logit(taught_config()) != of_gt);
}

TEST_CASE("a failure at any allocation of a step with a teacher is rolled back to the bit",
          "[train][slow]") {
  test::check_rollback_at_every_allocation(taught_config(eco(EcoMode::kFull)),
                                           CpuAllocator::Failing::kFromThere);
}
