"""How the themes write: safetensors for tensors, JSON for the rest. Both come out the same every time."""
import json

from safetensors.torch import save_file


def save_tensors(out, name, tensors):
    """Writes named tensors to `name`.safetensors. They are stored row-major, and their names sorted."""
    save_file({key: tensors[key].detach().clone().contiguous() for key in sorted(tensors)}, out / f"{name}.safetensors")


def save_json(out, name, value):
    """Writes `value` to `name`.json, an entry of its outermost list or object a line. Floats are exact."""
    lines = lambda items: ",\n".join(items)
    compact = lambda value: json.dumps(value, separators=(",", ":"))
    if isinstance(value, dict):
        text = "{\n" + lines(f"{json.dumps(key)}: {compact(item)}" for key, item in value.items()) + "\n}\n"
    else:
        text = "[\n" + lines(compact(item) for item in value) + "\n]\n"
    (out / f"{name}.json").write_text(text)
