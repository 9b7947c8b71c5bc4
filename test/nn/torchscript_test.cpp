#include "nn/torchscript.h"

#include <chrono>
#include <cstdlib>
#include <string>

#include <fmt/format.h>
#include <torch/torch.h>

#include "checkpoint/script_archive.h"
#include "checkpoint/zip_writer.h"
#include "core/error.h"
#include "core/random.h"
#include "nn/script_operators.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"
#include "support/torchscript.h"

namespace {

using namespace sr;
using arch::TorchScriptOptions;
using test::contains;
using test::forward_with;
using test::TempFolder;

std::unique_ptr<Network> load(const std::string& file, int scale = 2) {
  return make_network(TorchScriptOptions{.file = file}, scale, 0);
}

/// Why a network with this forward is refused; empty when it is taken.
std::string refused(const std::string& source) {
  const TempFolder folder;
  const std::string file = test::saved(test::small_script(source), folder / "net.pt");
  return test::message_of<CheckpointError>([&] { load(file); });
}

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
  const auto network = load(test::saved(module, folder / "net.pt"));
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
  const auto network = load(test::saved(test::script_with_batch_norm(), folder / "net.pt"));
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
  CHECK(load(file, 0)->scale() == 2);
  CHECK(load(file, 0)->size_multiple() == 4);
  CHECK(contains(test::message_of<CheckpointError>([&] { load(file, 4); }),
                 "makes no image of 4 times the size"));
}

TEST_CASE("what the file says of itself is checked against the configuration", "[nn]") {
  const TempFolder folder;
  const std::string file =
      with_facts(folder, R"({"name": "small", "scale": 2, "channels": 3, "size_multiple": 8})");
  const auto network = load(file);
  CHECK(network->size_multiple() == 8);
  CHECK(network->description().at("name") == "small");
  CHECK(contains(test::message_of<ConfigError>([&] { load(file, 4); }),
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
  CHECK(contains(test::message_of<CheckpointError>([&] { load(with_facts(folder, "[1]")); }),
                 "sr_train.json"));
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load(with_facts(folder, R"({"scale": -1})")); }),
      "scale is -1"));
}

TEST_CASE("operators that do more than compute are refused by name", "[nn]") {
  const auto in_forward = [](const std::string& line) { return refused(forward_with(line)); };
  CHECK(in_forward("y = torch.relu(y)").empty());
  CHECK(contains(in_forward("y = y + torch.from_file(\"/etc/passwd\", False, 4)[0]"),
                 "aten::from_file"));
  CHECK(contains(in_forward("torch.save(y, \"/tmp/x\")"), "aten::save"));
  CHECK(contains(in_forward("print(y)"), "prim::Print"));
  CHECK(contains(in_forward("y = y + torch.rand_like(y)"), "aten::rand_like"));
  CHECK(contains(in_forward("y = torch.as_strided(y, [1, 12, 4, 4], [1, 1, 1, 1])"),
                 "aten::as_strided"));
}

TEST_CASE("forbidden operators are found in blocks and in methods that forward does not call",
          "[nn]") {
  CHECK(contains(refused(forward_with("if y.size(0) > 1000:\n    print(y)")), "prim::Print"));
  CHECK(contains(refused(forward_with("y = torch.relu(y)") +
                         "\ndef other(self, x):\n  print(x)\n  return x\n"),
                 "prim::Print"));
  const TempFolder folder;
  torch::jit::Module outer = test::small_script(forward_with("y = torch.relu(y)"));
  torch::jit::Module inner("__torch__.Inner");
  inner.define("def helper(self, x: str):\n  return torch.from_file(x, False, 1)\n");
  outer.register_module("inner", inner);
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load(test::saved(outer, folder / "net.pt")); }),
      "aten::from_file"));
}

TEST_CASE("dropout is taken with probability 0 alone", "[nn]") {
  CHECK(refused(forward_with("y = torch.dropout(y, 0.0, True)")).empty());
  CHECK(refused(forward_with("y = torch.dropout(y, 0.5, False)")).empty());
  CHECK(contains(refused(forward_with("y = torch.dropout(y, 0.5, True)")),
                 "drops values at random (p = 0.5)"));
  CHECK(refused(forward_with("y = torch.dropout_(y, 0.0, True)")).empty());
  CHECK(contains(refused(forward_with("y = torch.feature_alpha_dropout_(y, 0.5, True)")),
                 "drops values at random (p = 0.5)"));
  CHECK(contains(refused(forward_with("y = torch.dropout(y, float(y.size(0)), True)")),
                 "drops values at random (p = found while it runs)"));
}

// As torch.jit.script() writes a torch.nn.Dropout, and a probability that is an attribute.
TEST_CASE("the probability of dropout is followed into functions and attributes", "[nn]") {
  const auto refusal = [](double argument, double attribute) {
    const TempFolder folder;
    torch::jit::Module module = test::small_script("def nothing(self):\n  return 0\n");
    module.register_attribute("training", c10::BoolType::get(), true);
    module.register_attribute("p", c10::FloatType::get(), attribute);
    module.define(
        "def drop(self, y, p: float):\n  if self.training:\n    y = torch.dropout_(y, p, "
        "self.training)\n  else:\n    y = torch.dropout(y, p, self.training)\n  return y\n");
    module.define(forward_with(
        fmt::format("y = self.drop(y, {:.1f})\n  y = torch.dropout(y, self.p, True)", argument)));
    const std::string file = test::saved(module, folder / "net.pt");
    return test::message_of<CheckpointError>([&] { load(file); });
  };
  CHECK(refusal(0, 0).empty());
  CHECK(contains(refusal(0.2, 0), "drops values at random (p = 0.2)"));
  CHECK(contains(refusal(0, 0.3), "drops values at random (p = 0.3)"));
}

TEST_CASE("rows of a table are taken, unless their gradient is no plain one", "[nn]") {
  const auto with_rows = [](const std::string& arguments) {
    return refused(forward_with(
        "table = torch.reshape(self.weight, [12, 27])\n  rows = torch.embedding(table, "
        "torch.tensor([3, 11, 0, 3])" +
        arguments + ")\n  y = y + torch.mean(rows)"));
  };
  CHECK(with_rows("").empty());
  CHECK(with_rows(", 3").empty());
  CHECK(with_rows(", -9000000000000000000").empty());
  CHECK(with_rows(", -1, False, False").empty());
  CHECK(contains(with_rows(", -1, True, False"), "aten::embedding with scale_grad_by_freq"));
  CHECK(contains(with_rows(", -1, False, True"), "aten::embedding with sparse"));
  CHECK(contains(with_rows(", -1, False, y.size(0) > 100"), "aten::embedding with sparse"));
}

// A scripted torch.nn.functional.embedding has the operator that scales rows, for a max_norm that
// may be None.
TEST_CASE("a table whose rows are scaled is refused, not the function that could do so", "[nn]") {
  const auto refusal = [](const char* max_norm) {
    const TempFolder folder;
    torch::jit::Module module = test::small_script("def nothing(self):\n  return 0\n");
    module.define(
        "def rows(self, table, max_norm: Optional[float]):\n  index = torch.tensor([1, 2])\n  if "
        "max_norm is not None:\n    table = torch._no_grad_embedding_renorm_(table, index, "
        "max_norm, 2.0)\n  return torch.embedding(table, index)\n");
    module.define(forward_with(fmt::format(
        "y = y + torch.mean(self.rows(torch.reshape(self.weight, [12, 27]), {}))", max_norm)));
    const std::string file = test::saved(module, folder / "net.pt");
    return test::message_of<CheckpointError>([&] { load(file); });
  };
  CHECK(refusal("None") == "");
  CHECK(contains(refusal("0.5"), "aten::embedding with max_norm"));
}

TEST_CASE("a program that writes to its input is given a copy", "[nn]") {
  const TempFolder folder;
  const auto writing = [](const std::string& when) {
    return test::small_script("def forward(self, x):\n  if " + when +
                              ":\n    x[:, 0].mul_(0.5)\n  y = torch.conv2d(x, self.weight, None, "
                              "[1, 1], [1, 1])\n  return torch.pixel_shuffle(y, 2)\n");
  };
  const auto always = load(test::saved(writing("x.size(0) > 0"), folder / "always.pt"));
  const at::Tensor lq = at::rand({2, 3, 6, 6});
  const at::Tensor before = lq.clone();
  const at::Tensor output = always->forward(lq);
  CHECK(torch::equal(lq, before));
  at::Tensor halved = lq.clone();
  halved.select(1, 0).mul_(0.5);
  const at::Tensor weight = always->parameters()[0].tensor;
  CHECK(torch::equal(output, at::pixel_shuffle(at::conv2d(halved, weight, {}, 1, 1), 2)));

  const auto later = load(test::saved(writing("x.size(0) == 5"), folder / "later.pt"));
  later->forward(lq);
  CHECK(contains(test::message_of<CheckpointError>([&] {
                   later->forward(at::rand({5, 3, 6, 6}));
                 }),
                 "later.pt: its forward writes to its input, but did not when it was tried"));
}

TEST_CASE("what a step could not undo is refused", "[nn]") {
  const TempFolder folder;
  torch::jit::Module counts = test::small_script("def nothing(self):\n  return 0\n");
  counts.register_attribute("count", c10::IntType::get(), 0);
  counts.define(forward_with("self.count = self.count + 1"));
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load(test::saved(counts, folder / "a.pt")); }),
      "assigns to its own attribute count"));
  CHECK(contains(refused(forward_with("self.weight.mul_(0.5)")), "its forward writes to weight"));
  CHECK(contains(refused(forward_with("torch.mul(self.weight, 0.5, out=self.weight)")),
                 "its forward writes to weight"));
  CHECK(contains(refused(forward_with("self.weight.requires_grad_(False)")),
                 "ends the training of its parameter weight"));
  torch::jit::Module hidden = test::small_script("def nothing(self):\n  return 0\n");
  hidden.register_attribute("seen", c10::TensorType::get(), at::zeros({1}));
  hidden.define(forward_with("self.seen.add_(1)\n  y = y * self.seen"));
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load(test::saved(hidden, folder / "c.pt")); }),
      "its forward writes to seen, which is no buffer"));
  torch::jit::Module grows = test::small_script("def nothing(self):\n  return 0\n");
  grows.register_buffer("seen", at::zeros({1}));
  grows.define(forward_with("self.seen.unsqueeze_(0)"));
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load(test::saved(grows, folder / "d.pt")); }),
      "gives its buffer seen another shape"));
  torch::jit::Module tied = test::small_script(forward_with("y = torch.relu(y)"));
  tied.register_parameter("other", tied.attr("weight").toTensor(), false);
  CHECK(
      contains(test::message_of<CheckpointError>([&] { load(test::saved(tied, folder / "b.pt")); }),
               "share their memory"));
}

// None of these may reach memory that is not theirs, or end the program.
TEST_CASE("arguments that operators cannot follow are a fault of the file", "[nn]") {
  for (const char* line : {
           "y = torch.zeros([-1, 12])",
           "y = y + torch.zeros([1099511627776, 1099511627776])",
           "y = y.narrow(1, 11, 5)",
           "y = y[:, 40]",
           "y = torch.index_select(y, 1, torch.tensor([0, 4000000000]))",
           "y = torch.gather(y, 1, torch.full_like(y, 4000000000).to(4))",
           "torch.scatter_(y, 1, torch.full_like(y, 4000000000).to(4), y)",
           "y = y + torch.embedding(self.weight[0, 0], torch.tensor([3])).mean()",
           "y = y + torch.embedding(self.weight[0, 0], torch.tensor([-1])).mean()",
           "y = y + torch.embedding(self.weight[0, 0], torch.tensor([4000000000])).mean()",
           "y = y + torch.embedding(self.weight[0, 0], torch.tensor([0.5])).mean()",
           "y = y + torch.embedding(self.weight, torch.tensor([0])).mean()",
           "i = torch.tensor([0])\n  y = y + torch.embedding(self.weight[0, 0], i).mean()\n  "
           "i.add_(4000000000)\n  y = y + i",
           "y = torch.conv2d(y, self.weight, None, [0, 0], [1, 1])",
           "y = torch.conv2d(y, self.weight, None, [1, 1], [1, 1], [1, 1], 0)",
           "y = torch.group_norm(y, 0)",
           "y = torch.group_norm(y, 5)",
           "y = torch.batch_norm(y, self.weight[0, 0, 0], None, None, None, True, 0.1, 1e-5, True)",
           "y = torch.layer_norm(y, [7])",
           "y = torch.avg_pool2d(y, [0, 0])",
           "y = torch.repeat_interleave(y, -1)",
           "y = torch.pixel_unshuffle(y, 0)",
           "y = torch.chunk(y, 0)[0]",
           "y = torch.native_batch_norm(y, self.weight[0, 0, 0], None, None, None, True, 0.1, "
           "1e-5)[0]",
           "y = torch.native_layer_norm(y, [7], None, None, 1e-5)[0]",
           "y = torch.native_group_norm(y, None, None, 64, 12, 4096, 4, 1e-5)[0]",
           "y = torch.im2col(y, [0, 0], [1, 1], [0, 0], [1, 1])",
           "y = torch.col2im(y, [1, 1], [9, 9], [1, 1], [0, 0], [0, 0])",
       }) {
    CAPTURE(line);
    CHECK_FALSE(refused(forward_with(line)).empty());
  }
}

TEST_CASE("loops end", "[nn]") {
  CHECK(refused(forward_with("for i in range(3):\n    y = torch.relu(y)")) == "");
  CHECK(contains(refused(forward_with("n = 0\n  while n >= 0:\n    n = n + 1\n  y = y + n")),
                 "its loops run more than a million times"));
}

TEST_CASE("a program that is no network is refused", "[nn]") {
  CHECK(contains(refused("def other(self, x):\n  return x\n"), "has no forward"));
  CHECK(contains(refused("def forward(self, x, y):\n  return x\n"), "needs \"y\" beside"));
  CHECK(contains(refused("def forward(self, x):\n  return [x]\n"),
                 "not a function of an image batch"));
  CHECK(contains(
      refused("def forward(self, x):\n  return torch.upsample_nearest2d(x, None, [2.0, 2.0])\n"),
      "does not depend on its parameters"));
  CHECK(contains(refused(forward_with("y = y.narrow(2, 0, 1000)")), "at any of the sizes tried"));
}

TEST_CASE("a damaged or foreign file is refused by name", "[nn]") {
  const TempFolder folder;
  const std::string file =
      test::saved(test::small_script(forward_with("y = torch.relu(y)")), folder / "net.pt");
  const std::string whole = test::read_text(file);
  const auto message = [&](const std::string& content) {
    const auto path = folder.write("x.pt", content);
    return test::message_of<CheckpointError>([&] { load(path.string()); });
  };
  CHECK(message(whole).empty());
  CHECK(contains(message(whole.substr(0, whole.size() / 2)), "x.pt: "));
  std::string changed = whole;
  changed[whole.find("def forward") != std::string::npos ? whole.find("def forward") : 200] ^= 1;
  CHECK(contains(message(changed), "x.pt: "));
  CHECK(contains(message("no zip"), "is not a TorchScript file"));
  CHECK(contains(test::message_of<CheckpointError>([&] { load((folder / "missing.pt").string()); }),
                 "missing.pt"));
  CHECK(contains(test::message_of<CheckpointError>([&] { load(""); }), "has to name"));
}

TEST_CASE("the list of operators has no gaps in its words", "[nn]") {
  CHECK(is_script_operator("aten::conv2d"));
  CHECK(is_script_operator("prim::If"));
  CHECK(is_script_operator("aten::lift_fresh"));  // in traces, behind a tensor of known values
  for (const char* kind : {"aten::",
                           "prim::",
                           "aten::conv2",
                           "aten::onv2d",
                           "aten::conv2d ",
                           "prim::Print",
                           "prim::PythonOp",
                           "prim::CreateObject",
                           "prim::fork",
                           "aten::from_file",
                           "aten::save",
                           "aten::wait",
                           "aten::empty",
                           "aten::set_",
                           "aten::resize_",
                           "aten::rand",
                           "aten::normal_",
                           "aten::native_batch_norm",
                           "aten::_native_batch_norm_legit",
                           "aten::as_strided_",
                           "aten::embedding_renorm_",
                           "aten::embedding_bag",
                           "prim::data",
                           "prim::Closure",
                           "quantized::add",
                           "c10d::allreduce_",
                           "sr::bias_prelu",
                           ""}) {
    CAPTURE(kind);
    CHECK_FALSE(is_script_operator(kind));
  }
}

// torch.jit.script() compiles all branches of the Python function, for sound and volumes too.
TEST_CASE("all operators of a scripted torch.nn.functional.interpolate are taken", "[nn]") {
  for (const char* kind :
       {"aten::upsample_nearest1d", "aten::upsample_nearest2d", "aten::upsample_nearest3d",
        "aten::_upsample_nearest_exact1d", "aten::_upsample_nearest_exact2d",
        "aten::_upsample_nearest_exact3d", "aten::adaptive_avg_pool1d", "aten::adaptive_avg_pool2d",
        "aten::adaptive_avg_pool3d", "aten::upsample_linear1d", "aten::upsample_bilinear2d",
        "aten::_upsample_bilinear2d_aa", "aten::upsample_trilinear3d", "aten::upsample_bicubic2d",
        "aten::_upsample_bicubic2d_aa"}) {
    CAPTURE(kind);
    CHECK(is_script_operator(kind));
  }
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
      load((folder / "x.pt").string());
    } catch (const Error&) {
      // What is refused is refused by an error of ours.
    }
  }
  SUCCEED();
}
