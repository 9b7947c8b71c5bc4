// network_output LQ WEIGHTS OUTPUT [WEIGHTS OUTPUT ...]: what the networks that weight files hold
// make of an image, for scripts/check_peers.sh and check_export.sh. LQ and OUTPUT are safetensors
// files with the tensors `lq` and `output`, [N, C, H, W] float32. A network is told by the file's
// metadata, else by its tensors. Prints a line for each weight file: type and scale, or why there
// is no output. Exit code 1 when one has none.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <span>
#include <string>

#include <fmt/format.h>
#include <torch/torch.h>

#include "infer/load_model.h"
#include "nn/tensor_copy.h"

namespace {

std::string output_of(const at::Tensor& image, const char* weights, const char* output_file) {
  const sr::LoadedModel model = sr::load_model(weights, std::nullopt);
  model.network->to(at::kCPU, true);
  const at::NoGradGuard no_grad;
  const at::Tensor output = model.network->forward(image).contiguous();
  sr::write_safetensors(output_file, {{sr::stage("output", output)}, {}});
  return fmt::format("{} x{}", model.identified.architecture, model.identified.scale);
}

at::Tensor image_of(const char* lq_file) {
  const sr::TensorFile lq = sr::read_safetensors(lq_file);
  const at::Tensor image = torch::empty(lq.tensors.at(0).shape);
  sr::restore(lq.tensors.at(0), image);
  return image.contiguous(at::MemoryFormat::ChannelsLast);
}

/// Each weight file on its own: one that cannot be read takes no output from the others.
bool all_have_output(const at::Tensor& image, std::span<char*> files) {
  bool all = true;
  for (std::size_t i = 0; i < files.size(); i += 2) {
    std::string line;
    try {
      line = output_of(image, files[i], files[i + 1]);
    } catch (const std::exception& error) {
      line = error.what();
      std::ranges::replace(line, '\n', ' ');
      all = false;
    }
    fmt::print("{}\n", line);
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc % 2 != 0) {
    std::fputs("usage: network_output LQ WEIGHTS OUTPUT [WEIGHTS OUTPUT ...]\n", stderr);
    return 1;
  }
  try {
    const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
    return all_have_output(image_of(arguments[1]), arguments.subspan(2)) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
