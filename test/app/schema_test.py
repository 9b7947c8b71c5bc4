"""`sr-train schema`: accepts what the program accepts, and refuses mistakes at the key that `check` names."""
import json

from harness import SOURCE, Case, unittest

try:
    import jsonschema
    import yaml
except ImportError:
    jsonschema = None

# A place in the file, and a value that is wrong there.
BROKEN = {
    "scale": 5, "use_ampp": True, "manual_seed": "x", "detect_anomalies": True, "memory_limit": [1],
    "datasets.train.lq_size": 0, "datasets.train.batch_size_per_gpu": 1.5, "datasets.train.type": "imagefolder",
    "datasets.train.use_hflip": 3, "datasets.train.lq_sise": 32,
    "network_g.type": "kompakt", "network_g.num_feat": "many", "network_g.norm": True,
    "train.total_iter": -1, "train.optim_g.type": "Adamm", "train.optim_g.betas": [0.9], "train.optim_g.momentum": 0.9,
    "train.scheduler.type": "Steps", "train.losses.0.type": "l3loss", "train.losses.0.loss_weight": "heavy",
    "val.val_freq": "often", "logger.print_freq": 0, "path.strict": True,
    "training_automations.DynamicBatchSizeOptimizer.target_vram_usage": 1.5,
}


def put(document, place, value):
    *way, last = place.split(".")
    for key in way:
        document = document[int(key)] if isinstance(document, list) else document.setdefault(key, {})
    document[last] = value


def places(errors):
    """The keys that errors are about, those of the cases of a section included."""
    for error in errors:
        way = [str(part) for part in error.absolute_path]
        if error.validator == "additionalProperties":
            for key in error.instance:
                if f"'{key}'" in error.message:
                    yield ".".join([*way, key])
        yield ".".join(way)
        yield from places(error.context or ())


class Schema(Case):
    def schema(self):
        return json.loads(self.run_program("schema").stdout)

    def test_it_is_one_json_document_with_every_section(self):
        schema = self.schema()
        self.assertEqual(schema["required"], ["datasets", "network_g"])
        for section in ("datasets", "network_g", "network_d", "path", "train", "val", "logger", "training_automations"):
            self.assertIn(section, schema["properties"])

    @unittest.skipUnless(jsonschema, "there is no jsonschema or PyYAML")
    def test_it_accepts_every_configuration_of_the_project(self):
        validator = jsonschema.Draft7Validator(self.schema())
        jsonschema.Draft7Validator.check_schema(validator.schema)
        for file in sorted((SOURCE / "configs").glob("*.yml")):
            errors = [error.message[:300] for error in validator.iter_errors(yaml.safe_load(file.read_text()))]
            self.assertEqual(errors, [], file.name)

    @unittest.skipUnless(jsonschema, "there is no jsonschema or PyYAML")
    def test_a_loss_of_weight_0_needs_a_type_that_is_known(self):
        validator = jsonschema.Draft7Validator(self.schema())
        for loss, code in (({"type": "l3loss"}, 2), ({"type": "PerceptualLoss", "criterion": 7}, 0)):
            config = self.config()
            document = json.loads(config.read_text())
            document["train"]["losses"].append({**loss, "loss_weight": 0})
            config.write_text(json.dumps(document))
            said = self.run_program("check", "--config", config, code=code).stderr
            found = set(places(validator.iter_errors(document)))
            self.assertEqual(("train.losses.1.type" in said, "train.losses.1.type" in found), (code != 0, code != 0))

    @unittest.skipUnless(jsonschema, "there is no jsonschema or PyYAML")
    def test_it_refuses_what_check_refuses_at_the_same_key(self):
        validator = jsonschema.Draft7Validator(self.schema())
        for place, value in BROKEN.items():
            config = self.config()
            document = json.loads(config.read_text())
            put(document, place, value)
            config.write_text(json.dumps(document))
            said = self.run_program("check", "--config", config, code=2).stderr
            self.assertIn(place, said)
            self.assertIn(place, set(places(validator.iter_errors(document))), place)


if __name__ == "__main__":
    unittest.main()
