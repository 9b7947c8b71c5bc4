#pragma once

#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "nn/discriminator.h"
#include "nn/network.h"

namespace sr {

/// The networks of a run.
struct Networks {
  std::unique_ptr<Network> generator;
  std::unique_ptr<Network> averaged;             ///< sees the averaged weights; null without
  std::unique_ptr<Discriminator> discriminator;  ///< null without GAN training
  std::unique_ptr<Network> teacher;              ///< is not trained; null without
  std::string teacher_checksum;                  ///< of the file that its weights are from

  /// Where they compute and how their weights lie in memory.
  void to(at::Device device, bool channels_last);
  /// The network whose scores count: the averaged weights if there are any.
  const Network& validated() const { return averaged ? *averaged : *generator; }
};

/// With fresh weights, drawn from the seed. Throws ConfigError.
Networks make_networks(const Config& config);

}  // namespace sr
