#include "train/program_files.h"

#include "arch/catalogue.h"
#include "arch/discriminators.h"
#include "core/error.h"
#include "nn/script_program.h"
#include "support/catch.h"
#include "support/thrown.h"
#include "train/fake_run.h"

namespace {

using namespace sr;
using test::contains;
using test::FakeRun;
using test::FakeStep;

Config with_programs() {
  Config config = test::fake_config();
  config.network_g = {"torchscript", arch::TorchScriptOptions{.file = "net.pt"}};
  config.network_d =
      DiscriminatorConfig{"torchscript", arch::ScriptDiscriminatorOptions{.file = "d.pt"}};
  return config;
}

}  // namespace

TEST_CASE("files of programs are told with the section that names them", "[train]") {
  Config config = with_programs();
  CHECK(program_files(config) == "net.pt (network_g), d.pt (network_d)");
  config.network_g_teacher = config.network_g;
  config.network_g = test::fake_config().network_g;
  config.network_d.reset();
  CHECK(program_files(config) == "net.pt (network_g_teacher)");
  config.network_g_teacher.reset();
  CHECK(program_files(config).empty());
}

TEST_CASE("memory that a program asks for and nobody has is told with its file", "[train]") {
  FakeRun run(with_programs());
  for (int attempt = 1; attempt < 30; ++attempt) {
    run.step.outcomes[attempt] = FakeStep::shortage;
  }
  CHECK(contains(test::message_of<DoesNotFitError>([&] { run.train(); }),
                 "\nIts networks are programs: net.pt (network_g), d.pt (network_d)"));
  CHECK(run.end().exit_code == ExitCode::kDoesNotFit);
}

TEST_CASE("a program that fails in a step ends the run as a fault of its file", "[train]") {
  FakeRun run(with_programs());
  run.step.outcomes[2] = [] {
    return LibraryError{std::string(kScriptFailure) +
                            "\nTraceback of TorchScript (most recent call last):\n"
                            "builtins.RuntimeError: no fours\n\nException raised from run",
                        {},
                        0};
  };
  CHECK(test::message_of<CheckpointError>([&] { run.train(); }) ==
        "net.pt (network_g), d.pt (network_d): fails in a step: no fours");
  CHECK(run.end().exit_code == ExitCode::kCheckpoint);
}
