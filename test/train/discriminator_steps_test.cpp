#include <torch/torch.h>

#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "train/rollback.h"
#include "train/toy_run.h"

// Steps against every discriminator.

namespace {

using namespace sr;

Config config_against(const DiscriminatorConfig& discriminator) {
  Config config = test::small_config();
  config.scale = 8;  // images of 96 pixels, which the largest of them needs
  config.train.losses.push_back(test::loss_of(recipe::GanOptions{}, 0.1));
  config.network_d = discriminator;
  config.train.optim_d.emplace();
  return config;
}

}  // namespace

TEST_CASE("a failure at some allocations is rolled back to the bit with every discriminator",
          "[train][slow]") {
  const std::string type = GENERATE(from_range(test::discriminator_types()));
  CAPTURE(type);
  if (type == "vggstylediscriminator") {
    return;  // takes images of 128 pixels alone; its BatchNorm is that of unetsegmentation
  }
  const std::uint64_t tries = type == "unetsegmentation" ? 3 : 12;  // of 14 million parameters
  test::check_rollback_at_every_allocation(config_against(test::small_discriminator(type)),
                                           CpuAllocator::Failing::kOnce, tries, /*samples=*/2);
}

TEST_CASE("a failure at any allocation is rolled back to the bit with spectral DocRes",
          "[train][slow]") {
  test::check_rollback_at_every_allocation(
      config_against({"docres_discriminator",
                      arch::DocResDiscriminatorOptions{
                          .dim = 4,
                          .num_blocks = 2,
                          .norm_type = arch::DocResDiscriminatorOptions::Norm::kSpectral}}),
      CpuAllocator::Failing::kFromThere, /*tries=*/100, /*samples=*/2);
}
