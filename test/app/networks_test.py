"""One small network of every family as a user runs it: out of memory, killed and resumed, replayed; and the templates in configs/."""
import pictures
from harness import Case, SOURCE, unittest
from workspace import wait_until

LONG = 100_000
SMALLEST, LARGEST = 16, 32  # lq_size
# type, options, memory_limit in KiB: about 0.6 of what a step of the first size takes
WINDOWS = {"embed_dim": 8, "num_heads": [2], "window_size": 4}
FAMILIES = (
    ("compact", {"num_feat": 6, "num_conv": 2}, 1400),
    ("esrgan", {"num_filters": 8, "num_blocks": 1}, 8600),
    ("span", {"feature_channels": 8}, 6700),
    ("spanplus", {"feature_channels": 8, "blocks": [1]}, 7500),
    ("rcan", {"n_feats": 8, "n_resgroups": 1, "n_resblocks": 1, "reduction": 4}, 3200),
    ("realplksr", {"dim": 8, "n_blocks": 1, "kernel_size": 5, "upsampler": "dysample"}, 5800),
    ("plksr", {"dim": 8, "n_blocks": 1, "kernel_size": 5}, 2500),
    ("mosr", {"dim": 8, "n_block": 1}, 3200),
    ("mosrv2", {"dim": 8, "n_block": 1, "mid_dim": 4}, 1600),
    ("artcnn_r3f24", {"filters": 8, "n_block": 1}, 1800),
    ("dis_fast", {"num_features": 8, "num_blocks": 1}, 3400),
    ("swinir_m", {**WINDOWS, "img_size": 8, "depths": [2], "drop_path_rate": 0.5}, 20000),
    ("dwt_s", {**WINDOWS, "img_size": 8, "depths": [2], "layer_kinds": [[0, 2]], "drop_path_rate": 0.5}, 20000),
    ("swin2sr_m", {**WINDOWS, "img_size": 8, "depths": [2], "drop_path_rate": 0.5}, 22000),
    ("hat_s", {**WINDOWS, "img_size": 8, "depths": [2], "compress_ratio": 2, "squeeze_factor": 2, "drop_path_rate": 0.5}, 24000),
    ("drct", {**WINDOWS, "img_size": 8, "depths": [6], "gc": 4, "drop_path_rate": 0.5}, 36000),
    ("dat_light", {"embed_dim": 32, "num_heads": [2], "split_size": [2, 4], "depth": [2], "img_size": 8, "drop_path_rate": 0.5}, 46000),
    ("srformer_light", {**WINDOWS, "window_size": 8, "img_size": 16, "depths": [2], "drop_path_rate": 0.5}, 8100),
    ("atd_light", {**WINDOWS, "img_size": 8, "depths": [2], "category_size": 16, "num_tokens": 4, "reducted_dim": 2, "convffn_kernel_size": 3},
     13000),
    ("fdat_tiny", {"embed_dim": 8, "num_heads": 2, "window_size": 4, "num_groups": 1, "depth_per_group": 1, "drop_path_rate": 0.5}, 8000),
    ("temporalspanv2", {"feature_channels": 8, "num_blocks": 1}, 45000),
    ("rgt_s", {"embed_dim": 32, "num_heads": [2], "split_size": [2, 4], "depth": [2], "drop_path_rate": 0.5}, 40000),
    ("craft", {"embed_dim": 32, "num_heads": [2], "depths": [1], "split_size_0": 2, "split_size_1": 4, "window_size": 4}, 60000),
    ("grl_t", {"embed_dim": 8, "num_heads_window": [2], "num_heads_stripe": [2], "depths": [2], "window_size": 4, "stripe_size": [4, 8],
               "anchor_window_down_factor": 2, "drop_path_rate": 0.5}, 15000),
    ("lmlt_tiny", {"dim": 8, "n_blocks": 1}, 22000),
    ("eimn_a", {"embed_dims": 8, "num_stages": 2, "drop_path_rate": 0.5}, 12000),
    ("ditn_real", {"dim": 8, "ITL_blocks": 1, "SAL_blocks": 1}, 8500),
    ("dctlsa", {"nf": 6, "num_head": 2}, 49000),
    ("hit_sng", {"embed_dim": 16, "num_heads": [2], "depths": [2], "base_win_size": [4, 4], "drop_path_rate": 0.5}, 15000),
    ("omnisr", {"num_feat": 8, "res_num": 1, "window_size": 4}, 17000),
    ("emt", {"dim": 10, "n_blocks": 1, "n_layers": 2, "n_GTLs": 1, "num_heads": 1, "window_list": [[2, 4], [4, 2]],
             "shift_list": [[1, 2], [2, 1]]}, 9000),
    ("realcugan", {}, 120000),
    ("spanf3", {"feature_channels": 8, "num_blocks": 1}, 3000),
    ("edsr", {"num_feat": 8, "num_block": 2}, 3000),
    ("flexnet", {"dim": 8, "num_blocks": [1], "hidden_rate": 2}, 9000),
    ("docres_base", {"dim": 8, "num_blocks": [1, 1, 1, 1], "num_refinement_blocks": 1, "heads": [1, 2, 2, 4]}, 9000),
    ("cascadedgaze", {"width": 8, "middle_blk_num": 1, "enc_blk_nums": [1, 1], "dec_blk_nums": [1, 1], "GCE_CONVS_nums": [3, 2]}, 9000),
)
OF_SCALE_1 = {"cascadedgaze", "docres_base"}
OF_CLIPS = {"temporalspanv2"}  # of five frames
DYNAMIC = {"enabled": True, "DynamicBatchSizeOptimizer": {
    "enabled": True, "adjustment_frequency": 4, "min_lq_size": SMALLEST, "max_lq_size": LARGEST, "max_batch_size": 8}}


class Networks(Case):
    def setUp(self):
        super().setUp()
        # Small steps on a machine that runs other tests as well: threads would wait for each other at every operator.
        self.environment["OMP_NUM_THREADS"] = "1"

    def small(self, name, network, **sections):
        type_, options = network
        scale = 1 if type_ in OF_SCALE_1 else 2
        count, frames = (8, 5) if type_ in OF_CLIPS else (4, 1)
        pairs = pictures.make_pairs(self.folder / "pairs", count, LARGEST, scale, frames)
        train = {**pairs, "lq_size": LARGEST, "batch_size_per_gpu": 8}
        return self.config(name, steps=LONG, save=3, scale=scale, network_g={"type": type_, **options}, logger={"print_freq": 1},
                           datasets={"train": train, "val": None}, val={"val_enabled": False}, **sections)

    def killed(self, config):
        """Returns the last step that a run has told when it was killed, once there is a state to go on from."""
        process = self.start(config)
        wait_until(self, process, lambda events: any(event["event"] == "checkpoint" for event in events)
                   and events[-1]["step"] >= 5)
        process.kill()
        process.communicate()
        return self.events()[-1]["step"]

    def check_family(self, network, limit):
        config = self.small("run", network, memory_limit=f"{limit}KiB", training_automations=DYNAMIC)
        last = self.killed(config) + 4
        self.train(config, "--auto-resume", "--set", f"train.total_iter={last}")
        self.assertGreater(len(self.events(kind="oom")), 0)
        self.assertGreaterEqual(self.events(kind="start")[-1]["step"], 3)
        end = self.events(kind="end")[-1]
        self.assertEqual((end["step"], end["steps_lost"], end["samples_lost"]), (last, 0, 0))
        # One that has all memory, is never stopped and is told the sizes.
        self.train(self.small("again", network), "--set", f"train.total_iter={last}",
                   "--set", f"datasets.train.size_schedule={self.replay()}")
        self.assertEqual(self.events("again", "oom"), [])
        for ema in (False, True):
            self.assertEqual(self.weights(last, ema=ema), self.weights(last, "again", ema=ema))


def add_family(type_, options, limit):
    def test(self):
        self.check_family((type_, options), limit)
    setattr(Networks, f"test_{type_}_out_of_memory_and_killed_ends_as_its_replay", test)


for family in FAMILIES:
    add_family(*family)


class Templates(Case):
    def test_with_other_paths_alone_the_templates_pass_check(self):
        images = {scale: pictures.make_pairs(self.folder / f"pairs_{scale}", 1, 96, scale) for scale in (1, 4)}
        clips = pictures.make_pairs(self.folder / "clips", 5, 96, 4, clip_size=5)
        templates = sorted((SOURCE / "configs").glob("*_x[14]_fidelity.yml"))
        self.assertGreaterEqual(len(templates), 13)
        for template in templates:
            with self.subTest(template.name):
                scale = 1 if "_x1_" in template.name else 4
                pairs = clips if "clip_size: 5" in template.read_text() else images[scale]
                paths = [f"datasets.{part}.{root}={pairs[root]}" for part in ("train", "val")
                         for root in ("dataroot_gt", "dataroot_lq")]
                self.run_program("check", "--config", template,
                                 *(word for path in paths for word in ("--set", path)))


if __name__ == "__main__":
    unittest.main()
