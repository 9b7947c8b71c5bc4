#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/rrdb.h"
#include "core/error.h"
#include "report/reporter.h"

namespace sr::app {

/// As on the command line.
struct ExportOptions {
  std::string model;               ///< a weight file; empty with `blend` of three
  std::vector<std::string> blend;  ///< [weight file], weight file, share of the last one
  std::optional<std::string> key;  ///< of a .pth that holds several sets
  std::string network;             ///< TorchScript file that the weights are of; empty = built in
  std::string format;              ///< "onnx", "ncnn", "pth", "safetensors"
  std::vector<std::string> types;  ///< "fp32", "fp16", "bf16"
  std::string output;              ///< empty = beside the model
  std::string shape;               ///< "HxW" or "NxCxHxW"; empty = any
  std::optional<int> opset;
  std::optional<arch::ParamNaming> naming;
  bool overwrite = false;
  Verbosity verbosity = Verbosity::kNormal;
};

ExitCode export_network(const ExportOptions& options);

}  // namespace sr::app
