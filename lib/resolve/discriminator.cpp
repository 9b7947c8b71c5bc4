#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "arch/discriminators.h"
#include "config/discriminator_section.h"
#include "config/impossible.h"
#include "config/optimization_sections.h"
#include "core/lower_case.h"
#include "dialect/vocabulary.h"
#include "recipe/gan_loss.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

/// traiNNer-redux's docres_discriminator makes a layer of every entry of num_blocks and reads none.
void count_blocks(Node& map, Findings& findings) {
  const Node* type = map.find("type");
  Node* blocks = map.find("num_blocks");
  if (type == nullptr || blocks == nullptr || !blocks->is_list() ||
      lower(type->text) !=
          std::get<Row<arch::DocResDiscriminatorOptions>>(arch::kDiscriminators).type) {
    return;
  }
  Node count = node_of(static_cast<std::int64_t>(blocks->children.size()));
  count.line = blocks->line;
  findings.notice(
      fmt::format("network_d.num_blocks: a list stands for as many convolutions as it has entries, "
                  "{}; nothing reads them in traiNNer-redux either",
                  count.text));
  *blocks = std::move(count);
}

void read_optimizer(const Node& root, Config& config, Findings& findings) {
  OptimizerConfig& optimizer = config.train.optim_d.emplace(config.train.optim_g);
  const Node* map = find_path(root, "train.optim_d");
  if (map != nullptr && !map->is_null()) {
    optimizer = OptimizerConfig{};
    optimizer_section().read(*map, optimizer, Site(findings, "train.optim_d", "train.optim_g"));
  }
}

/// Of train.adaptive_d, which compares the generator's loss with itself by their quotient.
void check_adaptive(const Node& root, const TrainConfig& train, Findings& findings) {
  if (!train.adaptive_d) {
    const TrainConfig usual;  // a resolved file has them all
    if (train.adaptive_d_ema_decay != usual.adaptive_d_ema_decay) {
      findings.no_effect("train.adaptive_d_ema_decay", "adaptive_d is off");
    }
    if (train.adaptive_d_threshold != usual.adaptive_d_threshold) {
      findings.no_effect("train.adaptive_d_threshold", "adaptive_d is off");
    }
    return;
  }
  for (const LossConfig& loss : train.losses) {
    const auto* gan = loss.options.get_if<recipe::GanOptions>();
    if (gan != nullptr &&
        (gan->gan_type == recipe::GanType::kWgan || gan->gan_type == recipe::GanType::kHinge)) {
      findings.problem(
          line_of(root, "train.adaptive_d"), "train.adaptive_d",
          "needs a ganloss that is never below 0 (gan_type vanilla, lsgan, wgan_softplus): of a "
          "negative one 1.02 times as much is less, and the discriminator would wait for good");
    }
  }
}

/// A ganloss of weight 0, which traiNNer-redux takes for none and trains without a discriminator.
bool has_weightless_gan_loss(const Node& root) {
  const auto is_one = [](const Node& loss) {
    const Node* type = loss.find("type");
    const auto found = type != nullptr ? find_type(TypeKind::kLoss, type->text) : std::nullopt;
    return found && found->name == "ganloss" && is_weightless(loss);
  };
  const Node* losses = find_path(root, "train.losses");
  const Node* gan_opt = find_path(root, "train.gan_opt");
  return (losses != nullptr && std::ranges::any_of(losses->children, is_one)) ||
         (gan_opt != nullptr && is_one(*gan_opt));
}

/// What is set for a discriminator that is not there, or not trained.
void tell_unused(const Node& root, const Config& config, Findings& findings,
                 const char* why = "there is no network_d") {
  const PathConfig& path = config.path;
  const TrainConfig& train = config.train;
  const std::pair<const char*, bool> settings[] = {
      {"path.pretrain_network_d", path.pretrain_network_d.has_value()},
      {"path.param_key_d", path.param_key_d.has_value()},
      {"path.strict_load_d", !path.strict_load_d},
      {"train.optim_d", is_given(root, "train.optim_d")},
      {"train.net_d_iters", train.net_d_iters != 1},
      {"train.net_d_init_iters", train.net_d_init_iters != 0},
      {"train.ema_decay_d", train.ema_decay_d != 0},
      {"train.adaptive_d", train.adaptive_d},
  };
  for (const auto& [key, set] : settings) {
    if (set) {
      findings.no_effect(key, why);
    }
  }
}

}  // namespace

void read_discriminator(const Node& root, Config& config, Findings& findings) {
  const Node* given = root.find("network_d");
  if (given == nullptr || is_off(*given)) {
    return;
  }
  Node map = *given;
  count_blocks(map, findings);
  const Site site(findings, "network_d", "network_d");
  DiscriminatorConfig& read = config.network_d.emplace();
  discriminator_section().read(map, read, site);
  with_options(arch::kDiscriminators, read.options, [&](const auto& options) {
    report_impossible(map, arch::impossible(options), site);
  });
}

void read_discriminator_training(const Node& root, Config& config, Findings& findings) {
  check_adaptive(root, config.train, findings);
  const bool gan_loss = std::any_of(config.train.losses.begin(), config.train.losses.end(),
                                    [](const LossConfig& loss) { return loss.type == "ganloss"; });
  if (config.network_d && !gan_loss && has_weightless_gan_loss(root)) {
    constexpr const char* kWhy = "the loss_weight of ganloss is 0";
    config.network_d.reset();
    findings.no_effect("network_d", kWhy);
    tell_unused(root, config, findings, kWhy);
    return;
  }
  if (config.network_d) {
    read_optimizer(root, config, findings);
    const bool known = !config.network_d->type.empty();  // else its own problem has been told
    if (!gan_loss && known) {
      findings.problem(line_of(root, "network_d"), "network_d",
                       "is trained by a ganloss in train.losses, and there is none");
    }
    return;
  }
  if (is_given(root, "network_d")) {
    return;  // its own problem has been told
  }
  if (gan_loss) {
    findings.problem(line_of(root, "train.losses"), "train.losses",
                     "ganloss needs a discriminator: network_d, for instance {type: "
                     "unetdiscriminatorsn}");
  }
  tell_unused(root, config, findings);
}

}  // namespace sr::settings
