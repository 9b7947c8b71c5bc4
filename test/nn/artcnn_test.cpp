#include "nn/artcnn.h"

#include <torch/torch.h>

#include "golden.h"
#include "support/catch.h"

namespace {

using sr::arch::ArtCnnOptions;

struct Case {
  const char* key;
  int scale;
  int kernel_size;
};
const Case kCases[] = {{"x1", 1, 3}, {"x2", 2, 5}, {"x3", 3, 3}, {"x4", 4, 3}, {"x8", 8, 1}};

}  // namespace

TEST_CASE("ArtCNN's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const ArtCnnOptions options{.filters = 6, .n_block = 2, .kernel_size = c.kernel_size};
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"artcnn_golden.txt", c.key, {2, 3, 5, 7}, 0.06, channels_last});
}

TEST_CASE("ArtCNN has the published numbers of parameters", "[nn]") {
  const auto count = [](int blocks, int filters, int scale) {
    const ArtCnnOptions options{.filters = filters, .n_block = blocks};
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(16, 96, 4) == 4'113'168);
  CHECK(count(8, 64, 2) == 931'916);
  CHECK(count(8, 48, 1) == 522'243);
}
