#include "dist/place.h"

#include <map>
#include <optional>
#include <string>

#include "core/error.h"
#include "support/catch.h"
#include "support/thrown.h"

namespace sr {
namespace {

using Variables = std::map<std::string, std::string>;

Place place(const Variables& variables) {
  return place_of([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string refusal(const Variables& variables) {
  return test::message_of<ConfigError>([&] { place(variables); });
}

TEST_CASE("A process that no launcher started is alone", "[dist]") {
  for (const Variables& variables :
       {Variables{}, Variables{{"RANK", "1"}}, Variables{{"WORLD_SIZE", "4"}},
        Variables{{"MASTER_ADDR", "gpu01"}, {"MASTER_PORT", "1"}},
        // In a batch script, and in an interactive shell of Slurm.
        Variables{{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}, {"SLURM_RESTART_COUNT", "2"}},
        Variables{{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "8"}, {"SLURM_PTY_PORT", "1"}}}) {
    const Place own = place(variables);
    CHECK(own.alone());
    CHECK(own.launcher.empty());
    CHECK(own.restart == 0);
  }
}

TEST_CASE("torchrun's ranks are clients of its store", "[dist]") {
  const Variables torchrun = {{"RANK", "5"},
                              {"WORLD_SIZE", "8"},
                              {"LOCAL_RANK", "1"},
                              {"LOCAL_WORLD_SIZE", "4"},
                              {"GROUP_RANK", "1"},
                              {"MASTER_ADDR", "gpu01"},
                              {"MASTER_PORT", "29400"},
                              {"TORCHELASTIC_RUN_ID", "none"},
                              {"TORCHELASTIC_RESTART_COUNT", "3"},
                              {"TORCHELASTIC_USE_AGENT_STORE", "True"}};
  const Place own = place(torchrun);
  CHECK(own.launcher == "torchrun");
  CHECK(own.rank == 5);
  CHECK(own.world == 8);
  CHECK(own.local_rank == 1);
  CHECK(own.local_world == 4);
  CHECK(own.address == "gpu01");
  CHECK(own.port == 29400);
  CHECK(own.store_is_served);
  CHECK(own.restart == 3);
}

TEST_CASE("Ranks by hand on one host know their places from RANK", "[dist]") {
  const Place own = place({{"RANK", "2"}, {"WORLD_SIZE", "3"}, {"GLOO_SOCKET_IFNAME", "eth1"}});
  CHECK(own.launcher == "environment");
  CHECK(own.local_rank == 2);
  CHECK(own.local_world == 3);
  CHECK(own.address == "127.0.0.1");
  CHECK_FALSE(own.store_is_served);
  CHECK(own.interface == "eth1");
}

TEST_CASE("srun's ranks meet at the first host of the step, at a port of the job", "[dist]") {
  Variables slurm = {{"SLURM_PROCID", "6"},
                     {"SLURM_LOCALID", "0"},
                     {"SLURM_NODEID", "3"},
                     {"SLURM_STEP_NUM_TASKS", "7"},
                     {"SLURM_STEP_NODELIST", "gpu[03-05,9]"},
                     {"SLURM_STEP_TASKS_PER_NODE", "2(x3),1"},
                     {"SLURM_JOB_ID", "1234"},
                     {"SLURM_STEP_ID", "0"},
                     {"SLURM_RESTART_COUNT", "1"}};
  const Place own = place(slurm);
  CHECK(own.launcher == "srun");
  CHECK(own.rank == 6);
  CHECK(own.world == 7);
  CHECK(own.local_rank == 0);
  CHECK(own.local_world == 1);
  CHECK(own.address == "gpu03");
  CHECK(own.port >= 20000);
  CHECK(own.port < 32000);
  CHECK(own.restart == 1);
  slurm["SLURM_JOB_ID"] = "1235";
  CHECK(place(slurm).port != own.port);
  slurm["MASTER_ADDR"] = "10.0.0.3";
  slurm["MASTER_PORT"] = "4711";
  CHECK(place(slurm).address == "10.0.0.3");
  CHECK(place(slurm).port == 4711);
}

TEST_CASE("mpirun's ranks on one host need no address, on several they do", "[dist]") {
  Variables mpi = {{"OMPI_COMM_WORLD_RANK", "1"},
                   {"OMPI_COMM_WORLD_SIZE", "2"},
                   {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                   {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  const Place own = place(mpi);
  CHECK(own.launcher == "mpirun");
  CHECK(own.rank == 1);
  CHECK(own.address == "127.0.0.1");
  mpi.insert_or_assign("OMPI_COMM_WORLD_LOCAL_SIZE", std::string("1"));
  mpi.insert_or_assign("OMPI_COMM_WORLD_LOCAL_RANK", std::string("0"));
  CHECK(test::contains(refusal(mpi), "mpirun has started 1 of 2 ranks on this host"));
  CHECK(test::contains(refusal(mpi), "-x MASTER_ADDR="));
  mpi["MASTER_ADDR"] = "gpu01";
  CHECK(place(mpi).address == "gpu01");
}

TEST_CASE("MPICH and Intel MPI are known by PMI_RANK", "[dist]") {
  const Place own = place({{"PMI_RANK", "2"}, {"PMI_SIZE", "4"}});
  CHECK(own.launcher == "mpiexec");
  CHECK(own.rank == 2);
  CHECK(own.local_world == 4);
}

TEST_CASE("An environment that makes no sense is refused with the variable's name", "[dist]") {
  CHECK(test::contains(refusal({{"RANK", "one"}, {"WORLD_SIZE", "2"}}), "RANK=one"));
  CHECK(test::contains(refusal({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}), "RANK=-1"));
  CHECK(test::contains(refusal({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), "rank 2 of 2"));
  CHECK(test::contains(refusal({{"RANK", "0"}, {"WORLD_SIZE", "0"}}), "rank 0 of 0"));
  CHECK(test::contains(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "99999"}}),
                       "MASTER_PORT=99999"));
}

TEST_CASE("Slurm's lists of hosts and tasks are read", "[dist]") {
  CHECK(first_host("gpu[03-05,9],login") == "gpu03");
  CHECK(first_host("gpu7") == "gpu7");
  CHECK(first_host("login,gpu[1-2]") == "login");
  CHECK(first_host("rack[1-2]n[01-04]").starts_with("rack1"));
  CHECK(tasks_of_node("2(x3),1", 0) == 2);
  CHECK(tasks_of_node("2(x3),1", 2) == 2);
  CHECK(tasks_of_node("2(x3),1", 3) == 1);
  CHECK(tasks_of_node("8", 0) == 8);
  CHECK(tasks_of_node("", 0) == 1);
}

}  // namespace
}  // namespace sr
