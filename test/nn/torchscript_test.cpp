#include "nn/torchscript.h"

#include <chrono>
#include <cstdlib>
#include <string>

#include <torch/torch.h>

#include "checkpoint/script_archive.h"
#include "checkpoint/zip_writer.h"
#include "core/random.h"
#include "support/catch.h"
#include "support/loaded_script.h"

namespace {

using namespace sr;
using arch::TorchScriptOptions;
using test::contains;
using test::forward_with;
using test::load_script;
using test::refusal_of;
using test::TempFolder;

std::string with_facts(const TempFolder& folder, const std::string& facts) {
  const std::string file = (folder / "facts.pt").string();
  test::small_script(forward_with("y = torch.relu(y)")).save(file, {{"sr_train.json", facts}});
  return file;
}

/// The program with one record changed at random places, as a whole archive.
void write_changed(const std::map<std::string, std::vector<std::byte>>& records, std::uint64_t seed,
                   const std::filesystem::path& file) {
  std::uint64_t drawn = 0;
  const auto draw = [&](std::uint64_t below) { return hash(seed, drawn++, Stream::kStep) % below; };
  const std::uint64_t chosen = draw(records.size());
  ZipWriter zip(file);
  std::uint64_t index = 0;
  for (const auto& [name, bytes] : records) {
    std::vector<std::byte> content = bytes;
    for (std::uint64_t i = 0, count = 1 + draw(3); index == chosen && i < count && !content.empty();
         ++i) {
      const auto at = static_cast<std::ptrdiff_t>(draw(content.size()));
      const auto length = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(1 + draw(8)),
                                                   std::ssize(content) - at);
      const auto begin = content.begin() + at;
      switch (draw(3)) {
        case 0:
          *begin = static_cast<std::byte>(draw(256));
          break;
        case 1:
          content.erase(begin, begin + length);
          break;
        default: {
          const std::vector<std::byte> piece(begin, begin + length);
          content.insert(content.begin() + static_cast<std::ptrdiff_t>(draw(content.size())),
                         piece.begin(), piece.end());
        }
      }
    }
    zip.add("net/" + name, content);
    ++index;
  }
  zip.finish();
}

}  // namespace

TEST_CASE("a TorchScript file is a network with its own names and values", "[nn]") {
  const TempFolder folder;
  const torch::jit::Module module = test::small_script(forward_with("y = torch.relu(y)"));
  const auto network = load_script(test::saved(module, folder / "net.pt"));
  REQUIRE(network->parameters().size() == 1);
  CHECK(network->parameters()[0].name == "weight");
  CHECK(torch::equal(network->parameters()[0].tensor, module.attr("weight").toTensor()));
  CHECK(network->parameters()[0].tensor.requires_grad());
  CHECK_FALSE(network->parameters()[0].tensor.grad().defined());
  CHECK(network->size_multiple() == 1);
  CHECK(network->description().at("sha256").size() == 64);
  const at::Tensor lq = at::rand({2, 3, 5, 6});
  const at::Tensor weight = module.attr("weight").toTensor();
  CHECK(torch::equal(network->forward(lq),
                     at::pixel_shuffle(at::relu(at::conv2d(lq, weight, {}, 1, 1)), 2)));
}

TEST_CASE("a module's mode is training while gradients are recorded", "[nn]") {
  const TempFolder folder;
  const auto network = load_script(test::saved(test::script_with_batch_norm(), folder / "net.pt"));
  REQUIRE(network->buffers().size() == 2);
  const at::Tensor mean = network->buffers()[0].tensor;
  REQUIRE(torch::equal(mean, at::zeros({8})));  // trying it out has left no trace
  const at::Tensor lq = at::rand({2, 3, 8, 8});
  {
    const at::NoGradGuard no_grad;
    network->forward(lq);
  }
  CHECK(torch::equal(mean, at::zeros({8})));
  network->forward(lq);
  CHECK_FALSE(torch::equal(mean, at::zeros({8})));
}

TEST_CASE("scale and size multiple are found where the file does not say them", "[nn]") {
  const TempFolder folder;
  // Folding by 4 and back: sides must be multiples of 4.
  const std::string source =
      "def forward(self, x):\n  y = torch.conv2d(x, self.weight, None, [1, 1], [1, 1])\n  y = "
      "torch.pixel_shuffle(torch.pixel_unshuffle(y, 4), 4)\n  return torch.pixel_shuffle(y, 2)\n";
  const std::string file = test::saved(test::small_script(source), folder / "net.pt");
  CHECK(load_script(file, 0)->scale() == 2);
  CHECK(load_script(file, 0)->size_multiple() == 4);
  CHECK(contains(test::message_of<CheckpointError>([&] { load_script(file, 4); }),
                 "makes no image of 4 times the size"));
}

TEST_CASE("what the file says of itself is checked against the configuration", "[nn]") {
  const TempFolder folder;
  const std::string file =
      with_facts(folder, R"({"name": "small", "scale": 2, "channels": 3, "size_multiple": 8})");
  const auto network = load_script(file);
  CHECK(network->size_multiple() == 8);
  CHECK(network->description().at("name") == "small");
  CHECK(contains(test::message_of<ConfigError>([&] { load_script(file, 4); }),
                 "is a network of scale 2, the configuration has 4"));
  CHECK(contains(test::message_of<ConfigError>(
                     [&] { make_network(TorchScriptOptions{.file = file, .num_in_ch = 9}, 2, 0); }),
                 "takes 3 channels, num_in_ch is 9"));
  const std::string sha256 = network->description().at("sha256");
  CHECK_NOTHROW(make_network(TorchScriptOptions{.file = file, .sha256 = sha256}, 2, 0));
  CHECK(contains(test::message_of<CheckpointError>([&] {
                   make_network(TorchScriptOptions{.file = file, .sha256 = std::string(64, '0')}, 2,
                                0);
                 }),
                 "is another network: its SHA-256 is " + sha256));
  CHECK(contains(test::message_of<CheckpointError>([&] { load_script(with_facts(folder, "[1]")); }),
                 "sr_train.json"));
  CHECK(contains(test::message_of<CheckpointError>(
                     [&] { load_script(with_facts(folder, R"({"scale": -1})")); }),
                 "scale is -1"));
}

TEST_CASE("a program that is no network is refused", "[nn]") {
  CHECK(contains(refusal_of("def other(self, x):\n  return x\n"), "has no forward"));
  CHECK(contains(refusal_of("def forward(self, x, y):\n  return x\n"), "needs \"y\" beside"));
  CHECK(contains(refusal_of("def forward(self, x):\n  return [x]\n"),
                 "not a function of an image batch"));
  CHECK(contains(
      refusal_of("def forward(self, x):\n  return torch.upsample_nearest2d(x, None, [2.0, 2.0])\n"),
      "does not depend on its parameters"));
  CHECK(
      contains(refusal_of(forward_with("y = y.narrow(2, 0, 1000)")), "at any of the sizes tried"));
}

TEST_CASE("a damaged or foreign file is refused by name", "[nn]") {
  const TempFolder folder;
  const std::string file =
      test::saved(test::small_script(forward_with("y = torch.relu(y)")), folder / "net.pt");
  const std::string whole = test::read_text(file);
  const auto message = [&](const std::string& content) {
    const auto path = folder.write("x.pt", content);
    return test::message_of<CheckpointError>([&] { load_script(path.string()); });
  };
  CHECK(message(whole).empty());
  CHECK(contains(message(whole.substr(0, whole.size() / 2)), "x.pt: "));
  std::string changed = whole;
  changed[whole.find("def forward") != std::string::npos ? whole.find("def forward") : 200] ^= 1;
  CHECK(contains(message(changed), "x.pt: "));
  CHECK(contains(message("no zip"), "is not a TorchScript file"));
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load_script((folder / "missing.pt").string()); }),
      "missing.pt"));
  CHECK(contains(test::message_of<CheckpointError>([&] { load_script(""); }), "has to name"));
}

// SR_FUZZ_SECONDS=600 goes on for so long.
TEST_CASE("changed TorchScript files are read or refused", "[nn]") {
  const char* const wanted = std::getenv("SR_FUZZ_SECONDS");
  const double seconds = wanted != nullptr ? std::atof(wanted) : 0;
  const TempFolder folder;
  const auto file = std::filesystem::path(SR_SOURCE_DIR) / "data/tiny_network.pt";
  const auto records = read_script_archive(file).records;
  const auto started = std::chrono::steady_clock::now();
  const auto passed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  constexpr std::uint64_t kFew = 25;
  for (std::uint64_t i = 0; i < kFew || passed() < seconds; ++i) {
    CAPTURE(i);
    write_changed(records, i, folder / "x.pt");
    try {
      load_script((folder / "x.pt").string());
    } catch (const Error&) {
      // What is refused is refused by an error of ours.
    }
  }
  SUCCEED();
}
