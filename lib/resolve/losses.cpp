#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>

#include "config/loss_section.h"
#include "core/lower_case.h"
#include "dialect/vocabulary.h"
#include "fields/field_kinds.h"
#include "recipe/losses.h"
#include "resolve/peer_defaults.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

constexpr std::string_view kModelType =
    "the networks, losses and data sets in the file say what is trained";

/// BasicSR's own defaults.
void take_older_defaults(AnyOptions& options) {
  if (auto* perceptual = options.get_if<recipe::PerceptualOptions>()) {
    perceptual->criterion = recipe::FeatureCriterion::kL1;
    perceptual->replicate_padding = false;
  }
}

/// Layers that a file does not name are those of its criterion.
void take_layers(const Node& node, LossConfig& loss) {
  const Node* layers = node.find("layer_weights");
  auto* perceptual = loss.options.get_if<recipe::PerceptualOptions>();
  if (perceptual != nullptr && (layers == nullptr || layers->is_null())) {
    perceptual->layer_weights = recipe::PerceptualOptions::layers_of(perceptual->criterion);
  }
}

/// `older` = BasicSR's perceptual_opt.
void read_loss(const Node& node, const Site& site, TrainConfig& train, bool older) {
  const Node* type = node.find("type");
  const bool known = type != nullptr && find_type(TypeKind::kLoss, type->text);
  if (known && is_weightless(node)) {
    site.findings().no_effect(site.path(), "its loss_weight is 0");
    return;
  }
  LossConfig& loss = train.losses.emplace_back();
  loss_section().read(node, loss, site, older ? &take_older_defaults : nullptr);
  take_layers(node, loss);
}

/// The type of BasicSR's ldl_opt only names what LDL compares its maps with. traiNNer-redux goes by
/// the type alone.
Node ldl_of_basicsr(const Node& loss) {
  Node ldl = loss;
  Node* type = ldl.find("type");
  const std::string name = type != nullptr ? lower(type->text) : "";
  const std::string criterion = name == "l1loss"            ? "l1"
                                : name == "mseloss"         ? "l2"
                                : name == "charbonnierloss" ? "charbonnier"
                                                            : "";
  if (!criterion.empty()) {
    type->text = "ldlloss";
    Node named = *type;
    named.text = criterion;
    ldl.add("criterion", named);
  }
  return ldl;
}

/// BasicSR's ESRGANModel compares real and fake logits with each other; it says so by the model's
/// name alone. Every other name only repeats what networks and losses say.
void apply_model_type(const Node& root, Config& config, Findings& findings) {
  const Node* model = root.find("model_type");
  if (model == nullptr || model->is_null()) {
    return;
  }
  const auto gan = std::find_if(config.train.losses.begin(), config.train.losses.end(),
                                [](const LossConfig& loss) { return loss.type == "ganloss"; });
  if (lower(model->text) == "esrganmodel" && gan != config.train.losses.end()) {
    gan->options.get<recipe::GanOptions>().relativistic = true;
  } else if (!is_given(root, "train.ldl_opt")) {  // else it told whose that is
    findings.no_effect("model_type", kModelType);
  }
}

/// BasicSR has the settings of the gradient penalty in `train`.
void take_penalty(const Node& root, Config& config, Findings& findings) {
  recipe::GanOptions* gan = nullptr;
  for (LossConfig& loss : config.train.losses) {
    if (auto* options = loss.options.get_if<recipe::GanOptions>()) {
      gan = options;
    }
  }
  const recipe::GanOptions usual;
  const auto take = [&](const char* key, auto recipe::GanOptions::*member, double least) {
    const std::string path = fmt::format("train.{}", key);
    const Node* node = find_path(root, path);
    if (node == nullptr || node->is_null()) {
      return;
    }
    const auto value = parse_number<std::remove_cvref_t<decltype(usual.*member)>>(*node);
    if (!value || *value < least) {
      findings.problem(node->line, path,
                       fmt::format("expected a number from {} on, got {}", least, node->shown()));
    } else if (gan == nullptr) {
      findings.no_effect(path, "there is no ganloss");
    } else if (gan->*member != usual.*member && gan->*member != *value) {
      findings.problem(node->line, path, "given as well as in the ganloss, and another");
    } else {
      gan->*member = *value;
    }
  };
  take("r1_reg_weight", &recipe::GanOptions::r1_reg_weight, 0);
  take("net_d_reg_every", &recipe::GanOptions::net_d_reg_every, 1);
}

/// Settings of one loss that do not fit together.
void check_loss(const LossConfig& loss, int line, const Site& site) {
  const auto problem = [&](std::string_view text) {
    site.problem(line, "losses", fmt::format("{}: {}", loss.type, text));
  };
  with_options(recipe::kLosses, loss.options, [&](const auto& options) {
    if constexpr (requires { options.problem(); }) {
      if (const std::optional<std::string> found = options.problem()) {
        problem(*found);
      }
    }
  });
  if (loss.loss_weight < 0 && loss.gt_usm) {
    problem("gt_usm sharpens GT, and a loss of negative weight compares with LQ");
  }
  const auto* gan = loss.options.get_if<recipe::GanOptions>();
  if (gan != nullptr && gan->relativistic && gan->gan_type == recipe::GanType::kHinge) {
    site.findings().warning(
        fmt::format("{}: gan_type hinge, relativistic (as model_type ESRGANModel asks for), gives "
                    "the generator "
                    "nothing: its two halves cancel out, in BasicSR too; vanilla and lsgan do not",
                    site.full("losses")));
  }
  if (loss.loss_weight < 0 && loss.type == "ganloss") {
    problem("a negative loss_weight makes a loss compare with LQ; this one compares with nothing");
  }
}

/// Problems of the losses together.
void check_losses(const Node& train, const Config& config, const Site& site) {
  const auto count = [&](std::string_view type) {
    return std::count_if(config.train.losses.begin(), config.train.losses.end(),
                         [&](const LossConfig& loss) { return loss.type == type; });
  };
  const Node* losses = train.find("losses");
  const int line = losses != nullptr ? losses->line : train.line;
  for (const LossConfig& loss : config.train.losses) {
    check_loss(loss, line, site);
  }
  if (count("ganloss") > 1) {
    site.problem(line, "losses", "ganloss is given more than once; there is one discriminator");
  }
  if (count("ldlloss") > 0 && config.train.ema_decay == 0) {
    site.problem(line, "losses",
                 "ldlloss compares with the averaged weights; it needs train.ema_decay above 0");
  }
}

}  // namespace

bool is_weightless(const Node& loss) {
  const Node* weight = loss.find("loss_weight");
  return weight != nullptr && weight->number() == 0.0;
}

void read_losses(const Node& root, Config& config, Findings& findings) {
  const Node* section = root.find("train");
  const Node train = section != nullptr ? *section : map_node();
  const Site site(findings, "train", "train");
  const Node* losses = train.find("losses");
  const bool listed = losses != nullptr && !losses->is_null();
  bool given = listed;
  if (listed && !losses->is_list()) {
    site.problem(losses->line, "losses",
                 "expected a list of {type, loss_weight}, got " + losses->shown());
    return;
  }
  for (std::size_t i = 0; listed && i < losses->children.size(); ++i) {
    const Site entry(findings, fmt::format("train.losses.{}", i), "train.losses");
    read_loss(losses->children[i], entry, config.train, /*older=*/false);
  }
  for (std::size_t i = 0; i < train.keys.size(); ++i) {
    const std::string& key = train.keys[i];
    const ForeignKeys* row = find_foreign_key("train", key);
    if (!key.ends_with("_opt") || row == nullptr || row->support != Support::kWorks ||
        train.children[i].is_null()) {
      continue;  // read_section() refuses what is not available, unless it is off
    }
    if (listed) {
      site.problem(train.children[i].line, key, "given as well as losses; put it into that list");
    } else {
      // pd_opt and the like are traiNNer-redux's own, as is a whole file of it.
      const bool older = key == "perceptual_opt" && writer_of(root) != Writer::kRedux;
      const bool only_criterion = key == "ldl_opt" && writer_of(root) == Writer::kBasicSr;
      read_loss(only_criterion ? ldl_of_basicsr(train.children[i]) : train.children[i],
                Site(findings, "train." + key, "train.losses"), config.train, older);
      given = true;
    }
  }
  if (!given) {
    config.train.losses = default_losses();
  } else if (config.train.losses.empty()) {
    site.problem(listed ? losses->line : train.line, "losses", "no loss with a weight above 0");
  }
  apply_model_type(root, config, findings);
  take_penalty(root, config, findings);
  check_losses(train, config, site);
}

}  // namespace sr::settings
