#include "inspect/identify.h"

#include "core/error.h"
#include "inspect/files.h"
#include "support/catch.h"
#include "support/thrown.h"

using sr::test::compact_tensors;

TEST_CASE("metadata decides what the network is", "[inspect]") {
  const sr::TensorFile file{compact_tensors(24, 8, 2),
                            {{"architecture", "superultracompact"},
                             {"scale", "2"},
                             {"num_conv", "8"},
                             {"learn_residual", "false"},
                             {"step", "1000"}}};
  const sr::IdentifiedNetwork network = sr::identify(file);
  CHECK(network.from_metadata);
  CHECK(network.architecture == "superultracompact");
  CHECK(network.scale == 2);
  const auto& options = std::get<sr::arch::CompactOptions>(network.options);
  CHECK(options.num_feat == 24);
  CHECK_FALSE(options.learn_residual);
}

TEST_CASE("without metadata the tensors decide, under any common prefix", "[inspect]") {
  for (const char* prefix : {"", "module.", "net_g.", "net_g.module.", "a.b."}) {
    const sr::IdentifiedNetwork network = sr::identify({compact_tensors(64, 16, 4, prefix), {}});
    CHECK_FALSE(network.from_metadata);
    CHECK(network.architecture == "compact");
    CHECK(network.scale == 4);
    CHECK((network.prefix.empty() || std::string(prefix).ends_with(network.prefix)));
  }
  // Another program's word for it.
  CHECK(sr::identify({compact_tensors(64, 16, 4), {{"architecture", "RealESR"}, {"scale", "4"}}})
            .architecture == "compact");
}

TEST_CASE("of a file of several networks the one that is known is meant", "[inspect]") {
  for (const char* prefix : {"generator.", "model.net_g.", "z."}) {
    std::vector<sr::StoredTensor> tensors = compact_tensors(64, 16, 4, prefix);
    for (const char* other :
         {"discriminator.conv0.weight", "model.net_d.conv0.weight", "loss.vgg.0.weight", "step"}) {
      tensors.insert(tensors.begin(), sr::test::tensor(other, {8, 3, 3, 3}));
    }
    const sr::IdentifiedNetwork network = sr::identify({tensors, {}});
    CHECK(network.architecture == "compact");
    CHECK(network.prefix == prefix);
  }
}

TEST_CASE("numbers in a tensor of bytes tell what shapes do not", "[inspect]") {
  const std::string block = "module.groups.0.blocks.0.";
  for (const int scale : {2, 3}) {
    // Both scales have one step of nearest neighbours, with the same tensors.
    sr::StoredTensor meta{"module.upsampler.MetaUpsample", sr::DType::kUInt8, {7}, {}};
    for (const int code : {3, 3, scale, 12, 3, 40, 4}) {
      meta.bytes.push_back(static_cast<std::byte>(code));
    }
    const sr::IdentifiedNetwork network =
        sr::identify({{sr::test::tensor("module.conv_first.weight", {12, 3, 3, 3}),
                       sr::test::tensor(block + "attn.bias", {2, 16, 16}),
                       sr::test::tensor(block + "inter.cg.1.weight", {6, 12, 1, 1}),
                       sr::test::tensor(block + "ffn.smix.weight", {24, 1, 3, 3}), meta},
                      {}});
    CHECK(network.architecture == "fdat");
    CHECK(network.scale == scale);
    const auto& options = std::get<sr::arch::FdatOptions>(network.options);
    CHECK(options.upsampler_type == sr::arch::UniUpsampler::kNearestConv);
    CHECK(options.mid_dim == 40);
    CHECK(options.window_size == 4);
  }
}

TEST_CASE("a discriminator is told from the network that makes images", "[inspect]") {
  const sr::TensorFile file{{sr::test::tensor("conv0.weight", {3, 3})},
                            {{"architecture", "unetdiscriminatorsn"}}};
  CHECK_THAT(
      sr::test::message_of<sr::CheckpointError>([&] { sr::identify(file); }),
      Catch::Contains("holds a discriminator (unetdiscriminatorsn)") && Catch::Contains("net_g"));
}

TEST_CASE("what is known to nobody is refused with its names", "[inspect]") {
  const auto refusal = [](const sr::TensorFile& file) {
    return sr::test::message_of<sr::CheckpointError>([&] { sr::identify(file); });
  };
  CHECK(refusal({{sr::test::tensor("layers.0.attn.weight", {3, 3})}, {}})
            .find("\"layers.0.attn.weight\"") != std::string::npos);
  CHECK(refusal({{}, {}}).find("0 tensors") != std::string::npos);
  for (const char* scale : {"0", "-2", "2x", "", "99999999999"}) {
    CHECK(refusal({compact_tensors(4, 1, 2), {{"architecture", "compact"}, {"scale", scale}}})
              .find("scale") != std::string::npos);
  }
  CHECK(refusal({compact_tensors(4, 1, 2),
                 {{"architecture", "compact"}, {"scale", "2"}, {"num_feat", "99999999"}}})
            .find("num_feat") != std::string::npos);
}
