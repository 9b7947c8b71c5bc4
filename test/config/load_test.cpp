#include "config/load.h"

#include "config/examples.h"
#include "support/catch.h"

using sr::test::load_text;
using sr::test::load_with;

namespace {
const std::filesystem::path kPeers = SR_SOURCE_DIR "/test/config/peers";
}

TEST_CASE("the smallest file gets every documented default", "[config]") {
  const sr::LoadedConfig loaded = load_text(sr::test::kSmallest);
  CHECK(loaded.config.train_set.lq_size == 32);
  CHECK(loaded.config.train_set.batch_size_per_gpu == 8);
}

TEST_CASE("the example of the interface loads with its values", "[config]") {
  const sr::LoadedConfig loaded = sr::load_config(kPeers / "interface_example.yml", {});
  CHECK(loaded.notices.empty());
  CHECK(load_text(sr::resolved_yaml(loaded.config)).config == loaded.config);
}
