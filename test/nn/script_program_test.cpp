#include "nn/script_program.h"

#include <string>

#include <fmt/format.h>
#include <torch/torch.h>

#include "nn/script_operators.h"
#include "support/catch.h"
#include "support/loaded_script.h"

// What a TorchScript program may do. How its file becomes a network: torchscript_test.cpp.

namespace {

using namespace sr;
using test::contains;
using test::forward_with;
using test::load_script;
using test::refusal_of;
using test::TempFolder;

}  // namespace

TEST_CASE("operators that do more than compute are refused by name", "[nn]") {
  const auto in_forward = [](const std::string& line) { return refusal_of(forward_with(line)); };
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
  CHECK(contains(refusal_of(forward_with("if y.size(0) > 1000:\n    print(y)")), "prim::Print"));
  CHECK(contains(refusal_of(forward_with("y = torch.relu(y)") +
                            "\ndef other(self, x):\n  print(x)\n  return x\n"),
                 "prim::Print"));
  const TempFolder folder;
  torch::jit::Module outer = test::small_script(forward_with("y = torch.relu(y)"));
  torch::jit::Module inner("__torch__.Inner");
  inner.define("def helper(self, x: str):\n  return torch.from_file(x, False, 1)\n");
  outer.register_module("inner", inner);
  CHECK(contains(test::message_of<CheckpointError>(
                     [&] { load_script(test::saved(outer, folder / "net.pt")); }),
                 "aten::from_file"));
}

TEST_CASE("dropout is taken with probability 0 alone", "[nn]") {
  CHECK(refusal_of(forward_with("y = torch.dropout(y, 0.0, True)")).empty());
  CHECK(refusal_of(forward_with("y = torch.dropout(y, 0.5, False)")).empty());
  CHECK(contains(refusal_of(forward_with("y = torch.dropout(y, 0.5, True)")),
                 "drops values at random (p = 0.5)"));
  CHECK(refusal_of(forward_with("y = torch.dropout_(y, 0.0, True)")).empty());
  CHECK(contains(refusal_of(forward_with("y = torch.feature_alpha_dropout_(y, 0.5, True)")),
                 "drops values at random (p = 0.5)"));
  CHECK(contains(refusal_of(forward_with("y = torch.dropout(y, float(y.size(0)), True)")),
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
    return test::message_of<CheckpointError>([&] { load_script(file); });
  };
  CHECK(refusal(0, 0).empty());
  CHECK(contains(refusal(0.2, 0), "drops values at random (p = 0.2)"));
  CHECK(contains(refusal(0, 0.3), "drops values at random (p = 0.3)"));
}

TEST_CASE("rows of a table are taken, unless their gradient is no plain one", "[nn]") {
  const auto with_rows = [](const std::string& arguments) {
    return refusal_of(forward_with(
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
    return test::message_of<CheckpointError>([&] { load_script(file); });
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
  const auto always = load_script(test::saved(writing("x.size(0) > 0"), folder / "always.pt"));
  const at::Tensor lq = at::rand({2, 3, 6, 6});
  const at::Tensor before = lq.clone();
  const at::Tensor output = always->forward(lq);
  CHECK(torch::equal(lq, before));
  at::Tensor halved = lq.clone();
  halved.select(1, 0).mul_(0.5);
  const at::Tensor weight = always->parameters()[0].tensor;
  CHECK(torch::equal(output, at::pixel_shuffle(at::conv2d(halved, weight, {}, 1, 1), 2)));

  const auto later = load_script(test::saved(writing("x.size(0) == 5"), folder / "later.pt"));
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
      test::message_of<CheckpointError>([&] { load_script(test::saved(counts, folder / "a.pt")); }),
      "assigns to its own attribute count"));
  CHECK(
      contains(refusal_of(forward_with("self.weight.mul_(0.5)")), "its forward writes to weight"));
  CHECK(contains(refusal_of(forward_with("torch.mul(self.weight, 0.5, out=self.weight)")),
                 "its forward writes to weight"));
  CHECK(contains(refusal_of(forward_with("self.weight.requires_grad_(False)")),
                 "ends the training of its parameter weight"));
  torch::jit::Module hidden = test::small_script("def nothing(self):\n  return 0\n");
  hidden.register_attribute("seen", c10::TensorType::get(), at::zeros({1}));
  hidden.define(forward_with("self.seen.add_(1)\n  y = y * self.seen"));
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load_script(test::saved(hidden, folder / "c.pt")); }),
      "its forward writes to seen, which is no buffer"));
  torch::jit::Module grows = test::small_script("def nothing(self):\n  return 0\n");
  grows.register_buffer("seen", at::zeros({1}));
  grows.define(forward_with("self.seen.unsqueeze_(0)"));
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load_script(test::saved(grows, folder / "d.pt")); }),
      "gives its buffer seen another shape"));
  torch::jit::Module tied = test::small_script(forward_with("y = torch.relu(y)"));
  tied.register_parameter("other", tied.attr("weight").toTensor(), false);
  CHECK(contains(
      test::message_of<CheckpointError>([&] { load_script(test::saved(tied, folder / "b.pt")); }),
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
    CHECK_FALSE(refusal_of(forward_with(line)).empty());
  }
}

TEST_CASE("loops end", "[nn]") {
  CHECK(refusal_of(forward_with("for i in range(3):\n    y = torch.relu(y)")) == "");
  CHECK(contains(refusal_of(forward_with("n = 0\n  while n >= 0:\n    n = n + 1\n  y = y + n")),
                 "its loops run more than a million times"));
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
