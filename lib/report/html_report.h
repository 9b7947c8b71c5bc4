#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "report/reporter.h"

namespace sr {

/// One self-contained page about one run or several side by side: curves, decisions, warnings,
/// validation images, configuration. It asks nothing of a network. Runs as read_run() makes them.
std::string html_report(std::span<const nlohmann::ordered_json> runs);

/// Writes the page of these experiment folders, the first one's report.html when `file` is empty;
/// returns where. Throws DataError (a folder that holds no run), StorageError.
std::filesystem::path write_html_report(std::span<const std::filesystem::path> folders,
                                        std::filesystem::path file = {});

/// <folder>/report.html, written anew after each validation and at the end, from the folder's own
/// events.jsonl: add it behind make_jsonl_reporter. Throws StorageError, DataError in on().
std::unique_ptr<Reporter> make_html_reporter(const std::filesystem::path& folder);

}  // namespace sr
