#include "inspect/model_info.h"

namespace sr {
namespace {

/// spandrel and what is built on it decide by tensors alone.
constexpr const char* kSpandrel = "chaiNNer, ComfyUI and others that use spandrel";

std::vector<std::string> tools(const arch::CompactOptions& options, int /*scale*/) {
  // Without slopes, and for a missing residual, there is nothing that tells them.
  const bool usual = options.act_type == arch::Activation::kPrelu && options.learn_residual &&
                     options.num_in_ch == options.num_out_ch;
  return usual ? std::vector<std::string>{kSpandrel, "traiNNer-redux", "Real-ESRGAN"}
               : std::vector<std::string>{"traiNNer-redux, with these arguments"};
}

/// Real-ESRGAN and BasicSR know the new names, and a 4x network for every scale but 1 and 2.
std::vector<std::string> tools(const arch::RrdbNetOptions& options, int scale) {
  std::vector<std::string> found{kSpandrel, "traiNNer-redux"};
  if (options.num_in_ch != options.num_out_ch) {
    return {"traiNNer-redux"};
  }
  if (options.param_naming == arch::ParamNaming::kNew && (scale <= 2 || scale == 4)) {
    found.emplace_back("Real-ESRGAN");
  }
  return found;
}

std::vector<std::string> tools(const arch::EsrganOptions& options, int scale) {
  if (scale == 3) {
    return {"traiNNer-redux"};  // one step of x3 has the tensors of one of x2
  }
  if (!options.use_pixel_unshuffle && scale <= 2) {
    return {kSpandrel, "traiNNer-redux"};
  }
  return tools(static_cast<const arch::RrdbNetOptions&>(options), scale);
}

/// The Python class that the TorchScript file was made of has the same names.
std::vector<std::string> tools(const arch::TorchScriptOptions& /*options*/, int /*scale*/) {
  return {"the trainer and the tools that have the class of the TorchScript file"};
}

/// spandrel knows no networks of clips.
std::vector<std::string> tools(const arch::TemporalSpanOptions& /*options*/, int /*scale*/) {
  return {"traiNNer-redux"};
}
std::vector<std::string> tools(const arch::TemporalSpanV2Options& /*options*/, int /*scale*/) {
  return {"traiNNer-redux"};
}

/// Families whose readers are not known better.
template <typename Options>
std::vector<std::string> tools(const Options& /*options*/, int /*scale*/) {
  return {"traiNNer-redux", "tools on spandrel where they know this architecture"};
}

}  // namespace

std::vector<std::string> tools_for(const ModelInfo& info) {
  if (info.scan.quantized > 0) {
    return {};
  }
  std::vector<std::string> found{"sr-train"};
  if (info.left_out > 0) {
    return found;  // others look for their names at the file's top
  }
  for (std::string& tool :
       std::visit([&](const auto& options) { return tools(options, info.network.scale); },
                  info.network.options)) {
    found.push_back(std::move(tool));
  }
  return found;
}

}  // namespace sr
