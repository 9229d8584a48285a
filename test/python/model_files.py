"""Model files as the libraries themselves write them: what modelgate must scan. Usage: model_files.py FOLDER."""

import json
import pathlib
import sys
import tarfile
import zipfile

import gguf
import h5py
import numpy as np
import onnx
import skops.io
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data
from safetensors.numpy import save_file
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

out = pathlib.Path(sys.argv[1])


def path(name):
    file = out / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def onnx_model(domain="", operator="MatMul", opset=21):
    weights = numpy_helper.from_array(np.ones((4, 2), np.float32), "w")
    sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size]) for name, size in (("x", 4), ("y", 2))]
    node = helper.make_node(operator, ["x", "w"], ["y"], domain=domain)
    graph = helper.make_graph([node], "g", [sides[0]], [sides[1]], [weights])
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, producer_name="test", opset_imports=opsets)


tensors = {"a": np.zeros((3, 4), np.float32), "b": np.arange(5), "c": np.zeros((0, 2), np.float16), "d": np.array(1.0)}
save_file(tensors, path("safe/model.safetensors"), metadata={"format": "pt"})
save_file({}, path("safe/empty.safetensors"))

onnx.save(onnx_model(), path("safe/model.onnx"))
onnx.save_model(onnx_model(), path("safe/external/model.onnx"), save_as_external_data=True, location="weights.bin", size_threshold=0)
onnx.save(onnx_model("com.acme", "Fancy"), path("unknown/custom.onnx"))
for name, location in (("absolute", "/etc/hostname"), ("above", "../../weights.bin")):
    model = onnx_model()
    tensor = model.graph.initializer[0]
    set_external_data(tensor, location=location)
    tensor.ClearField("raw_data")
    path(f"dangerous/{name}.onnx").write_bytes(model.SerializeToString())

dense = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 3, "name": "x" * 9000}}] * 20}}
evil = {"class_name": "Sequential", "config": {"layers": dense["config"]["layers"] + [{"class_name": "Lambda", "config": {}}]}}
for verdict, config in (("safe", dense), ("dangerous", evil)):
    # Bytes become a text of variable length in a heap, as Keras writes them; a numpy text is one of fixed length.
    for name, value in (("heap", json.dumps(config).encode()), ("text", json.dumps(config))):
        with h5py.File(path(f"{verdict}/{name}.h5"), "w") as file:
            file.attrs["model_config"] = value
            for layer in range(30):
                group = file.create_group(f"model_weights/dense_{layer}")
                group.attrs["weight_names"] = [b"kernel:0"]
                group.create_dataset("kernel:0", data=np.zeros((4, 3), np.float32))
    short = {"class_name": config["class_name"], "config": {"layers": config["config"]["layers"][-1:]}}
    with h5py.File(path(f"{verdict}/fixed.h5"), "w") as file:
        file.attrs["model_config"] = np.bytes_(json.dumps(short))
with h5py.File(path("safe/chunked.h5"), "w") as file:
    file.create_dataset("x", data=np.zeros((1000, 10)), chunks=True, compression="gzip")
with h5py.File(path("unknown/latest.h5"), "w", libver="latest") as file:
    file.attrs.update({f"a{number}": number for number in range(40)})
    file.attrs["model_config"] = json.dumps(evil).encode()
with h5py.File(path("dangerous/link.h5"), "w") as file:
    file["x"] = h5py.ExternalLink("/etc/hostname", "/y")
with h5py.File(path("dangerous/external.h5"), "w") as file:
    file.create_dataset("x", (10,), np.uint8, external=[("/etc/hostname", 0, 10)])
with h5py.File(path("dangerous/virtual.h5"), "w") as file:
    layout = h5py.VirtualLayout((10,), np.uint8)
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "d", (10,))
    file.create_virtual_dataset("v", layout)

templates = {"safe": "{% for m in messages %}{{ m['role'] + m['content'] | trim }}{% endfor %}", "dangerous": "{{ x.__class__ }}"}
for verdict, template in templates.items():
    writer = gguf.GGUFWriter(path(f"{verdict}/model.gguf"), "llama")
    writer.add_token_list(["a", "b"])
    writer.add_chat_template(template)
    writer.add_tensor("t", np.zeros((4, 32), np.float32))
    for kind, (block, size) in gguf.GGML_QUANT_SIZES.items():
        if size > 8:
            writer.add_tensor(f"q{int(kind)}", np.zeros((2, size), np.uint8), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

x = np.random.RandomState(0).rand(60, 3)
y = (x[:, 0] > 0.5).astype(int)
for name, model in (("forest", RandomForestClassifier(3)), ("pipeline", make_pipeline(StandardScaler(), FunctionTransformer(np.exp), LogisticRegression()))):
    skops.io.dump(model.fit(x, y), path(f"safe/{name}.skops"), compression=zipfile.ZIP_DEFLATED)

for name, form in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT)):
    with tarfile.open(path(f"safe/{name}.tar.gz"), "w:gz", format=form) as archive:
        archive.add(out / "safe/model.safetensors", "m/" + "long" * 40 + "/é.safetensors")
        archive.add(out / "safe/external", "m/external")
with tarfile.open(path("dangerous/gguf.tar"), "w") as archive:
    archive.add(out / "dangerous/model.gguf", "model.gguf")
