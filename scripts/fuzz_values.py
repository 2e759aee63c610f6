"""What the fuzzer gives to the package: good values of every kind, bad values of every sort, and damaged files.

Everything is drawn from one `random.Random`, so that the same seed draws the same values."""
import decimal
import fractions
import io
import json
import math
import os
import re
import types
from pathlib import Path

import numpy as np
import torch

HUGE = 10**400
HEAD = 600  # bytes at the start of a file, where the headers are


class NoRepr:
    def __repr__(self): raise RuntimeError("this object has no text")


class NoText:
    def __str__(self): raise ValueError("no text")
    __repr__ = __str__
    def __format__(self, spec): raise ValueError("no text")


class OddShape:
    "Looks like an array until somebody reads it."
    shape, dtype, ndim = "wide", 7, None
    def __len__(self): return -1


class NoArray:
    shape = (3,)
    def __array__(self, *args, **more): raise RuntimeError("cannot be an array")


class NoEquality:
    def __eq__(self, other): raise RuntimeError("cannot be compared")
    __hash__ = None


class OddPath:
    def __fspath__(self): return 3


def bad_numbers(r):
    return r.choice([HUGE, -HUGE, math.nan, math.inf, -math.inf, 1e300, -1e300, 1e-320, 2**63, 2**64, -1, 0, -0.5, 0.3, 1e9, 2**31,
                     np.float64("nan"), np.int8(-3), np.float16("inf"), np.array(3.), np.array([4]), np.bool_(True), True, False,
                     decimal.Decimal("NaN"), decimal.Decimal("sNaN"), decimal.Decimal(3), fractions.Fraction(1, 3), 1j, complex("nan"),
                     np.complex64(2), torch.tensor(2), torch.tensor(math.nan), torch.tensor([1, 2]), "3", "1e3", b"3"])


def bad_texts(r):
    return r.choice(["", " ", "x", "\0", "a\0b", "a\nb", "x"*150, "y"*5000, "../..", "..", ".", "/", "a/b", "a\\b", "$\\frac$", "%s %d {0}",
                     "<script>alert(1)</script>", "\ud800", "\u202e", "é"*200, "None", "nan", "-1", "http://", "http://[", "http:// x/ y",
                     "https://127.0.0.1:99999/a.wav", "file://", "~", "~nobody_here/x", "CON", "mix", "residual", "data/", "models/..",
                     b"", b"x", b"\0\xff", bytearray(b"RIFF"), Path("x"), Path("a\0b"), Path("z"*300), OddPath(), "onset.csv", "x.wav",
                     "x.mid", "x.nc", "a\0.nc", "q"*300 + ".wav", "no/such/folder/x.wav"])


def bad_arrays(r):
    n = r.randrange(1, 900)
    x = np.linspace(-1, 1, n)
    odd = x.copy(); odd[n//2] = r.choice([math.nan, math.inf, 1e300])
    return r.choice([np.zeros(0), np.zeros((0, 5)), np.zeros((5, 0)), np.zeros((2, 0, 3)), np.zeros(()), x, x[:, None], x[None, None],
                     np.zeros((40, 50)), np.zeros((2, 2, 2, 2, 2)), odd, odd[None], x.astype(np.float16), x.astype(np.longdouble),
                     -x[::-1], x.astype(int), (x > 0), x + 1j, x.astype("U8"), x.astype("S3"), np.array([None, 1], dtype=object),
                     np.array([[1, 2], [3]], dtype=object), np.array(["2020-01-01"], dtype="datetime64[D]"), np.ma.masked_array(x, x > 0),
                     np.zeros(3, dtype=[("a", float), ("b", int)]), x*1e38, x*1e-45, np.full((2, 30), 1e19), x.astype(">f4"),
                     np.broadcast_to(np.float32(.1), (2, 1_000)), np.matrix([[1., 2.]]), [[1, 2], [3]], [], [[]], [1., "a"], (0.1,)*9,
                     range(4), {1, 2}, {}, {"a": 1}, {"a": [1, 2], "b": [3, 4]}, *tensors(r, n)])


def tensors(r, n):
    x = torch.linspace(-1, 1, n)
    return [x, x[None], x[None, None], x.double(), x.half(), x.bfloat16(), x.long(), x > 0, x.to(torch.complex64),
            torch.zeros(0), torch.zeros(2, 0), torch.tensor(.5), torch.zeros(3, 4, 5, 6), x.clone().requires_grad_(),
            x.to_sparse(), x.to("meta"), x*math.nan, x*1e38, torch.zeros(33, 40), x.expand(3, n), torch.zeros(2, 3).t(),
            torch.quantize_per_tensor(x, .1, 0, torch.quint8), torch.Size([2])]


def bad_objects(r):
    return r.choice([None, True, False, Ellipsis, NotImplemented, object(), object, type, NoRepr(), NoText(), OddShape(), NoArray(),
                     NoEquality(), lambda *a: None, (i for i in range(3)), iter([]), np, types.SimpleNamespace(sr=3, samples=None),
                     ValueError("x"), io.BytesIO(b"abc"), io.StringIO("abc"), np.float32, torch.nn.Linear(2, 2), memoryview(b"abc"),
                     slice(1, 2), {NoRepr(): 1}, [NoRepr()], (NoText(), 2), {"a": NoRepr()}, {1: 2}, {None: None}, {"": []}, "table"])


def bad(r, world):
    "Any value that has no place there, or hardly."
    draw = r.choice([bad_numbers, bad_texts, bad_arrays, bad_objects, bad_numbers, bad_objects, world.any_thing])
    value = draw(r)
    return world.table() if isinstance(value, str) and value == "table" else value


# Damaged files

def damage(data, r):
    "The bytes of a file after one or two accidents, and what happened."
    said = []
    for _ in range(r.choice([1, 1, 1, 2, 3])):
        if not data: break
        what, n = r.choice(["cut", "flip", "flip", "flip head", "number", "zeros", "insert", "drop", "twice", "tail", "noise"]), len(data)
        at, b = r.randrange(n), bytearray(data)
        if what == "cut": data = data[:at]
        elif what in ("flip", "flip head"):
            for _ in range(r.choice([1, 1, 3, 20])): b[r.randrange(n if what == "flip" else min(n, HEAD))] ^= 1 << r.randrange(8)
            data = bytes(b)
        elif what == "number":
            at, size = r.randrange(min(n, HEAD)), r.choice([1, 2, 4, 8])
            b[at:at + size] = r.choice([b"\xff", b"\0", b"\x7f", b"\x80", b"9", b"-"])*size
            data = bytes(b[:n])
        elif what == "zeros": b[at:at + r.randrange(1, 200)] = bytes(r.randrange(1, 200)); data = bytes(b)
        elif what == "insert": data = data[:at] + r.randbytes(r.randrange(1, 40)) + data[at:]
        elif what == "drop": data = data[:at] + data[at + r.randrange(1, 60):]
        elif what == "twice": data = data + data
        elif what == "tail": data = data + r.randbytes(r.randrange(1, 300))
        else: data = r.randbytes(r.randrange(0, 400))
        said.append(what)
    return data, "+".join(said)


def lie(text, r):
    "A JSON file in which one value is another: what a mistaken or hostile writer would put there."
    tree = json.loads(text)
    places = []
    def walk(node):
        for key in (range(len(node)) if isinstance(node, list) else list(node)):
            places.append((node, key))
            if isinstance(node[key], list | dict): walk(node[key])
    walk(tree)
    for _ in range(r.choice([1, 1, 2])):
        node, key = r.choice(places)
        try: node[key] = r.choice([None, -1, 0, 1, 10**30, 1e308, "", "x", [], {}, True, [[]], {"a": None}, "../x", "\0", .5, 10**9, [1]*9])
        except (IndexError, KeyError, TypeError): continue
        if r.random() < .2 and isinstance(node, dict): node.pop(key)
    return json.dumps(tree).encode(), "a lie"


# What a value looks like in the text of a failing case

def describe(value, depth=0):
    "A value as a short text; never an error."
    if isinstance(value, torch.Tensor):
        return f"<tensor {tuple(value.shape)} {str(value.dtype)[6:]}{' meta'*value.is_meta}{' sparse'*value.is_sparse}>"
    if isinstance(value, np.ndarray): return f"<array {value.shape} {value.dtype}>"
    if isinstance(value, bytes | bytearray) and len(value) > 24: return f"<{len(value)} bytes>"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30: return "10**400" if value > 0 else "-10**400"
    if depth < 2 and type(value) in (list, tuple, dict) and len(value) < 9:
        items = [f"{describe(k, 9)}: {describe(v, depth + 1)}" for k, v in value.items()] if isinstance(value, dict) \
            else [describe(v, depth + 1) for v in value]
        return ("[{}]" if isinstance(value, list) else "({},)" if isinstance(value, tuple) else "{{{}}}").format(", ".join(items))
    if type(value).__module__ == __name__: return f"{type(value).__name__}()"
    try: text = " ".join(repr(value).split()).encode("ascii", "backslashreplace").decode()
    except Exception: text = f"<{type(value).__name__}>"
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return text if len(text) <= 70 else text[:60] + f"… ({len(text)})"


def fingerprint(value, depth=0):
    "Something that is equal before and after a call that left its argument alone."
    try:
        if isinstance(value, torch.Tensor):
            if value.is_meta or value.is_sparse or value.is_quantized: return str(value.shape)
            data = value.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes()
            return value.shape, str(value.dtype), value.requires_grad, data
        if isinstance(value, np.ndarray): return value.shape, str(value.dtype), None if value.dtype == object else value.tobytes()
        if isinstance(value, bytearray): return bytes(value)
        if hasattr(value, "to_numpy") and hasattr(value, "columns"): return tuple(value.columns), fingerprint(value.to_numpy())
        if depth > 4: return type(value)
        if isinstance(value, dict): return [(id(k), fingerprint(v, depth + 1)) for k, v in value.items()]
        if isinstance(value, list | tuple): return [fingerprint(v, depth + 1) for v in value]
        if type(value).__module__.startswith("sep_toolkit.sound.audio"):
            return [fingerprint(v, depth + 1) for k, v in sorted(vars(value).items()) if k in ("samples", "sr", "_stems")]
        if hasattr(value, "time_s") and hasattr(value, "hz"): return fingerprint([value.time_s, value.hz], depth + 1)
    except Exception: return type(value)
    return type(value) if type(value).__module__ != "builtins" else value if isinstance(value, str | int | bytes) else type(value)


def folder_of(root, *names):
    path = Path(os.path.join(root, *names))
    path.mkdir(parents=True, exist_ok=True)
    return path
