#pragma once

#include <string>

#include "config/config.h"
#include "yaml/findings.h"
#include "yaml/node.h"

// The settings that depend on others (marked `special` in the tables): read after the tables, in
// this order.

namespace sr::settings {

/// datasets.train and every data set whose key begins with "val"; lq_size from gt_size and scale.
void read_datasets(const Node& root, Config& config, Findings& findings);

/// How samples of a batch are mixed: train.use_moa and what belongs to it, or neosr's two settings
/// in datasets.train. Needs the data sets.
void read_batch_mix(const Node& root, Config& config, Findings& findings);

/// network_d, which may be missing.
void read_discriminator(const Node& root, Config& config, Findings& findings);

/// True when a loss asks for nothing, whatever its type.
bool is_weightless(const Node& loss);

/// train.losses, or the peers' older pixel_opt, perceptual_opt ...; losses of weight 0 are left
/// out.
void read_losses(const Node& root, Config& config, Findings& findings);

/// l1_gt_usm, percep_gt_usm and gan_gt_usm of Real-ESRGAN: gt_usm of the losses, or of the data set
/// when its LQ is made by degradation and all losses agree. Needs data sets and losses.
void read_sharpening(const Node& root, Config& config, Findings& findings);

/// train.optim_d, whose defaults are those of optim_g; a ganloss and network_d need each other.
void read_discriminator_training(const Node& root, Config& config, Findings& findings);

/// What the type of an optimizer or a schedule asks for beyond its table: settings it cannot do
/// without, lengths that fit the run. An optimizer that averages by itself switches EMA and
/// schedule off.
void settle_optimization(const Node& root, Config& config, Findings& findings);

/// val.metrics; metrics that need a foreign network are left out with a warning.
void read_metrics(const Node& root, Config& config, Findings& findings);

/// val.best_by, which must be one of the metrics; without it the one that is best for the run.
void settle_best_by(const Node& root, Config& config, Findings& findings);

/// The ends of the run and what belongs to the unit of its schedule.
void check_length(const Node& root, const Config& config, Findings& findings);

/// training_automations at the top or under train, each automation under one of its names.
void read_automations(const Node& root, Config& config, Findings& findings);

/// A section that may stand in several places, and where it was found.
struct FoundBlock {
  const Node* node = nullptr;  ///< null when it is nowhere
  std::string path;
};
FoundBlock find_automations(const Node& root);
/// Without a block of its own: where it would stand.
FoundBlock find_size_optimizer(const Node& root);
FoundBlock find_gradient_clipping(const Node& root);
FoundBlock find_early_stopping(const Node& root);

}  // namespace sr::settings
