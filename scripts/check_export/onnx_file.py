"""An .onnx file in ONNX's own checker and in ONNX Runtime."""
import numpy
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

SIDE = 16  # at which chaiNNer infers the scale


def check(file, scale, one_size):
    """The full check; whether shapes are inferred for an input of 16 x 16 as chaiNNer does it. Raises when they are not even
    with data propagation, or wrong. A file for images of one size says what it makes."""
    onnx.checker.check_model(str(file), full_check=True)
    if one_size:
        return True
    for propagates in (False, True):
        model = onnx.load(str(file))
        for axis, size in zip((0, 2, 3), (1, SIDE, SIDE)):
            model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = size
        # What the file says of its output would be taken for inferred.
        for axis in (0, 2, 3):
            model.graph.output[0].type.tensor_type.shape.dim[axis].Clear()
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=propagates)
        sides = [dimension.dim_value for dimension in inferred.graph.output[0].type.tensor_type.shape.dim]
        if sides[2:] == [SIDE * scale] * 2:
            return not propagates
    raise AssertionError(f"{file.name}: inferred output {sides}")


def widened(model):
    """bfloat16 replaced by float32: ONNX Runtime has no bfloat16 on the CPU. The weights stay those of bfloat16."""
    for values in model.graph.initializer:
        if values.data_type == TensorProto.BFLOAT16:
            bits = numpy.frombuffer(values.raw_data, "<u2").astype("<u4") << 16
            name = values.name
            values.CopyFrom(numpy_helper.from_array(bits.view("<f4").reshape(values.dims), name))
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.BFLOAT16:
                attribute.i = TensorProto.FLOAT
    return model


def difference(file, model):
    loaded = onnx.load(str(file))
    names = [loaded.graph.input[0].name, loaded.graph.output[0].name]
    assert names == ["input", "output"], names
    session = onnxruntime.InferenceSession(widened(loaded).SerializeToString(), providers=["CPUExecutionProvider"])
    kind = numpy.float16 if session.get_inputs()[0].type == "tensor(float16)" else numpy.float32
    found, = session.run(["output"], {"input": model.lq.astype(kind)})
    twice, = session.run(["output"], {"input": numpy.concatenate([model.lq, model.lq]).astype(kind)})
    assert numpy.allclose(twice[1], found[0], atol=1e-2), "another output for an image of a batch"
    return model.difference(found)
