"""Files and JSON that were damaged by chance, for tests that whatever happens to a file ends in one clear error."""
import json


def damaged(data, rng):
    "A copy that is cut, has bits turned over, lacks a piece, or has a piece replaced."
    data, kind = bytearray(data), rng.random()
    a = rng.randrange(len(data))
    if kind < .3: return bytes(data[:a])
    if kind < .8:
        for _ in range(rng.choice([1, 2, 5, 20])): data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    else: data[a:a + rng.randrange(1, 200)] = rng.randbytes(rng.choice([0, 50]))
    return bytes(data)


ODD = (None, True, -1, 0, 2**70, 1e308, float("nan"), "", "x"*300, "\0", "..", "/etc/passwd", [], [[]], {}, {"": None}, [None]*3)


def nudged(fields, rng):
    "A copy of JSON with one value replaced, doubled or left out."
    fields = json.loads(json.dumps(fields))
    at, key = None, None
    node = fields
    while isinstance(node, dict | list) and node and (at is None or rng.random() < .75):
        at, key = node, rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
        node = node[key]
    if rng.random() < .2 and isinstance(at, dict): del at[key]
    elif rng.random() < .2 and isinstance(at, list): at += at
    else: at[key] = rng.choice(ODD)
    return fields
