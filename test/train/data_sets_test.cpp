#include "train/data_sets.h"

#include <torch/torch.h>

#include <fstream>

#include "core/error.h"
#include "support/catch.h"
#include "train/small_files.h"

namespace {

using namespace sr;
using test::SmallFiles;

DataSets list(const Config& config) {
  return list_data_sets(config, Verbosity::kQuiet);
}

}  // namespace

TEST_CASE("every set that is used is listed, and no other", "[train]") {
  const SmallFiles files;
  Config config = files.config();
  const DataSets sets = list(config);
  CHECK(sets.training.pairs.size() == 4);
  REQUIRE(sets.validation.size() == 1);
  CHECK(sets.validation[0].config.key == "val");
  CHECK(sets.validation[0].pairs.size() == 2);
  CHECK(sets.warnings.empty());
  config.val_sets.front().dataroot_gt = {"nowhere"};
  CHECK_THROWS_AS(list(config), DataError);
  config.val.val_enabled = false;
  CHECK(list(config).validation.empty());
}

TEST_CASE("images that a metric cannot measure are told before the run", "[train]") {
  const SmallFiles files;  // GT of 32x32 and 40x24
  Config config = files.config();
  config.val.metrics.front().crop_border = 12;
  const DataSets sets = list(config);
  REQUIRE(sets.warnings.size() == 1);
  CHECK_THAT(sets.warnings[0], Catch::Contains("1 of 2 images cannot be measured by "
                                               "val.metrics.psnr"));
  config.val.metrics.front().crop_border = 16;
  CHECK_THROWS_WITH(list(config), Catch::Contains("2 of 2 images cannot be measured"));
}

TEST_CASE("a file that was found good is looked at again when it has changed", "[train]") {
  const SmallFiles files;
  const Config config = files.config();
  CHECK(list(config).training.pairs.size() == 4);
  CHECK(list(config).training.pairs.size() == 4);
  std::ofstream(files.folder / "gt" / "image10.png") << "no picture";
  CHECK_THROWS_AS(list(config), DataError);
}
