"""Writes the network of the default embedder as an ONNX file: RGB pixels in, vectors out.

It is EfficientNet-Lite0, trained on ImageNet. Its weights come in the format that PyTorch had before 2020; PyTorch
itself is needed neither to read them nor later.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np
import onnx
from onnx import helper, numpy_helper

#: Blocks of the network, and those that halve the picture. All else follows from the shapes of the weights.
BLOCKS = 16
STRIDES = {1: 2, 3: 2, 5: 2, 11: 2}

#: What normalisations add to a variance.
EPSILON = 1e-3

SIDE = 224
DIMENSION = 256


class TensorsOnly(pickle.Unpickler):
    """Reads dictionaries of tensors. Whatever else a file asks for, code above all, is an error."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, Any] = {}

    def find_class(self, module: str, name: str) -> Any:
        match f"{module}.{name}":
            case "collections.OrderedDict":
                return OrderedDict
            case "torch._utils._rebuild_tensor_v2":
                return lambda *tensor: tensor
            case "torch.FloatStorage":
                return "<f4"
            case "torch.LongStorage":
                return "<i8"
        raise pickle.UnpicklingError(f"`{module}.{name}` is no part of a tensor, so it is not loaded")

    def persistent_load(self, pid: Any) -> str:
        """Take down what numbers a storage has, which follow after all pickles; return its key."""
        _, dtype, key, _, count, *_ = pid
        self.storages[key] = (dtype, count)
        return key


def read(file: BinaryIO) -> dict[str, np.ndarray]:
    """Return the tensors of a checkpoint in PyTorch's format of before 2020, by name."""
    for _ in range(3):  # a magic number, the version of the format, the machine that wrote it
        TensorsOnly(file).load()
    unpickler = TensorsOnly(file)
    tensors = unpickler.load()
    numbers = {}
    for key in TensorsOnly(file).load():
        dtype, count = unpickler.storages[key]
        file.seek(8, 1)  # the count once more
        numbers[key] = np.frombuffer(file.read(count * np.dtype(dtype).itemsize), dtype)
    found = {}
    for name, (key, offset, shape, strides, *_) in tensors.items():
        array = numbers[key]
        size = array.itemsize
        steps = tuple(stride * size for stride in strides)
        found[name] = np.ndarray(shape, array.dtype, array.tobytes(), offset * size, steps)  # which checks the bounds
    return found


def network(weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """Return the network: `pixels`, uint8 (n, 224, 224, 3), to `vectors`, float32 (n, 256), and `classes`, (1000, 256).

    A vector has the square roots of the 1,280 features, seen from the 256 directions in which the classifier's weights
    differ most. `classes` has a direction for each of the 1,000 classes, where pictures of it are.
    """
    graph = Graph()
    pixels = graph.node("Cast", graph.node("Transpose", "pixels", perm=[0, 3, 1, 2]), to=onnx.TensorProto.FLOAT)
    centred = graph.node("Sub", pixels, graph.constant(np.float32(127)))
    level = graph.node("Mul", centred, graph.constant(np.float32(1 / 128)))

    level = graph.convolution(level, *folded(weights, "_conv_stem", "_bn0"), stride=2)
    width = len(weights["_conv_stem.weight"])
    for number in range(BLOCKS):
        block, above, stride = f"_blocks.{number}.", level, STRIDES.get(number, 1)
        if f"{block}_expand_conv.weight" in weights:
            level = graph.convolution(level, *folded(weights, f"{block}_expand_conv", f"{block}_bn0"))
        level = graph.convolution(level, *folded(weights, f"{block}_depthwise_conv", f"{block}_bn1"), stride=stride)
        kernel, bias = folded(weights, f"{block}_project_conv", f"{block}_bn2")
        level = graph.convolution(level, kernel, bias, bend=False)
        if stride == 1 and len(kernel) == width:
            level = graph.node("Add", level, above)
        width = len(kernel)
    level = graph.convolution(level, *folded(weights, "_conv_head", "_bn1"))

    features = graph.node("Flatten", graph.node("GlobalAveragePool", level))
    classifier = weights["_fc.weight"]
    projection = directions(classifier)
    graph.node("MatMul", graph.node("Sqrt", features), graph.rounded(projection), output="vectors")
    graph.node("Identity", graph.rounded(classes(weights, projection)), output="classes")

    made = helper.make_graph(
        graph.nodes,
        "efficientnet-lite0",
        [helper.make_tensor_value_info("pixels", onnx.TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
        [
            helper.make_tensor_value_info("vectors", onnx.TensorProto.FLOAT, ["n", DIMENSION]),
            helper.make_tensor_value_info("classes", onnx.TensorProto.FLOAT, [len(classifier), DIMENSION]),
        ],
        graph.constants,
    )
    # Versions that every release of onnxruntime since 2021 reads.
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(model, full_check=True)
    return model


def directions(classifier: np.ndarray) -> np.ndarray:
    """Return as columns the directions in which rows differ most, signs settled so that all machines agree on them."""
    found = np.linalg.svd(classifier.astype(np.float64), full_matrices=False)[2][:DIMENSION].T
    largest = np.abs(found).argmax(axis=0)
    return (found * np.sign(found[largest, range(DIMENSION)])).astype(np.float32)


def classes(weights: dict[str, np.ndarray], projection: np.ndarray) -> np.ndarray:
    """Return for each class the direction in which pictures of it lie, as far as its weights tell without a picture.

    A picture of one class alone would have the features that speak for it more than for others. What many classes
    share counts for less, or each would lead to all of them. What all pictures share is taken out, so that a cosine of
    0 means nothing in common; the statistics of the last normalisation say what that is.
    """
    classifier = weights["_fc.weight"].astype(np.float64)
    shown = np.sqrt(np.maximum(classifier - classifier.mean(axis=0), 0)) @ projection
    shown -= shown.mean(axis=0)
    shared = shown.T @ shown
    found = np.linalg.solve(shared + np.eye(DIMENSION) * np.trace(shared) / DIMENSION, shown.T).T
    found /= np.linalg.norm(found, axis=1, keepdims=True)

    deviations = np.linspace(-4, 4, 81)[:, None]
    levels = (weights["_bn1.bias"] + np.abs(weights["_bn1.weight"]) * deviations).clip(0, 6)
    usual = np.sqrt(np.average(levels, axis=0, weights=np.exp(-(deviations[:, 0] ** 2) / 2))) @ projection
    usual /= np.linalg.norm(usual)
    return (found - np.outer(found @ usual, usual)).astype(np.float32)


def folded(weights: dict[str, np.ndarray], convolution: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights and the bias of a convolution that does what the normalisation after it did, too."""
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return weights[f"{convolution}.weight"] * scale[:, None, None, None], bias


class Graph:
    """An ONNX graph that grows node by node."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def node(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Append an operation; return the name of what comes out of it."""
        output = output or f"{operation.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def constant(self, array: np.ndarray | np.generic) -> str:
        """Append numbers as they are; return their name."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def rounded(self, array: np.ndarray) -> str:
        """Append numbers in a quarter of the space: whole ones from −127 to 127, and a scale for each first index.

        Multiplying them out is a part of the graph that the runtime does once, when it loads the file. It would do so
        with DequantizeLinear only where a session asks for it, and else for every picture.
        """
        largest = np.abs(array).max(axis=tuple(range(1, array.ndim)), keepdims=True)
        scale = np.where(largest > 0, largest, 1) / np.float32(127)  # some channels are dead
        whole = self.constant(np.round(array / scale).astype(np.int8))
        return self.node("Mul", self.node("Cast", whole, to=onnx.TensorProto.FLOAT), self.constant(scale))

    def convolution(
        self, above: str, kernel: np.ndarray, bias: np.ndarray, *, stride: int = 1, bend: bool = True
    ) -> str:
        """Append a convolution, depthwise where its filters have one channel, and cut what comes out to 0 … 6."""
        padding = kernel.shape[-1] - stride  # more of it after than before, as where the network was trained
        before, after = padding // 2, padding - padding // 2
        found = self.node(
            "Conv",
            above,
            self.rounded(kernel),
            self.constant(bias),
            group=len(kernel) if kernel.shape[1] == 1 else 1,
            strides=[stride, stride],
            pads=[before, before, after, after],
        )
        if not bend:
            return found
        return self.node("Clip", found, self.constant(np.float32(0)), self.constant(np.float32(6)))
