#include <map>
#include <string>
#include <vector>

#include "arch/catalogue.h"
#include "support/catch.h"

namespace {

using sr::arch::SpanOptions;
using sr::arch::SpanPlusOptions;
using sr::arch::SpanPlusUpsampler;
using sr::arch::TensorShapes;
using Shapes = std::map<std::string, TensorShapes::Shape, std::less<>>;

/// Those tensors of a SPAN file that tell networks apart.
Shapes span_file(std::int64_t features, int blocks, std::int64_t outputs) {
  Shapes shapes{{"conv_1.sk.weight", {features, 3, 1, 1}},
                {"conv_cat.weight", {features, 4 * features, 1, 1}},
                {"conv_2.sk.weight", {features, features, 1, 1}},
                {"upsampler.0.weight", {outputs, features, 3, 3}},
                {"no_norm", {1}}};
  for (int block = 1; block <= blocks; ++block) {
    shapes["block_" + std::to_string(block) + ".c1_r.sk.weight"] = {features, features, 1, 1};
  }
  return shapes;
}

Shapes spanplus_file(const std::vector<int>& blocks, std::int64_t features) {
  Shapes shapes{{"feats.0.sk.weight", {features, 3, 1, 1}}};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string stage = "feats." + std::to_string(i + 1);
    shapes[stage + ".block_1.c1_r.sk.weight"] = {features, features, 1, 1};
    shapes[stage + ".block_end.c1_r.sk.weight"] = {features, features, 1, 1};
    for (int block = 0; block < blocks[i]; ++block) {
      shapes[stage + ".block_n." + std::to_string(block) + ".c1_r.sk.weight"] = {features, features,
                                                                                 1, 1};
    }
  }
  return shapes;
}

}  // namespace

TEST_CASE("a SPAN is recognised by its tensors", "[arch]") {
  const auto found = sr::arch::recognise(TensorShapes(span_file(48, 6, 48)));
  REQUIRE(found);
  CHECK(found->type == "span_s");
  CHECK(found->scale == 4);
  CHECK(std::get<SpanOptions>(found->options) == SpanOptions{.feature_channels = 48});
}

TEST_CASE("a SPAN of other numbers is recognised, and by no_norm whether it normalises", "[arch]") {
  Shapes shapes = span_file(40, 11, 12);
  shapes.erase("no_norm");
  const auto found = sr::arch::recognise(TensorShapes(shapes));
  REQUIRE(found);
  CHECK(found->type == "span");
  CHECK(found->scale == 2);
  CHECK(std::get<SpanOptions>(found->options) ==
        SpanOptions{.feature_channels = 40, .num_blocks = 11, .norm = true});
}

TEST_CASE("a SPANPlus is recognised by its tensors with each upsampler", "[arch]") {
  Shapes shapes = spanplus_file({2}, 32);
  shapes["upsampler.0.weight"] = {27, 32, 3, 3};
  const auto shuffled = sr::arch::recognise(TensorShapes(shapes));
  REQUIRE(shuffled);
  CHECK(shuffled->type == "spanplus_sts");
  CHECK(shuffled->scale == 3);

  shapes = spanplus_file({4}, 48);
  shapes["upsampler.offset.weight"] = {128, 48, 1, 1};
  shapes["upsampler.end_conv.weight"] = {3, 48, 1, 1};
  const auto sampled = sr::arch::recognise(TensorShapes(shapes));
  REQUIRE(sampled);
  CHECK(sampled->type == "spanplus");
  CHECK(sampled->scale == 4);

  shapes = spanplus_file({1, 3}, 48);
  shapes["upsampler.weight"] = {3, 48, 3, 3};
  const auto convolved = sr::arch::recognise(TensorShapes(shapes));
  REQUIRE(convolved);
  CHECK(convolved->scale == 1);
  CHECK(std::get<SpanPlusOptions>(convolved->options) ==
        SpanPlusOptions{.blocks = {1, 3}, .upsampler = SpanPlusUpsampler::kConvolution});
}

TEST_CASE("shapes that no SPAN has are not taken for one", "[arch]") {
  Shapes shapes = span_file(48, 6, 49);
  CHECK_FALSE(sr::arch::recognise(TensorShapes(shapes)));
  shapes = span_file(std::int64_t{1} << 40, 6, 48);
  CHECK_FALSE(sr::arch::recognise(TensorShapes(shapes)));
  shapes = span_file(48, 6, 48);
  shapes["conv_1.sk.weight"] = {};
  CHECK_FALSE(sr::arch::recognise(TensorShapes(shapes)));
}
