"""ncnn files in ncnn."""
import ncnn
import numpy


def difference(file, model):
    net = ncnn.Net()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    assert net.load_param(str(file)) == 0 and net.load_model(str(file.with_suffix(".bin"))) == 0, file
    extractor = net.create_extractor()
    extractor.input("data", ncnn.Mat(model.lq[0]))
    code, output = extractor.extract("output")
    assert code == 0, code
    return model.difference(numpy.array(output)[None])
