"""What depends on the seed: initial weights, torch.nn.init, the masks of dropout, draws; and the gains."""
import torch
from torch import nn

from cases._save import save_json, save_tensors

# Functions of torch.nn.init with their options, as tests/seed/table.rs has them.
INITS = [
    ("uniform_", "a=-0.5, b=2"), ("normal_", "mean=1, std=0.1"), ("constant_", "val=0.75"), ("zeros_", ""), ("ones_", ""),
    ("xavier_uniform_", "gain=2"), ("xavier_uniform_", ""), ("xavier_normal_", ""),
    ("kaiming_uniform_", "nonlinearity='relu'"), ("kaiming_uniform_", "mode='fan_out', nonlinearity='linear'"),
    ("kaiming_uniform_", "nonlinearity='sigmoid'"),
    ("kaiming_normal_", "mode='fan_out', nonlinearity='tanh'"), ("kaiming_normal_", "a=0.2, nonlinearity='leaky_relu'"),
]
DRAWS = [
    "torch.rand(3, 7)", "torch.rand(5, dtype=torch.double)", "torch.randn(5)", "torch.randn(3, 7)",
    "torch.randn(5, dtype=torch.double)", "torch.randn(3, 7, dtype=torch.double)", "torch.empty(20).uniform_(-2, 3)",
    "torch.empty(20).normal_(1, 0.5)", "torch.empty(20).bernoulli_(0.3)", "torch.randint(-5, 20, (3, 7))",
    "torch.randint(2**40, (5,))", "torch.randperm(20)", "torch.rand_like(torch.empty(2, 3))",
    "torch.randn_like(torch.empty(2, 3))", "torch.multinomial(torch.arange(5.), 4)",
    "torch.multinomial(torch.arange(12.).reshape(3, 4), 1)", "torch.multinomial(torch.arange(12.).reshape(3, 4).t(), 2)",
    "torch.multinomial(torch.arange(3.).expand(2, 3), 2)", "torch.multinomial(torch.arange(12.).reshape(3, 4), 9, True)",
    "torch.multinomial(torch.arange(7.).double(), 9, True)", "torch.multinomial(torch.arange(7.).double(), 3)",
]
LAYERS = {
    "linear": lambda: nn.Linear(3, 2),
    "linear large": lambda: nn.Linear(30, 20),
    "linear without bias": lambda: nn.Linear(3, 2, bias=False),
    "embedding": lambda: nn.Embedding(4, 3),
    "embedding large": lambda: nn.Embedding(11, 7),
    "embedding padding": lambda: nn.Embedding(4, 3, padding_idx=1),
    "batch norm": lambda: nn.BatchNorm1d(3),
    "layer norm": lambda: nn.LayerNorm([2, 3]),
    "model": lambda: nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Sequential(nn.Dropout(), nn.Linear(8, 3, bias=False))
    ),
}


def masks(tensors):
    """Dropout of numbers that tell their places. PyTorch leaves the draw to MKL on Intel's processors: these are its
    own, and the generator refuses to write others."""
    torch.manual_seed(0)
    if torch.empty(6).bernoulli_(0.5).tolist() != [0, 0, 1, 0, 0, 0]:
        raise SystemExit("this processor draws dropout's masks with MKL: write init.safetensors on another one")
    inputs = dict(
        vector=torch.arange(1.0, 8.0),
        matrix=torch.arange(1.0, 601.0).reshape(20, 30),
        transposed=torch.arange(1.0, 21.0).reshape(4, 5).t(),
        moved=torch.arange(1.0, 61.0).reshape(3, 4, 5).permute(1, 2, 0),
        repeated=torch.arange(1.0, 7.0).expand(3, 6),
        columns=torch.arange(1.0, 4.0).reshape(3, 1).expand(3, 5),
        between=torch.arange(1.0, 7.0).reshape(2, 1, 3).expand(2, 2, 3).transpose(0, 2),
        gaps=torch.arange(1.0, 41.0).reshape(4, 10).t()[::2],
        one=torch.arange(1.0, 21.0).reshape(4, 1, 5).transpose(1, 2),
        extremes=torch.tensor([torch.inf, -torch.inf, torch.nan, 0.0, -0.0, 3e38]),
    )
    for name, input in inputs.items():
        for p in [0.0, 0.1, 0.5, 0.9, 1.0]:
            torch.manual_seed(3)
            layer, x = nn.Dropout(p), input.detach().requires_grad_()
            y = layer(x)
            g = torch.arange(1.0, x.numel() + 1).reshape(x.shape)
            y.backward(g)
            case = f"dropout.{name}.{p}"
            # The next draw shows how many numbers the layer took.
            tensors |= {f"{case}.output": y, f"{case}.input_grad": x.grad, f"{case}.next": torch.rand(1)}


def write(out):
    tensors = {}
    for name, layer in LAYERS.items():
        torch.manual_seed(0)
        tensors |= {f"{name}.{key}": value for key, value in layer().state_dict().items()}
        tensors[f"{name}.next"] = torch.rand(1)
    for name, options in INITS:
        for size, shape in [("small", (4, 3)), ("field", (4, 3, 2)), ("large", (40, 30))]:
            torch.manual_seed(1)
            w = torch.empty(shape)
            tensors[f"{name}({options}).{size}"] = eval(f"nn.init.{name}(w, {options})", {"nn": nn, "w": w})
    masks(tensors)
    for draw in DRAWS:
        torch.manual_seed(4)
        tensors[draw] = eval(draw, {"torch": torch})
    save_tensors(out, "init", tensors)
    gain = nn.init.calculate_gain
    gains = {name: gain(name) for name in ["linear", "sigmoid", "tanh", "relu", "leaky_relu"]}
    gains["leaky_relu 0.2"] = gain("leaky_relu", 0.2)
    save_json(out, "init", dict(gains=gains))
