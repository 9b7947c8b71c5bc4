#include "arch/catalogue.h"
#include "support/catch.h"

namespace {

using sr::arch::TensorShapes;
using Shapes = std::map<std::string, TensorShapes::Shape, std::less<>>;

/// Some tensors of a RealPLKSR of 8 features and two blocks at scale 2.
Shapes realplksr_shapes() {
  return {
      {"feats.0.weight", {8, 3, 3, 3}},           {"feats.1.channel_mixer.0.weight", {16, 8, 3, 3}},
      {"feats.1.lk.conv.weight", {2, 2, 13, 13}}, {"feats.1.refine.weight", {8, 8, 1, 1}},
      {"feats.1.layer_norm.weight", {8}},         {"feats.2.refine.weight", {8, 8, 1, 1}},
      {"feats.4.weight", {12, 8, 3, 3}}};
}

Shapes rcan_shapes() {
  return {{"head.0.weight", {64, 3, 3, 3}},
          {"body.0.body.0.body.3.conv_du.0.weight", {4, 64, 1, 1}},
          {"body.0.body.1.weight", {64, 64, 3, 3}},
          {"body.1.weight", {64, 64, 3, 3}},
          {"tail.0.0.weight", {256, 64, 3, 3}},
          {"tail.1.weight", {3, 64, 3, 3}}};
}

std::optional<sr::arch::RecognisedNetwork> recognised(const Shapes& shapes) {
  return sr::arch::recognise(TensorShapes(shapes));
}

}  // namespace

TEST_CASE("RealPLKSR is read off its tensors", "[arch]") {
  const auto found = recognised(realplksr_shapes());
  REQUIRE(found);
  CHECK(found->type == "realplksr");
  CHECK(found->scale == 2);
  const auto& options = std::get<sr::arch::RealPlksrOptions>(found->options);
  CHECK(options.dim == 8);
  CHECK(options.n_blocks == 2);
  CHECK(options.kernel_size == 13);
  CHECK(options.split_ratio == 0.25);
  CHECK_FALSE(options.use_ea);
  CHECK(options.layer_norm);
}

TEST_CASE("RCAN is read off its tensors", "[arch]") {
  const auto found = recognised(rcan_shapes());
  REQUIRE(found);
  CHECK(found->type == "rcan");
  CHECK(found->scale == 2);
  const auto& options = std::get<sr::arch::RcanOptions>(found->options);
  CHECK(options.n_feats == 64);
  CHECK(options.n_resgroups == 1);
  CHECK(options.n_resblocks == 1);
  CHECK(options.reduction == 16);
}

TEST_CASE("Shapes that no network has are not recognised", "[arch]") {
  for (const auto& [name, axis, length] : {std::tuple{"feats.0.weight", 0, std::int64_t{1} << 40},
                                           {"feats.0.weight", 0, -8},
                                           {"feats.1.lk.conv.weight", 0, 0},
                                           {"feats.1.lk.conv.weight", 0, 9},
                                           {"feats.1.lk.conv.weight", 2, 1000},
                                           {"feats.4.weight", 0, 13},
                                           {"feats.4.weight", 0, std::int64_t{3} << 50}}) {
    CAPTURE(name, axis, length);
    Shapes shapes = realplksr_shapes();
    shapes.at(name)[static_cast<std::size_t>(axis)] = length;
    CHECK_FALSE(recognised(shapes));
  }
  Shapes empty = rcan_shapes();
  empty.at("body.0.body.0.body.3.conv_du.0.weight").clear();
  CHECK_FALSE(recognised(empty));
  Shapes odd = rcan_shapes();
  odd.at("tail.0.0.weight") = {256, 0, 3, 3};
  CHECK_FALSE(recognised(odd));
  odd.at("tail.0.0.weight") = {130, 64, 3, 3};
  CHECK_FALSE(recognised(odd));
}
