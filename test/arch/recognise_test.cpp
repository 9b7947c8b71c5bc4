#include <map>
#include <string>

#include "arch/catalogue.h"
#include "support/catch.h"

namespace {

using sr::arch::CompactOptions;
using sr::arch::EsrganOptions;
using sr::arch::ParamNaming;
using sr::arch::TensorShapes;
using Shapes = std::map<std::string, TensorShapes::Shape, std::less<>>;

std::optional<sr::arch::RecognisedNetwork> recognise(const Shapes& shapes) {
  return sr::arch::recognise(TensorShapes(shapes));
}

Shapes compact(int features, int convolutions, int channels_in, int channels_out, bool slopes) {
  Shapes shapes;
  const std::int64_t hidden = features;
  shapes["body.0.weight"] = {hidden, channels_in, 3, 3};
  shapes["body.0.bias"] = {hidden};
  for (int i = 1; i <= convolutions + 1; ++i) {
    if (slopes) {
      shapes["body." + std::to_string(2 * i - 1) + ".weight"] = {hidden};
    }
    const std::int64_t out = i == convolutions + 1 ? channels_out : features;
    shapes["body." + std::to_string(2 * i) + ".weight"] = {out, hidden, 3, 3};
    shapes["body." + std::to_string(2 * i) + ".bias"] = {out};
  }
  return shapes;
}

/// The tensors by which an RRDB network is known, under one of the three namings.
Shapes rrdb(const std::string& naming, int blocks, int steps, std::int64_t channels_in) {
  Shapes shapes;
  const bool old = naming == "old";
  const bool bsrgan = naming == "bsrgan";
  const auto block = [&](int n) {
    const std::string number = std::to_string(n);
    return old      ? "model.1.sub." + number + ".RDB1.conv"
           : bsrgan ? "RRDB_trunk." + number + ".RDB1.conv"
                    : "body." + number + ".rdb1.conv";
  };
  const std::string end = old ? ".0.weight" : ".weight";
  for (int n = 0; n < blocks; ++n) {
    shapes[block(n) + "1" + end] = {32, 64, 3, 3};
    shapes[block(n) + "2" + end] = {32, 96, 3, 3};
  }
  shapes[old ? "model.0.weight" : "conv_first.weight"] = {64, channels_in, 3, 3};
  const std::string after = old      ? "model.1.sub." + std::to_string(blocks)
                            : bsrgan ? "trunk_conv"
                                     : "conv_body";
  shapes[after + ".weight"] = {64, 64, 3, 3};
  for (int i = 1; i <= steps; ++i) {
    const std::string number = std::to_string(i);
    const std::string up = old      ? "model." + std::to_string(3 * i)
                           : bsrgan ? "upconv" + number
                                    : "conv_up" + number;
    shapes[up + ".weight"] = {64, 64, 3, 3};
  }
  const int last = 3 * steps;
  shapes[old ? "model." + std::to_string(last + 2) + ".weight" : "conv_hr.weight"] = {64, 64, 3, 3};
  shapes[old ? "model." + std::to_string(last + 4) + ".weight" : "conv_last.weight"] = {3, 64, 3,
                                                                                        3};
  return shapes;
}

}  // namespace

TEST_CASE("a Compact is known by its tensors", "[arch]") {
  const auto found = recognise(compact(64, 16, 3, 48, true));
  REQUIRE(found);
  CHECK(found->type == "compact");
  CHECK(found->scale == 4);
  CHECK(std::get<CompactOptions>(found->options) == CompactOptions{});
  CHECK(recognise(compact(24, 8, 3, 12, true))->type == "superultracompact");
  const auto other = recognise(compact(5, 0, 15, 3, false));
  REQUIRE(other);
  CHECK(other->scale == 1);
  CHECK(
      std::get<CompactOptions>(other->options) ==
      CompactOptions{
          .num_in_ch = 15, .num_feat = 5, .num_conv = 0, .act_type = sr::arch::Activation::kRelu});
}

TEST_CASE("an RRDB network is known under all of its namings", "[arch]") {
  struct Case {
    int steps;
    std::int64_t channels_in;
    int scale;
    bool folds;
  };
  const Case c = GENERATE(Case{2, 3, 4, true}, Case{2, 12, 2, true}, Case{2, 48, 1, true},
                          Case{1, 3, 2, false}, Case{0, 3, 1, false}, Case{3, 3, 8, true});
  const std::string naming = GENERATE("new", "old", "bsrgan");
  CAPTURE(naming, c.steps, c.channels_in);
  const auto found = recognise(rrdb(naming, 23, c.steps, c.channels_in));
  REQUIRE(found);
  CHECK(found->scale == c.scale);
  const auto& options = std::get<EsrganOptions>(found->options);
  CHECK(options.num_block == 23);
  CHECK(options.num_feat == 64);
  CHECK(options.num_grow_ch == 32);
  CHECK(options.num_in_ch == 3);
  CHECK(options.use_pixel_unshuffle == c.folds);
  CHECK((options.param_naming == ParamNaming::kOld) == (naming == "old"));
}

TEST_CASE("tensors that do not fit together are no network", "[arch]") {
  Shapes shapes = compact(64, 16, 3, 48, true);
  shapes["body.34.weight"] = {49, 64, 3, 3};
  CHECK_FALSE(recognise(shapes));
  shapes["body.34.weight"] = {48, 63, 3, 3};
  CHECK_FALSE(recognise(shapes));
  CHECK_FALSE(recognise(compact(64, 16, 4, 48, true)));
  CHECK_FALSE(recognise(compact(100000, 1, 3, 48, true)));
  shapes = rrdb("old", 2, 2, 3);
  shapes["model.1.sub.0.RDB1.conv2.0.weight"] = {32, 95, 3, 3};
  CHECK_FALSE(recognise(shapes));
  CHECK_FALSE(recognise(rrdb("new", 2, 4, 3)));
  CHECK_FALSE(recognise(rrdb("new", 2, 2, 5)));
  CHECK_FALSE(recognise({{"body.0.weight", {}}, {"body.0.bias", {1}}, {"body.2.weight", {1}}}));
  CHECK_FALSE(recognise({}));
}
