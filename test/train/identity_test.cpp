#include "train/identity.h"

#include <torch/torch.h>

#include <set>
#include <string>
#include <vector>

#include "support/catch.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::ToyRun;

std::vector<ImagePair> pairs_named(const std::vector<std::string>& stems) {
  std::vector<ImagePair> pairs;
  for (const std::string& stem : stems) {
    ImagePair pair;
    pair.stem = stem;
    pair.gt = "here/" + stem + ".png";
    pairs.push_back(pair);
  }
  return pairs;
}

std::string key_of(const Config& config, const std::string& device = "cpu") {
  ToyRun run(config);
  return measurement_key(run.config, run.networks, *run.memory, device);
}

}  // namespace

TEST_CASE("a fingerprint is that of names and of how they are gone through", "[train]") {
  const DatasetConfig set;
  const std::string own = fingerprint(pairs_named({"a", "b"}), set);
  std::vector<ImagePair> elsewhere = pairs_named({"a", "b"});
  elsewhere[0].gt = "there/a.png";
  CHECK(fingerprint(elsewhere, set) == own);
  std::set<std::string> others{fingerprint(pairs_named({"b", "a"}), set),
                               fingerprint(pairs_named({"a"}), set),
                               fingerprint(pairs_named({"ab", ""}), set)};
  DatasetConfig changed = set;
  changed.crops_per_decode = 8;
  others.insert(fingerprint(pairs_named({"a", "b"}), changed));
  changed = set;
  changed.clip_size = 3;
  others.insert(fingerprint(pairs_named({"a", "b"}), changed));
  changed = set;
  changed.dataroot_weights = {0.5, 0.5};
  others.insert(fingerprint(pairs_named({"a", "b"}), changed));
  CHECK(others.size() == 6);
  CHECK_FALSE(others.contains(own));
}

TEST_CASE("memory that was measured is that of a device, its networks, losses and precision",
          "[train]") {
  const Config config = test::small_config();
  const std::string own = key_of(config);
  Config same = config;
  same.name = "another run";
  same.train.optim_g.lr = 1;
  CHECK(key_of(same) == own);
  std::set<std::string> others{key_of(config, "another processor")};
  Config changed = config;
  changed.use_amp = true;
  others.insert(key_of(changed));
  changed = config;
  changed.train.losses.pop_back();
  others.insert(key_of(changed));
  changed = config;
  changed.train.losses.front().gt_usm = true;
  others.insert(key_of(changed));
  changed = config;
  changed.network_g = test::network_of("compact", {{"num_feat", "8"}, {"num_conv", "2"}});
  others.insert(key_of(changed));
  changed = config;
  changed.network_g_teacher = config.network_g;
  others.insert(key_of(changed));
  changed = config;
  changed.train.losses.push_back(test::loss_named("ganloss", 0.1));
  changed.network_d = test::small_discriminator("unetdiscriminatorsn");
  changed.train.optim_d.emplace();
  others.insert(key_of(changed));
  CHECK(others.size() == 7);
  CHECK_FALSE(others.contains(own));
}

TEST_CASE("a small set is repeated until an epoch has about 2000 batches", "[train]") {
  DatasetConfig set;
  set.batch_size_per_gpu = 8;
  CHECK(samples_per_epoch(set, 100, 100) == 16000);      // 160 times
  CHECK(samples_per_epoch(set, 9000, 9000) == 9000);     // 16000 / 9000, rounded down
  CHECK(samples_per_epoch(set, 20000, 20000) == 20000);  // never less than once
  CHECK(samples_per_epoch(set, 100, 300) == 48000);      // a pass of more samples than images
  set.dataset_enlarge_ratio = 2.5;
  CHECK(samples_per_epoch(set, 100, 100) == 250);
}
