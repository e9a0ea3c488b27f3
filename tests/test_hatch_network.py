"""Checkpoints are read without PyTorch and without trust; what is written computes what it should."""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections import OrderedDict
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from hatch_network import Graph, TensorsOnly, classes, directions, read


class Storage:
    """Stands in for the numbers of a tensor, as PyTorch writes them: by reference."""

    def __init__(self, key: str, numbers: np.ndarray) -> None:
        self.key, self.numbers = key, numbers


class Tensor:
    """Some numbers of a storage, laid out."""

    def __init__(self, storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.said = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.said  # type: ignore[attr-defined]


class Writer(pickle.Pickler):
    def persistent_id(self, thing: object) -> Any:
        if isinstance(thing, Storage):
            kind = sys.modules["torch"].FloatStorage  # type: ignore[attr-defined]
            return ("storage", kind, thing.key, "cpu", len(thing.numbers), None)
        return None


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pickles the two names of PyTorch that they refer to."""
    for name, attribute in (("torch", "FloatStorage"), ("torch._utils", "_rebuild_tensor_v2")):
        module = ModuleType(name)
        named = type(attribute, (), {"__module__": name, "__qualname__": attribute})
        setattr(module, attribute, named)
        monkeypatch.setitem(sys.modules, name, module)


def checkpoint(tensors: dict[str, Tensor], *storages: Storage) -> BinaryIO:
    file = io.BytesIO()
    for head in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
        pickle.dump(head, file, 2)
    Writer(file, 2).dump(OrderedDict(tensors))
    pickle.dump([storage.key for storage in storages], file, 2)
    for storage in storages:
        file.write(len(storage.numbers).to_bytes(8, "little") + storage.numbers.astype("<f4").tobytes())
    file.seek(0)
    return file


@pytest.mark.usefixtures("torch")
def test_tensors_are_read_as_they_lie() -> None:
    first, second = Storage("7", np.arange(12)), Storage("8", np.arange(5) + 0.5)
    tensors = {
        "plain": Tensor(first, 0, (3, 4), (4, 1)),
        "turned": Tensor(first, 0, (4, 3), (1, 4)),
        "part": Tensor(second, 2, (2,), (1,)),
        "number": Tensor(second, 4, (), ()),
    }
    found = read(checkpoint(tensors, first, second))
    assert found["plain"].tolist() == np.arange(12).reshape(3, 4).tolist()
    assert found["turned"].tolist() == np.arange(12).reshape(3, 4).T.tolist()
    assert found["part"].tolist() == [2.5, 3.5]
    assert found["number"] == 4.5


@pytest.mark.usefixtures("torch")
def test_a_tensor_beyond_its_numbers_is_an_error() -> None:
    storage = Storage("7", np.arange(12))
    with pytest.raises((TypeError, ValueError)):
        read(checkpoint({"far": Tensor(storage, 8, (3, 4), (4, 1))}, storage))


class Malicious:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo harm",)


def bare(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n.".encode()


@pytest.mark.parametrize(
    "harm",
    [
        pickle.dumps(Malicious()),
        pickle.dumps(Malicious(), 0),
        bare("builtins", "eval"),
        bare("builtins", "getattr"),
        bare("torch._utils", "_rebuild_parameter"),
        bare("torch", "load"),
        bare("collections", "OrderedDict.__init__.__globals__"),
    ],
)
def test_code_is_not_loaded(harm: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError, match="is no part of a tensor"):
        TensorsOnly(io.BytesIO(harm)).load()


def test_directions_are_those_in_which_rows_differ_most() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 280)).astype(np.float32) @ np.diag(np.geomspace(10, 0.1, 280)).astype(np.float32)
    found = directions(rows)
    assert found.shape == (280, 256)
    assert np.allclose(found.T @ found, np.eye(256), atol=1e-5)
    assert np.linalg.norm(rows @ found) > 0.999 * np.linalg.norm(rows)
    assert np.allclose(found, directions(rows[::-1]), atol=1e-4)


def test_a_class_lies_where_its_own_features_are() -> None:
    classifier = np.eye(300, 320, dtype=np.float32)
    weights = {
        "_fc.weight": classifier,
        "_bn1.weight": np.ones(320, np.float32),
        "_bn1.bias": np.zeros(320, np.float32),
    }
    found = classes(weights, np.eye(320, 256, dtype=np.float32))
    usual = np.ones(256) / 16
    assert np.allclose(found @ usual, 0, atol=1e-5)
    assert found[:256].argmax(axis=1).tolist() == list(range(256))


def test_rounded_weights_are_near_and_dead_ones_zero() -> None:
    kernel = np.random.default_rng(1).normal(size=(4, 3, 5, 5)).astype(np.float32)
    kernel[2] = 0
    graph = Graph()
    graph.node("Identity", graph.rounded(kernel), output="kernel")
    shown = helper.make_tensor_value_info("kernel", onnx.TensorProto.FLOAT, kernel.shape)
    made = helper.make_graph(graph.nodes, "one", [], [shown], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    (found,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {})
    assert np.abs(found - kernel).max() <= np.abs(kernel).max() / 127 / 2 * 1.01
    assert not found[2].any()
