#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

namespace sr {

/// A run as its folder tells it, for a page that shows it: `name`, `network`, `config` (the text of
/// config.yml), `device`, `version`, `parameters`, `total_iter`, `seconds` (training time of all
/// its processes), `band` of the size controller or null, `best` {name, value, step} or null,
/// `final` {"set metric": last score}, and lists of events with `step` and `seconds`: `progress`,
/// `validations`, `decisions` and `ooms` (each with `text`), `warnings`; `end` {reason, exit_code}
/// or null; `pictures` as run_pictures() has them.
///
/// Of events_in_force(); a field of another kind than its event has counts as absent. Throws
/// DataError when the folder has no events.jsonl or no `start` in it.
nlohmann::ordered_json read_run(const std::filesystem::path& folder);

}  // namespace sr
