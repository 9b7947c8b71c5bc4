// network_output WEIGHTS LQ OUTPUT: what the network that a weight file holds makes of an image,
// for scripts/check_peers.sh and check_export.sh. LQ and OUTPUT are safetensors files with the tensors `lq` and
// `output`, [N, C, H, W] float32. The network is told by the file's metadata, else by its tensors.
// Prints its type and scale.

#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <torch/torch.h>

#include "infer/load_model.h"
#include "nn/tensor_copy.h"

namespace {

void run(const char* weights, const char* lq_file, const char* output_file) {
  const sr::LoadedModel model = sr::load_model(weights, std::nullopt);
  fmt::print("{} x{}\n", model.identified.architecture, model.identified.scale);
  model.network->to(at::kCPU, true);
  const sr::TensorFile lq = sr::read_safetensors(lq_file);
  const at::Tensor image = torch::empty(lq.tensors.at(0).shape);
  sr::restore(lq.tensors.at(0), image);
  const at::NoGradGuard no_grad;
  const at::Tensor output =
      model.network->forward(image.contiguous(at::MemoryFormat::ChannelsLast)).contiguous();
  sr::write_safetensors(output_file, {{sr::stage("output", output)}, {}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: network_output WEIGHTS LQ OUTPUT\n", stderr);
    return 1;
  }
  try {
    run(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
