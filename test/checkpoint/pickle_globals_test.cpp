#include <string>

#include "checkpoint/pickle.h"
#include "core/error.h"
#include "support/catch.h"

using sr::pickle::require_known_global;

TEST_CASE("the names that weight files are made of are known", "[checkpoint]") {
  for (const char* name :
       {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.FloatStorage",
        "torch.cuda.HalfStorage", "torch._utils._rebuild_parameter", "torch.storage.UntypedStorage",
        "torch.float16", "torch.Size", "numpy.core.multiarray.scalar", "numpy.dtype",
        "_codecs.encode", "argparse.Namespace"}) {
    INFO(name);
    CHECK_NOTHROW(require_known_global(name));
  }
}

TEST_CASE("names that could run code or that need a program's own classes are refused",
          "[checkpoint]") {
  for (const char* name :
       {"os.system", "builtins.eval", "builtins.getattr", "subprocess.Popen", "torch.load",
        "torch.hub.load", "torch.storage._load_from_bytes", "torch._utils._rebuild_tensor_v2.x",
        "torch.FloatStorage.from_file", "torch.x.FloatStorage", "numpy.load", "runpy.run_module",
        "", "collections.OrderedDict.fromkeys", "basicsr.archs.rrdbnet_arch.RRDBNet"}) {
    INFO(name);
    CHECK_THROWS_AS(require_known_global(name), sr::CheckpointError);
  }
}
