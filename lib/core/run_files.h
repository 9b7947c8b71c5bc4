#pragma once

// Names in the folder of a run, experiments/<name>. Who writes them and who reads them are in
// different modules.

namespace sr::run_files {

inline constexpr const char* kConfig = "config.yml";
inline constexpr const char* kLog = "train.log";
inline constexpr const char* kEvents = "events.jsonl";
inline constexpr const char* kTensorBoard = "tb_logger";
inline constexpr const char* kPage = "report.html";
inline constexpr const char* kPagePictures = "report";  ///< what the page shows outputs between
inline constexpr const char* kOutputs = "visualization";

}  // namespace sr::run_files
