#pragma once

#include <string>
#include <vector>

namespace sr::settings {

/// The names of each automation; the first one is where its settings are documented.
struct AutomationNames {
  std::vector<std::string> size_optimizer;
  std::vector<std::string> learning_rate_scheduler;
  std::vector<std::string> gradient_clipping;
  std::vector<std::string> early_stopping;
};
const AutomationNames& automation_names();

}  // namespace sr::settings
