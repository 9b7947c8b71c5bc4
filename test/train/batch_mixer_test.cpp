#include "train/batch_mixer.h"

#include <torch/torch.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::HostImages;

constexpr int kSide = 12;

BatchMixOptions mixing(std::vector<BatchMix> kinds, std::vector<double> weights) {
  BatchMixOptions options;
  options.use_moa = true;
  options.moa_augs = std::move(kinds);
  options.moa_probs = std::move(weights);
  return options;
}

BatchMixOptions all_ways() {
  return mixing({BatchMix::kNone, BatchMix::kMixup, BatchMix::kCutmix, BatchMix::kResizemix,
                 BatchMix::kCutblur},
                {1, 2, 2, 2, 2});
}

/// A batch mixed in pieces of so many samples.
BatchImages mixed(const Batch& batch, std::int64_t piece, int parts = 1,
                  const BatchMixOptions& options = all_ways(), bool channels_last = false) {
  BatchUpload upload(at::kCPU, channels_last);
  BatchMixer mixer(options, 3);
  upload.begin(batch);
  mixer.draw(batch, parts);
  std::vector<at::Tensor> lq, gt;
  for (std::int64_t first = 0; first < batch.lq.count; first += piece) {
    const std::int64_t count = std::min<std::int64_t>(piece, batch.lq.count - first);
    const BatchImages images = mixer.images(first, count, upload);
    lq.push_back(images.lq);
    gt.push_back(images.gt);
  }
  return {at::cat(lq), at::cat(gt)};
}

bool same(const BatchImages& a, const BatchImages& b) {
  return torch::equal(a.lq, b.lq) && torch::equal(a.gt, b.gt);
}

at::Tensor wave(int side, int scale, double phase) {
  const at::Tensor i = torch::arange(2 * 3 * side * side, torch::kFloat64);
  return (0.5 + 0.5 * torch::sin(i * (1.3 / scale) + phase))
      .to(torch::kFloat32)
      .view({2, 3, side, side});
}

const std::map<std::string, BatchMix> kKinds{{"mixup", BatchMix::kMixup},
                                             {"cutmix", BatchMix::kCutmix},
                                             {"resizemix", BatchMix::kResizemix},
                                             {"cutblur", BatchMix::kCutblur}};

}  // namespace

TEST_CASE("mixed samples are those of traiNNer-redux", "[train]") {
  std::ifstream lines(SR_SOURCE_DIR "/test/train/batch_mix_golden.txt");
  int cases = 0;
  for (std::string text; std::getline(lines, text); ++cases) {
    std::istringstream line(text);
    std::string name;
    int scale = 0, row = 0, column = 0;
    MixDraw draw;
    line >> name >> scale >> draw.amount >> row >> column;
    draw.kind = kKinds.at(name);
    draw.x = (column + 0.5) / kSide;
    draw.y = (row + 0.5) / kSide;
    std::vector<float> expected;
    for (float value = 0; line >> value;) {
      expected.push_back(value);
    }
    const BatchImages both{wave(kSide, 1, 0.3), wave(kSide * scale, scale, 1.1)};
    const BatchImages first{both.lq.narrow(0, 0, 1).clone(), both.gt.narrow(0, 0, 1).clone()};
    mix_sample(first, both.narrow(1, 1), draw);
    const at::Tensor values = at::cat({first.lq.flatten().slice(0, 0, std::nullopt, 9),
                                       first.gt.flatten().slice(0, 0, std::nullopt, 31)});
    INFO(text.substr(0, 40));
    REQUIRE(values.numel() == static_cast<std::int64_t>(expected.size()));
    CHECK(torch::allclose(values, torch::tensor(expected), 1e-5, 2e-6));
  }
  CHECK(cases == 8);
}

TEST_CASE("how a batch is cut into pieces changes no bit of it", "[train]") {
  const HostImages images(7, kSide, 4);
  const BatchImages whole = mixed(images.batch, 7);
  CHECK(same(mixed(images.batch, 1), whole));
  CHECK(same(mixed(images.batch, 3), whole));
  CHECK(same(mixed(images.batch, 3, 1, all_ways(), /*channels_last=*/true), whole));
  BatchUpload upload(at::kCPU, false);
  upload.begin(images.batch);
  CHECK_FALSE(same(upload.images(0, 7), whole));
}

TEST_CASE("a batch that is mixed again is mixed alike and its host memory stays", "[train]") {
  const HostImages images(6, kSide, 4);
  const std::vector<std::uint8_t> lq = images.lq, gt = images.gt;
  const BatchImages first = mixed(images.batch, 6);
  CHECK(same(mixed(images.batch, 2), first));
  CHECK(images.lq == lq);
  CHECK(images.gt == gt);
}

TEST_CASE("pixels of more than 8 bits are not mixed where the loader keeps them", "[train]") {
  const HostImages bytes(4, kSide, 4);
  std::vector<float> lq, gt;
  for (const std::uint8_t value : bytes.lq) {
    lq.push_back(static_cast<float>(value) / 255);
  }
  for (const std::uint8_t value : bytes.gt) {
    gt.push_back(static_cast<float>(value) / 255);
  }
  const std::vector<float> before = lq;
  Batch batch = bytes.batch;
  batch.lq = test::host_pixels(lq, 4, kSide);
  batch.gt = test::host_pixels(gt, 4, 2 * kSide);
  const bool channels_last = GENERATE(true, false);
  const BatchImages floats = mixed(batch, 2, 1, all_ways(), channels_last);
  CHECK(lq == before);
  const BatchImages expected = mixed(bytes.batch, 4);
  CHECK(torch::allclose(floats.lq, expected.lq, 1e-6, 1e-6));
  CHECK(torch::allclose(floats.gt, expected.gt, 1e-6, 1e-6));
}

TEST_CASE("samples are mixed with others of their own part of a step", "[train]") {
  const HostImages images(8, kSide, 4);
  BatchMixer mixer(all_ways(), 3);
  mixer.draw(images.batch, 2);
  for (std::size_t i = 0; i < 8; ++i) {
    const std::int64_t partner = mixer.mixes()[i].partner;
    CHECK(partner / 4 == static_cast<std::int64_t>(i) / 4);
    CHECK(partner != static_cast<std::int64_t>(i));
  }
}

TEST_CASE("a rank mixes as one process does that trains as all of them", "[train]") {
  HostImages all(8, kSide, 4);  // two parts: what ranks 0 and 1 take
  all.batch.first_sample = all.batch.numbers.first = 40;
  all.batch.numbers.parts_in_turns = 2;
  const BatchImages replayed = mixed(all.batch, 8, 2);
  for (std::uint64_t rank = 0; rank < 2; ++rank) {
    Batch batch = all.batch;
    batch.numbers = {40, 2, rank, 1};
    for (HostPixels* pixels : {&batch.lq, &batch.gt}) {
      pixels->count = 4;
      pixels->data += rank * pixels->bytes();
    }
    CHECK(same(mixed(batch, 4), replayed.narrow(static_cast<std::int64_t>(rank) * 4, 4)));
  }
}

TEST_CASE("the size of the crop does not change what is drawn for a sample", "[train]") {
  const HostImages small(6, kSide, 4), large(6, 3 * kSide, 4);
  BatchMixer a(all_ways(), 3), b(all_ways(), 3);
  a.draw(small.batch, 1);
  b.draw(large.batch, 1);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(a.mixes()[i].draw.kind == b.mixes()[i].draw.kind);
    CHECK(a.mixes()[i].draw.amount == b.mixes()[i].draw.amount);
    CHECK(a.mixes()[i].partner == b.mixes()[i].partner);
  }
}

TEST_CASE("sharpened GT is mixed as GT is and cutblur takes the other one", "[train]") {
  HostImages images(2, kSide, 4);
  std::vector<std::uint8_t> both;
  for (std::size_t i = 0; i < images.gt.size(); i += 3) {
    both.insert(both.end(), &images.gt[i], &images.gt[i] + 3);
    both.insert(both.end(), {7, 7, 7});
  }
  Batch doubled = images.batch;
  doubled.gt = test::host_pixels(both, 2, 2 * kSide);
  doubled.gt.channels = 6;
  for (const BatchMix kind :
       {BatchMix::kMixup, BatchMix::kCutmix, BatchMix::kResizemix, BatchMix::kCutblur}) {
    const BatchImages plain = mixed(images.batch, 2, 1, mixing({kind}, {1}));
    const BatchImages six = mixed(doubled, 2, 1, mixing({kind}, {1}));
    CHECK(torch::equal(six.lq, plain.lq));
    CHECK(torch::equal(six.gt.narrow(1, 0, 3), plain.gt));
    CHECK(torch::allclose(six.gt.narrow(1, 3, 3), torch::full({2, 3, 24, 24}, 7.0F / 255)));
  }
}

TEST_CASE("a step with mixing is retried to the bit and in micro-batches to rounding", "[train]") {
  Config config = test::small_config();
  config.train.batch_mix = all_ways();
  const HostImages images(6, kSide, 8);
  const auto after = [&](const Config& wanted, StepCut cut, bool twice) {
    test::ToyRun run(wanted);
    if (twice) {
      REQUIRE(completed(run.attempt(images.batch, cut)));
      run.step->undo(std::get<Completed>(run.step->attempt(images.batch, {cut, 0, true, false})));
    }
    REQUIRE(completed(run.attempt(images.batch, cut)));
    run.commit({1e-3, 1e-3});
    return torch::tensor(run.snapshot());
  };
  const at::Tensor whole = after(config, {}, false);
  CHECK(torch::equal(after(config, {}, true), whole));
  CHECK(torch::allclose(after(config, {1, 2}, false), whole, 1e-3, 1e-5));
  CHECK_FALSE(torch::allclose(after(test::small_config(), {}, false), whole, 1e-3, 1e-5));
}
