#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "optim/newton_schulz.h"
#include "optim/optimizer.h"
#include "support/catch.h"
#include "support/counting_allocator.h"
#include "support/optimizers.h"

// Muon and SOAP beside scripts/golden/matrix_optimizers.py; what they share with other optimizers
// is in optimizer_golden_test.cpp.

namespace {

using sr::recipe::MuonOptions;
using sr::recipe::SoapOptions;

struct Named {
  std::string name;
  std::vector<std::int64_t> shape;
};
std::vector<Named> parameters_of(const std::string& name) {
  const Named third = name.starts_with("muon") ? Named{"tall.weight", {24, 2, 1, 1}}
                                               : Named{"small.weight", {5, 4, 1, 1}};
  return {{"a.weight", {4, 3, 3, 3}},
          {"b.weight", {4, 3, 3, 3}},
          third,
          {"square.weight", {6, 6}},
          {"a.bias", {7}}};
}

sr::OptimizerConfig config_of(const std::string& name) {
  using sr::test::optimizer_of;
  const auto with_rate = [](double lr, sr::OptimizerConfig config) {
    config.lr = lr;
    return config;
  };
  const std::map<std::string, sr::OptimizerConfig> configs{
      {"muon", with_rate(0.02, optimizer_of(MuonOptions{}))},
      {"muon_decay", with_rate(0.05, optimizer_of(MuonOptions{.momentum = 0.8,
                                                              .adamw_lr = 0.002,
                                                              .adamw_betas = {0.8, 0.9},
                                                              .adamw_wd = 0.2,
                                                              .adamw_eps = 1e-6},
                                                  0.1))},
      {"muon_plain", with_rate(0.02, optimizer_of(MuonOptions{.nesterov = false, .ns_steps = 3}))},
      {"soap", with_rate(0.01, optimizer_of(SoapOptions{}))},
      {"soap_often", with_rate(0.01, optimizer_of(SoapOptions{.betas = {0.9, 0.95},
                                                              .shampoo_beta = 0.8,
                                                              .precondition_frequency = 3},
                                                  0.1))},
      {"soap_limited", with_rate(0.01, optimizer_of(SoapOptions{.precondition_frequency = 4,
                                                                .max_precondition_dim = 4,
                                                                .correct_bias = false}))}};
  return configs.at(name);
}

at::Tensor index_of(const std::vector<std::int64_t>& shape) {
  return at::arange(c10::multiply_integers(shape), at::kDouble).view(shape);
}

struct Run {
  Run(const std::string& name, bool channels_last)
      : lr(config_of(name).lr), parameters(parameters_of(name)) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto& [own, shape] = parameters[i];
      const double phase = 0.3 + static_cast<double>(i);
      at::Tensor weight = (index_of(shape) * 1.7 + phase).sin().to(at::kFloat);
      if (channels_last && weight.dim() == 4) {
        weight = weight.contiguous(at::MemoryFormat::ChannelsLast);
      }
      names.push_back(own);
      weights.push_back(weight.requires_grad_(true));
    }
    optimizer = sr::make_optimizer(config_of(name), names, weights);
  }

  /// Step `step`, from 1.
  void advance(int step) {
    const at::NoGradGuard no_grad;
    optimizer->prepare();
    optimizer->zero_grad();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const at::Tensor phase = weights[i].to(at::kDouble) * 3 + (step + static_cast<double>(i));
      weights[i].mutable_grad().add_(phase.sin() + index_of(parameters[i].shape).cos() * 0.1);
    }
    optimizer->step(lr, at::zeros({}));
  }

  double lr;
  std::vector<Named> parameters;
  std::vector<at::Tensor> weights;
  std::unique_ptr<sr::Optimizer> optimizer;
};

}  // namespace

TEST_CASE("Muon and SOAP make pytorch_optimizer's steps", "[optim]") {
  const bool channels_last = GENERATE(false, true);
  std::map<std::string, std::pair<std::unique_ptr<Run>, int>> runs;
  std::ifstream golden(SR_SOURCE_DIR "/test/optim/matrix_optimizers.txt");
  int lines = 0;
  for (std::string line; std::getline(golden, line); ++lines) {
    std::istringstream in(line);
    std::string name, parameter;
    int step = 0;
    in >> name >> step >> parameter;
    auto& [run, done] = runs[name];
    if (!run) {
      run = std::make_unique<Run>(name, channels_last);
    }
    while (done < step) {
      run->advance(++done);
    }
    const auto which = static_cast<std::size_t>(lines) % run->parameters.size();
    REQUIRE(run->parameters[which].name == parameter);
    const at::Tensor values = run->weights[which].detach().contiguous().view({-1});
    for (std::int64_t i = 0; i < values.numel(); i += 5) {
      double wanted = 0;
      in >> wanted;
      CAPTURE(name, step, parameter, i);
      REQUIRE(values[i].item<double>() == Approx(wanted).margin(1e-4));
    }
  }
  REQUIRE(lines == 120);
}

TEST_CASE("Newton-Schulz brings singular values near 1 and allocates nothing", "[optim]") {
  const at::NoGradGuard no_grad;
  const std::int64_t rows = GENERATE(5, 70), columns = GENERATE(8, 80);
  const at::Tensor index = at::arange(2 * rows * columns, at::kDouble).view({2, rows, columns});
  const at::Tensor both = (index * index * 0.37).sin().to(at::kFloat).contiguous();
  sr::NewtonSchulz iteration({both[0], both[1]}, 5);
  CHECK(sr::test::count_allocations([&] { iteration.run(); }) == 0);
  const double factor =
      std::sqrt(std::max(1.0, static_cast<double>(rows) / static_cast<double>(columns)));
  const at::Tensor values = at::linalg_svdvals(both) / factor;
  CHECK(values.max().item<float>() < 1.3F);
  CHECK(values.min().item<float>() > 0.3F);
}

TEST_CASE("Muon leaves weights alone whose gradients are 0", "[optim]") {
  Run run("muon", false);
  const at::Tensor before = run.weights[0].detach().clone();
  run.optimizer->step(run.lr, at::zeros({}));
  CHECK(at::equal(run.weights[0], before));
}

TEST_CASE("Muon moves tables of biases and factors of channels by AdamW", "[optim]") {
  const at::Tensor table = at::ones({9, 4}).requires_grad_(true);
  const at::Tensor factors = at::ones({1, 4, 1, 1}).requires_grad_(true);
  const auto optimizer = sr::make_optimizer(
      config_of("muon"), {"relative_position_bias_table", "gamma"}, {table, factors});
  table.mutable_grad().fill_(5);
  factors.mutable_grad().fill_(-7);
  optimizer->step(0.02, at::zeros({}));
  // The first step of AdamW is its learning rate.
  CHECK(at::allclose(table, at::full({9, 4}, 1 - 3e-4)));
  CHECK(at::allclose(factors, at::full({1, 4, 1, 1}, 1 + 3e-4)));
  for (const sr::NamedState& state : optimizer->state()) {
    CHECK(state.name.find("momentum_buffer") == std::string::npos);
  }
}

TEST_CASE("SOAP finds its bases between steps, as often as it should and once", "[optim]") {
  Run run("soap_often", false);
  const auto of_bases = [&] {
    for (const sr::NamedState& state : run.optimizer->state()) {
      if (state.name == "basis_step") {
        return state.tensor.item<double>();
      }
    }
    return -1.0;
  };
  const std::vector<double> wanted{0, 1, 1, 1, 4, 4, 4, 7};  // before steps 1, 2 ...
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(i);
    run.optimizer->prepare();
    run.optimizer->prepare();  // the attempt is made again
    CHECK(of_bases() == wanted[i]);
    run.advance(static_cast<int>(i) + 1);
  }
}

TEST_CASE("SOAP's bases are orthogonal", "[optim]") {
  Run run("soap_often", true);
  for (int step = 1; step <= 6; ++step) {
    run.advance(step);
  }
  int bases = 0;
  for (const sr::NamedState& state : run.optimizer->state()) {
    if (state.name.starts_with("Q.")) {
      const at::Tensor product = at::mm(state.tensor, state.tensor.t());
      CHECK(at::allclose(product, at::eye(product.size(0)), 1e-4, 1e-5));
      ++bases;
    }
  }
  CHECK(bases == 4 + 4 + 2 + 2);
}

TEST_CASE("SOAP resumed at any step goes on to the bit", "[optim]") {
  Run first("soap_often", false);
  for (int step = 1; step <= 9; ++step) {
    Run second("soap_often", false);
    const auto from = first.optimizer->state(), to = second.optimizer->state();
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < from.size(); ++i) {
      REQUIRE(from[i].name == to[i].name);
      to[i].tensor.copy_(from[i].tensor);
    }
    for (std::size_t i = 0; i < first.weights.size(); ++i) {
      second.weights[i].copy_(first.weights[i]);
    }
    first.advance(step);
    second.advance(step);
    for (std::size_t i = 0; i < first.weights.size(); ++i) {
      CAPTURE(step, i);
      CHECK(at::equal(first.weights[i], second.weights[i]));
    }
  }
}
