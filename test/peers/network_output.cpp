// network_output WEIGHTS LQ OUTPUT: what the network that a weight file holds makes of an image,
// for scripts/check_peers.sh. LQ and OUTPUT are safetensors files with the tensors `lq` and
// `output`, [N, C, H, W] float32. The network is told by the file's metadata, else by its tensors.
// Prints its type and scale.

#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <torch/torch.h>

#include "arch/catalogue.h"
#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "nn/network.h"
#include "nn/tensor_copy.h"
#include "train/checkpoints.h"

namespace {

sr::arch::RecognisedNetwork network_in(const sr::TensorFile& file) {
  const auto architecture = file.metadata.find("architecture");
  if (architecture != file.metadata.end()) {
    const sr::arch::Architecture* row = sr::arch::find_architecture(architecture->second);
    if (row == nullptr) {
      throw sr::CheckpointError("unknown architecture " + architecture->second);
    }
    const sr::arch::Arguments arguments{file.metadata.begin(), file.metadata.end()};
    return {architecture->second, sr::arch::options_from(*row, arguments),
            std::stoi(file.metadata.at("scale"))};
  }
  std::map<std::string, sr::arch::TensorShapes::Shape, std::less<>> shapes;
  for (const sr::StoredTensor& tensor : file.tensors) {
    shapes[tensor.name] = tensor.shape;
  }
  const auto found = sr::arch::recognise(sr::arch::TensorShapes(std::move(shapes)));
  if (!found) {
    throw sr::CheckpointError("no network has such tensors");
  }
  return *found;
}

void run(const char* weights, const char* lq_file, const char* output_file) {
  const sr::arch::RecognisedNetwork found = network_in(sr::read_weights(weights, std::nullopt));
  fmt::print("{} x{}\n", found.type, found.scale);
  const auto network = sr::make_network({found.type, found.options}, found.scale, 0);
  std::vector<std::string> warnings;
  sr::load_pretrained({weights, std::nullopt, true}, *network, warnings);
  network->to(at::kCPU, true);
  const sr::TensorFile lq = sr::read_safetensors(lq_file);
  const at::Tensor image = torch::empty(lq.tensors.at(0).shape);
  sr::restore(lq.tensors.at(0), image);
  const at::NoGradGuard no_grad;
  const at::Tensor output =
      network->forward(image.contiguous(at::MemoryFormat::ChannelsLast)).contiguous();
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
