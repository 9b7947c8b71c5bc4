#include "export_options.h"

#include <CLI/CLI.hpp>

#include "add_command.h"

namespace sr::app {
namespace {

void add_files(CLI::App& command, ExportOptions& options) {
  command
      .add_option("--model,-m", options.model,
                  "Weights (.safetensors, .pth): the file alone decides the network")
      ->type_name("FILE");
  command
      .add_option("--blend", options.blend,
                  "Another file of the same network and its share, between 0 and 1: weights are "
                  "mixed; or A, B and the share of B, without --model")
      ->type_name("[A] B SHARE")
      ->expected(2, 3);
  command
      .add_option("--param-key", options.key,
                  "Which set of a .pth that holds several: params, params_ema ...; without it "
                  "params_ema, else params")
      ->type_name("KEY");
  add_network_file(command, options.network);
  command
      .add_option("--output,-o", options.output,
                  "The file, or the folder for MODEL_fp32.onnx, MODEL-x4.param ...; without it "
                  "beside the model")
      ->type_name("PATH");
  command.add_flag("--overwrite", options.overwrite, "Replace files that are there");
}

void add_form(CLI::App& command, ExportOptions& options) {
  command
      .add_option("--to", options.format,
                  "onnx, ncnn (Upscayl, realesrgan-ncnn-vulkan), or weights: pth, safetensors")
      ->check(CLI::IsMember({"onnx", "ncnn", "pth", "safetensors"}))
      ->required();
  command
      .add_option("--dtype", options.types,
                  "fp32, fp16, bf16; several, separated by commas, make a file each. Without it "
                  "fp32, and fp16 weights for ncnn")
      ->delimiter(',')
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}));
  command
      .add_option("--shape", options.shape,
                  "Size of the input, H and W in pixels, for a file that takes this size alone; "
                  "without it any size")
      ->type_name("[NxC]xHxW");
  command
      .add_option(
          "--opset", options.opset,
          "Version of the operators of an ONNX file [17; 22 for bf16, which has convolutions from "
          "there]")
      ->check(CLI::Range(14, 22))
      ->type_name("N");
  command
      .add_option_function<std::string>(
          "--param-naming",
          [&options](const std::string& word) {
            options.naming = word == "old" ? arch::ParamNaming::kOld : arch::ParamNaming::kNew;
          },
          "Names in ESRGAN weights: new (conv_first, body.0 ...) or old (model.0, model.1.sub.0 "
          "...)")
      ->check(CLI::IsMember({"new", "old"}))
      ->type_name("new|old");
}

void add_options(CLI::App& command, ExportOptions& options) {
  add_files(command, options);
  add_form(command, options);
  add_quiet(command, options.verbosity, "Warnings and errors");
}

}  // namespace

void add_export(CLI::App& program, Task& task) {
  add_command<ExportOptions>(program, task,
                             {"export",
                              "Write a network for other programs: ONNX, ncnn, or weights in "
                              "another form"},
                             export_network, add_options);
}

}  // namespace sr::app
